package io.sherd.replication.learner;

/** Why something a source sent was ignored. Sources lie and networks repeat themselves; none of this is an error here. */
public enum LearnerIgnoreReason {
    /** It answers nothing that is being waited for: never asked, answered before, or too late to matter. */
    UNASKED(false),
    /** A valid piece that is not needed any more, because others were faster. */
    UNNEEDED(false),
    /** The answer is not of the format that was asked for. */
    MALFORMED(true),
    /** A checkpoint certificate that does not verify under the keys of its epoch. */
    FORGED_CERTIFICATE(true),
    /** A certificate of an epoch that was closed at an earlier position. */
    VOID_EPOCH(true),
    /** A closed epoch that does not follow from the one before. */
    FORGED_EPOCH(true),
    /** Closed epochs that are not consecutive from the one asked for. */
    EPOCHS_OUT_OF_ORDER(true),
    /** More was sent than was asked for. */
    TOO_MUCH(true),
    /** A commitment of another cluster, or with other n, f, k or limits than the genesis says. */
    FOREIGN_COMMITMENT(true),
    /** A commitment that does not follow from the one before: number, position, ledger hash or epoch. */
    BROKEN_CHAIN(true),
    /** Commitments that fit each other but do not lead to the certified history root. */
    WRONG_HISTORY(true),
    /** A piece of another segment or index than was asked for. */
    OTHER_PIECE(true),
    /** A piece of the wrong size, or whose path does not lead to the commitment's root. */
    BAD_PIECE(true);

    private final boolean lie;

    LearnerIgnoreReason(boolean lie) {
        this.lie = lie;
    }

    /** {@return whether no correct source ever sends this, so that its sender is left alone for a while} */
    public boolean isLie() {
        return lie;
    }
}
