package io.sherd.replication.learner;

import java.util.List;

/**
 * Where a learner stands, for status pages and tests; never for logic of its own.
 *
 * @param progress what would survive a restart now
 * @param sourcesHeard how many sources have told their head since the start, or that they have none yet
 * @param caughtUp whether everything under the highest proved checkpoint is delivered; true when none is proved yet
 * @param halted whether a contradiction was found
 * @param segmentsInFlight segments that pieces are being fetched for
 * @param bytesInFlight their compressed bytes
 * @param decodes how many segments were decoded since the start
 * @param bytesRequested by source: bytes of pieces and commitments asked for and not refused
 */
public record LearnerInspection(
        LearnerProgress progress,
        int sourcesHeard,
        boolean caughtUp,
        boolean halted,
        int segmentsInFlight,
        long bytesInFlight,
        long decodes,
        List<Long> bytesRequested) {

    /** Copies the list. */
    public LearnerInspection {
        bytesRequested = List.copyOf(bytesRequested);
    }
}
