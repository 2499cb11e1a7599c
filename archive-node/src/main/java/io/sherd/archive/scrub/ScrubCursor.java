package io.sherd.archive.scrub;

import io.sherd.replication.wire.Bytes;

/**
 * Where a pass goes on.
 *
 * @param stage what it looks at
 * @param number which of them is the next; 0 at a stage's beginning
 * @param prefix in the last stage: which part of the state is the next, in nibbles
 */
public record ScrubCursor(ScrubStage stage, long number, Bytes prefix) {

    /** At the beginning. */
    public static final ScrubCursor START = at(ScrubStage.ARCHIVE_FILES);

    /** At the beginning of a stage. */
    static ScrubCursor at(ScrubStage stage) {
        return new ScrubCursor(stage, 0, Bytes.EMPTY);
    }

    /** In the same stage, somewhere else. */
    ScrubCursor to(long next) {
        return new ScrubCursor(stage, next, prefix);
    }

    /** In the state, somewhere else. */
    ScrubCursor to(Bytes next) {
        return new ScrubCursor(stage, number, next);
    }
}
