/**
 * Links between replicas: one connection for each pair, mutual TLS 1.3, frames with a limit.
 *
 * <p>The replica with the lower number dials. Who the peer is follows from the pin of its certificate and the member table,
 * and from nothing that it says. Both sides begin with a {@code Hello}, so that a replica of another cluster, another
 * genesis or another version is named in the log instead of being misunderstood. After that each frame is a length of four
 * bytes and a message of {@link io.sherd.consensus.wire.MessageCodec}.
 *
 * <p>A link may lose what is sent while it is down or its queue is full: the core sends again what matters. Messages of one
 * peer are handed over in the order in which they were sent, decoded and with their signatures verified.
 */
@NullMarked
package io.sherd.consensus.transport;

import org.jspecify.annotations.NullMarked;
