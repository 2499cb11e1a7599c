/** Links over real loopback TLS: who gets one, what ends one, and what is bounded. */
@NullMarked
package io.sherd.consensus.transport;

import org.jspecify.annotations.NullMarked;
