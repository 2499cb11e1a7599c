package io.sherd.archive.restore;

/**
 * What of an archive is checked, and how deep. Signatures and commitments are always checked whole: their cost does not follow the size of
 * the segments, and nothing else is proved without them.
 *
 * @param level how deep
 * @param firstSegment the first segment whose content is checked
 * @param endSegment the segment behind the last one; may be beyond what there is
 */
public record VerifyScope(Level level, long firstSegment, long endSegment) {

    /** How deep to look, each level with all before it. */
    public enum Level {
        /** Signatures, closed epochs, the chain of commitments, and the history root over them. */
        MANIFEST,
        /** Every stored piece and its path, and the bytes of every segment that is held whole. */
        PATHS,
        /** Every segment is rebuilt, from k pieces of any archives, down to its entries. */
        DECODE,
        /** Every entry is executed again from the first one on: client signatures, and the roots of the states. */
        REPLAY;

        /** Whether this level looks at what another one looks at. */
        public boolean includes(Level other) {
            return compareTo(other) >= 0;
        }
    }

    /** Every piece and path of every segment. */
    public static final VerifyScope ALL_PATHS = new VerifyScope(Level.PATHS, 0, Long.MAX_VALUE);

    /** Signatures and commitments only. */
    public static final VerifyScope ONLY_MANIFEST = new VerifyScope(Level.MANIFEST, 0, Long.MAX_VALUE);

    /** Checks the range; a replay starts with the first segment. */
    public VerifyScope {
        if (firstSegment < 0 || endSegment <= firstSegment) {
            throw new IllegalArgumentException(
                    "segments from %d to before %d are none".formatted(firstSegment, endSegment));
        }
        if (level == Level.REPLAY && firstSegment != 0) {
            throw new IllegalArgumentException("a replay starts with segment 0, not " + firstSegment);
        }
    }

    /** Whether the content of a segment is checked. */
    boolean contains(long segment) {
        return level.includes(Level.PATHS) && segment >= firstSegment && segment < endSegment;
    }
}
