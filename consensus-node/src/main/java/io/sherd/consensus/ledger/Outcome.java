package io.sherd.consensus.ledger;

import io.sherd.replication.ledger.VerifyingKey;
import io.sherd.replication.wire.Bytes;

/**
 * What a client's request came to: the same on every correct replica.
 *
 * @param client who signed it
 * @param id the client's number for it
 * @param status what became of it
 * @param sequence the position at which it was executed first; 0 unless executed
 * @param result the state machine's result; empty unless {@link Status#EXECUTED}
 */
public record Outcome(VerifyingKey client, long id, Status status, long sequence, Bytes result) {

    /** What can become of a request that is in the ledger. */
    public enum Status {
        /** Executed once, now or before. */
        EXECUTED,
        /** Executed once; its result is larger than the reply table keeps. */
        RESULT_DROPPED,
        /** Its id is below the session's window: whether it was executed is forgotten. */
        STALE,
        /** Its id is too far above the session's highest: not executed. */
        TOO_FAR_AHEAD
    }
}
