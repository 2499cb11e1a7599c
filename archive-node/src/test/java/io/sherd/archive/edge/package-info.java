/** Tests of edge. */
@NullMarked
package io.sherd.archive.edge;

import org.jspecify.annotations.NullMarked;
