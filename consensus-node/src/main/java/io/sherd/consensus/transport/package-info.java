/**
 * The links between replicas.
 *
 * <p>There is one connection for each pair of replicas; the one with the lower number makes it. It is TLS 1.3, and both sides
 * show the certificate that the member table pins: who the peer is follows from that, and from nothing it says. On it go
 * frames:
 *
 * <pre>
 *   frame   length 4 | content
 *           0 bytes of content: a heartbeat
 *           the first one of each side: the hello
 *           every other one: a message ({@link io.sherd.consensus.wire.MessageCodec})
 *
 *   hello   magic 4 ("SHRL") | lowest version 2 | highest version 2 | cluster id 32 | replica 2 | epoch 8
 * </pre>
 *
 * <p>A message takes this way, with one change of threads:
 *
 * <pre>
 *   send ─encode→ queue of the peer ─event loop: TLS→ ... →event loop: TLS, frame─→ inbox of the peer ─worker: decode, verify→ Listener
 * </pre>
 *
 * <p>Nothing is promised about delivery: a message to a peer that is not connected, or whose queue is full, is dropped and
 * counted, and the core sends again what still matters. What arrives of one peer arrives in order.
 */
@NullMarked
package io.sherd.consensus.transport;

import org.jspecify.annotations.NullMarked;
