/** Tests of readers, writers and envelopes. */
@NullMarked
package io.sherd.replication.wire;

import org.jspecify.annotations.NullMarked;
