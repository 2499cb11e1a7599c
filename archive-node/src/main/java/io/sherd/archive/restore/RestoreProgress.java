package io.sherd.archive.restore;

import java.time.Duration;

/**
 * How far a restore is.
 *
 * @param stage what it is doing
 * @param stateParts parts of the state that arrived since the start
 * @param segments segments that are stored, those of earlier starts included
 * @param targetSegments segments that there are, as far as is proved; 0 while nothing is
 * @param bytesReceived since the start, from all sources
 * @param elapsed since the start
 */
public record RestoreProgress(
        Stage stage, long stateParts, long segments, long targetSegments, long bytesReceived, Duration elapsed) {

    /** What a restore does, in this order. */
    public enum Stage {
        /** Looks for the newest certificate and the epochs that lead to it. */
        CERTIFICATES,
        /** Fetches the certified state. */
        STATE,
        /** Fetches segments, and stores commitments and own pieces. */
        SEGMENTS,
        /** Writes everything to its place. */
        FINISHING
    }
}
