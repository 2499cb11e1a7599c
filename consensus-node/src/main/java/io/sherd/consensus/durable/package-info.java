/**
 * What a replica must not forget: everything it signs, made durable before it is spoken.
 *
 * <pre>
 *   Effect.Persist ─append→ VoteLog ─(crash, restart)→ recover → Recovered ─→ Replica
 * </pre>
 *
 * <p>{@link io.sherd.consensus.durable.VoteLog} is a database of its own, apart from pieces and state, so that rot in cold data
 * never stops voting. Beside it stands a record of how much it must hold ({@code high-water}), since a database that lost its
 * write-ahead log opens without a word and is emptier. A log that is missing something that was spoken is not opened:
 * {@link io.sherd.consensus.durable.VotesMissingException}; its replica joins again under a new incarnation
 * ({@code docs/DESIGN.md}, "Durable before spoken").
 */
@NullMarked
package io.sherd.consensus.durable;

import org.jspecify.annotations.NullMarked;
