/**
 * The bytes of the messages between replicas, and what is checked about a message before the protocol core sees it.
 *
 * <pre>
 *   bytes ─MessageCodec.decode→ Message ─MessageVerifier.refusal→ Replica.step
 * </pre>
 *
 * <p>{@link io.sherd.consensus.wire.MessageCodec} gives every message one encoding and refuses everything else;
 * {@link io.sherd.consensus.wire.MessageVerifier} decides whether the peer at the other end of the link may say it, and
 * whether its signature is good. Both see what a liar sends: neither throws anything unexpected, and neither allocates
 * more than the bytes that arrived justify. {@link io.sherd.consensus.wire.VerifiedSignatures} remembers verdicts, so that
 * a replica checks each signature once, wherever it meets it again.
 */
@NullMarked
package io.sherd.consensus.wire;

import org.jspecify.annotations.NullMarked;
