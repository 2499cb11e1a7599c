package io.sherd.archive.scrub;

import io.sherd.replication.wire.WireFormatException;

/** What a pass looks at, in this order. */
public enum ScrubStage {
    /** Each table of the archive: is it there, and are its blocks right. The number is that of the next file. */
    ARCHIVE_FILES(1),
    /** Commitments, certificates, closed epochs, receipts and markers, up to the certified history root. Done in one go. */
    RECORDS(2),
    /** Own piece, hints and full bytes of each segment, against its commitment. The number is that of the next segment. */
    SEGMENTS(3),
    /** Each table of the state. The number is that of the next file. */
    STATE_FILES(4),
    /** Every leaf of the state, up to its root. The prefix is the next one. */
    STATE(5),
    /** Nothing any more. */
    DONE(6);

    private final int id;

    ScrubStage(int id) {
        this.id = id;
    }

    /** What it is called in a file; never given again to another one. */
    int id() {
        return id;
    }

    static ScrubStage of(int id) throws WireFormatException {
        for (ScrubStage stage : values()) {
            if (stage.id == id) {
                return stage;
            }
        }
        throw new WireFormatException("there is no stage " + id);
    }
}
