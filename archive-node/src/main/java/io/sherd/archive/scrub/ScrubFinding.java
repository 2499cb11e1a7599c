package io.sherd.archive.scrub;

/**
 * Something bad that a pass found.
 *
 * @param kind what
 * @param segment of which segment; -1 if it is of none
 * @param detail what was expected and what was found
 * @param repaired whether it is good again
 * @param remedy what was done, or what helps
 */
public record ScrubFinding(Kind kind, long segment, String detail, boolean repaired, String remedy) {

    /** What can be bad. */
    public enum Kind {
        /** A file of the archive is gone, or a block of it is not what was written. */
        ARCHIVE_FILE,
        /** A commitment, certificate, closed epoch, receipt or marker. */
        RECORD,
        /** The own piece of a segment. */
        PIECE,
        /** A piece that is held for another replica. */
        HINT,
        /** The full bytes of a segment. */
        FULL_BYTES,
        /** A file or a part of the state. */
        STATE
    }
}
