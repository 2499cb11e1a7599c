package io.sherd.replication.proof;

/** The steps of a proof, in the order in which they are checked. */
public enum ProofStep {
    /** The bytes are a proof, whole and unchanged since they were written. */
    FILE,
    /** The proof is of the genesis's cluster. */
    CLUSTER,
    /** The closed epochs lead from the genesis's keys to those of the certificate. */
    EPOCHS,
    /** A quorum signed the statement with these keys. */
    CERTIFICATE,
    /** The segment's commitment is under the statement's history root. */
    HISTORY,
    /** The entry is under the commitment's entries root. */
    ENTRY,
    /** The request is in the entry's batch. */
    REQUEST,
    /** Whom the request names signed it. */
    SIGNATURE,
    /** The key holds in the state what the proof claims. */
    STATE
}
