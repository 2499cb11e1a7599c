package io.sherd.archive.state;

import io.sherd.replication.ledger.VerifyingKey;
import io.sherd.replication.wire.Bytes;

/**
 * What became of one operation of a batch: the same on every correct replica.
 *
 * @param client who signed it
 * @param id the client's number for it
 * @param status what was done
 * @param sequence the position of the entry in which it was executed first; 0 if it was not
 * @param result the state machine's result; its SHA-256 with {@link Status#RESULT_NOT_KEPT}; empty if nothing was executed
 */
public record OperationResult(VerifyingKey client, long id, Status status, long sequence, Bytes result) {

    /** What was done with an operation. */
    public enum Status {
        /** It was executed here. */
        OK(0),
        /** It was executed before, and this is its result again. */
        DUPLICATE(1),
        /** It was executed before; its result was larger than the reply table keeps. */
        RESULT_NOT_KEPT(2),
        /** Its id is below the client's window: whether it was executed is forgotten, and it was not executed here. */
        STALE(3),
        /** Its id jumps beyond the client's window: it was not executed, and the window has not moved. */
        REFUSED(4);

        private final int code;

        Status(int code) {
            this.code = code;
        }

        /** The number that stands for this on the wire; never given to another. */
        public int code() {
            return code;
        }

        /** Whether the operation has taken effect, here or before. */
        public boolean isExecuted() {
            return switch (this) {
                case OK, DUPLICATE, RESULT_NOT_KEPT -> true;
                case STALE, REFUSED -> false;
            };
        }
    }
}
