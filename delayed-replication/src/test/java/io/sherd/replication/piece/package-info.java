/** Tests of dispersal into proved pieces and back. */
@NullMarked
package io.sherd.replication.piece;

import org.jspecify.annotations.NullMarked;
