/**
 * Proofs that stand alone: whoever has the genesis and the bytes of a proof knows that something is in the ledger, and asks nobody.
 *
 * <pre>
 *   request → batch → entry → entries root ┐
 *                                 commitment → history root → certificate → keys of its epoch → closed epochs → genesis
 * </pre>
 *
 * <p>A {@link io.sherd.replication.proof.CertifiedStatement} is the right half of this chain, a
 * {@link io.sherd.replication.proof.TransactionProof} all of it. Each step that can fail has a name
 * ({@link io.sherd.replication.proof.ProofStep}), which the refusal carries.
 */
@NullMarked
package io.sherd.replication.proof;

import org.jspecify.annotations.NullMarked;
