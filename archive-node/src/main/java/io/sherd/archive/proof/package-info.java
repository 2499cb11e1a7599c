/**
 * Makes proofs from what sources answer, and reads them again: {@link io.sherd.archive.proof.ProofSearch} asks live replicas, data
 * directories and archives and trusts none of them, {@link io.sherd.archive.proof.ProofFile} is a proof as it is kept. What is in the
 * ledger is proved by {@link io.sherd.replication.proof}, what a key holds by {@link io.sherd.archive.proof.KeyProof}.
 */
@NullMarked
package io.sherd.archive.proof;

import org.jspecify.annotations.NullMarked;
