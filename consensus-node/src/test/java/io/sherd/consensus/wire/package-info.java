/** What messages look like as bytes, and which of them a peer may say. */
@NullMarked
package io.sherd.consensus.wire;

import org.jspecify.annotations.NullMarked;
