package io.sherd.archive.restore;

import java.util.List;
import java.util.OptionalLong;

/**
 * What is in an archive, and what is bad in it.
 *
 * @param segments segments that have commitments
 * @param certifiedSegments the first so many of them lead to a history root that a valid certificate binds
 * @param certifiedSequence the position of that certificate; 0 if there is none
 * @param okPieces own pieces that are right
 * @param findings what is bad, by kind and segment; at most {@link #MAX_FINDINGS}
 * @param moreFindings how many more findings there are than are listed
 * @param bytesRead bytes of pieces and full bytes that were read and checked
 * @param rebuilt segments that were rebuilt from pieces
 * @param worstSlack of those that were tried: the fewest valid pieces minus k; empty if none was tried
 */
public record VerifyReport(
        long segments,
        long certifiedSegments,
        long certifiedSequence,
        long okPieces,
        List<Finding> findings,
        long moreFindings,
        long bytesRead,
        long rebuilt,
        OptionalLong worstSlack) {

    /** The most findings that are listed. */
    public static final int MAX_FINDINGS = 10_000;

    /** Copies the list. */
    public VerifyReport {
        findings = List.copyOf(findings);
    }

    /** What can be bad. */
    public enum Kind {
        /** The own piece of a segment is not there. */
        MISSING_PIECE(true),
        /** The own piece of a segment is there and wrong. */
        CORRUPT_PIECE(true),
        /** The full bytes of a segment are there and wrong. */
        CORRUPT_FULL_BYTES(true),
        /** The piece that is held for another replica is not there, or wrong. */
        CORRUPT_HINT(true),
        /** A commitment cannot be read: others have it, and it proves itself. */
        UNREADABLE_COMMITMENT(true),
        /** A closed epoch or a certificate cannot be read: others have it, and it proves itself. */
        UNREADABLE_CERTIFICATE(true),
        /** Another record, such as a receipt, cannot be read: the replica can do without it. */
        UNREADABLE_RECORD(true),
        /** Fewer than k valid pieces of a segment are in all the archives that were given: others may have more. */
        TOO_FEW_PIECES(false),
        /** Pieces that verify do not make a segment. */
        CORRUPT_SEGMENT(false),
        /** A request was not signed by its client. */
        WRONG_REQUEST(false),
        /** The state that the entries make has another root than was certified, or than is held. */
        WRONG_STATE(false),
        /** A commitment does not follow from the one before it, or is not the certified one. */
        CORRUPT_COMMITMENT(false),
        /** A closed epoch or a certificate does not verify, or certifies another history than is stored. */
        CORRUPT_CERTIFICATE(false);

        private final boolean repairable;

        Kind(boolean repairable) {
            this.repairable = repairable;
        }

        /** Whether {@link Repairer} or {@link RecordMender} can make it good, or the replica can do without it. */
        public boolean isRepairable() {
            return repairable;
        }

        /** Whether it is a record of the archive that is made good by mending them all. */
        public boolean isRecord() {
            return this == UNREADABLE_COMMITMENT || this == UNREADABLE_CERTIFICATE || this == UNREADABLE_RECORD;
        }
    }

    /**
     * Something bad.
     *
     * @param kind what
     * @param segment of which segment; -1 if it is of none
     * @param detail what was expected and what was found
     */
    public record Finding(Kind kind, long segment, String detail) {}

    /** Whether nothing is bad. */
    public boolean isClean() {
        return findings.isEmpty();
    }

    /** Whether everything that is bad can be repaired. */
    public boolean isRepairable() {
        return moreFindings == 0
                && findings.stream().allMatch(finding -> finding.kind().isRepairable());
    }

    /** The segments with a finding of a kind, ascending. */
    public List<Long> segmentsWith(Kind kind) {
        return findings.stream()
                .filter(finding -> finding.kind() == kind)
                .map(Finding::segment)
                .distinct()
                .sorted()
                .toList();
    }
}
