/** Tests of the cut, the plain bytes and the compressed ones. */
@NullMarked
package io.sherd.replication.segment;

import org.jspecify.annotations.NullMarked;
