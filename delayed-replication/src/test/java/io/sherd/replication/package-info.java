/** Tests of the whole module: its architecture, its arithmetic, its frozen formats. */
@NullMarked
package io.sherd.replication;

import org.jspecify.annotations.NullMarked;
