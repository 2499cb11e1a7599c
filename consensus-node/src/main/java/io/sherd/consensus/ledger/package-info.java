/**
 * What a replica does with decided entries: execute, cut, seal, keep.
 *
 * <pre>
 *   decided entry ──▶ execution thread: state, replies, cut, state checkpoint
 *                        │ closed segment
 *                        ▼
 *                     sealing thread: compress, disperse, own piece durable, history root ──▶ statement to sign
 *                        ▲
 *   certificates, receipts ── the same thread: what is kept, what may go
 * </pre>
 *
 * <p>Everything up to the statement is a function of the ledger. After a crash the same entries are folded again from the
 * newest place that state, archive and certificates have in common ({@link io.sherd.consensus.ledger.Resumption}): what is
 * stored already is compared, never stored twice.
 */
@NullMarked
package io.sherd.consensus.ledger;

import org.jspecify.annotations.NullMarked;
