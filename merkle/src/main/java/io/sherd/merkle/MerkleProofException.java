package io.sherd.merkle;

import java.io.Serial;

/**
 * A path or a consistency proof does not show what it should. The message names what differs, expected and found; the
 * {@link #reason()} is for counting.
 */
public final class MerkleProofException extends Exception {

    @Serial
    private static final long serialVersionUID = 1;

    /** Why a proof was refused. */
    public enum Reason {
        /** A path's leaf index is negative or not below its leaf count. */
        INDEX_OUT_OF_RANGE,
        /** A consistency proof's old count is negative or above its new count. */
        COUNTS_OUT_OF_ORDER,
        /** The proof has more hashes, or fewer, than its numbers imply. */
        WRONG_LENGTH,
        /** The path leads to another root. */
        ROOT_MISMATCH,
        /** The consistency proof leads to another old root. */
        OLD_ROOT_MISMATCH,
        /** The consistency proof leads to the old root but to another new root. */
        NEW_ROOT_MISMATCH
    }

    private final Reason reason;

    MerkleProofException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    /**
     * Why the proof was refused.
     *
     * @return the first reason found
     */
    public Reason reason() {
        return reason;
    }
}
