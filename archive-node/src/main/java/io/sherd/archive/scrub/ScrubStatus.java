package io.sherd.archive.scrub;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Where a scrub stands.
 *
 * @param state what it does
 * @param running the pass that is under way, if there is one
 * @param remaining about how long that still takes
 * @param last the last one that was completed
 * @param next when the next one begins
 * @param recent the latest findings of this process, the newest last
 */
public record ScrubStatus(
        State state,
        Optional<ScrubProgress> running,
        Optional<Duration> remaining,
        Optional<ScrubRecord.CompletedPass> last,
        Instant next,
        List<ScrubFinding> recent) {

    /** Copies the list. */
    public ScrubStatus {
        recent = List.copyOf(recent);
    }

    /** What it does. */
    public enum State {
        /** It waits until the next pass is due. */
        WAITING,
        /** A pass is under way, or begins as soon as its thread comes to it. */
        RUNNING,
        /** An operator paused it. */
        PAUSED
    }
}
