package io.sherd.archive.scrub;

import java.time.Instant;
import java.util.concurrent.locks.Condition;

/** The time that a {@link ScrubDriver} lives in. */
public interface ScrubTime {

    /** That of the machine. */
    ScrubTime SYSTEM = new ScrubTime() {
        @Override
        public Instant now() {
            return Instant.now();
        }

        @Override
        public long nanoTime() {
            return System.nanoTime();
        }

        @Override
        @SuppressWarnings("WaitNotInLoop") // Whoever calls this does so in a loop.
        public void await(Condition changed, long nanos) throws InterruptedException {
            long _ = changed.awaitNanos(nanos);
        }
    };

    /** What the clock on the wall says. */
    Instant now();

    /** Nanoseconds from anywhere, which never go back. */
    long nanoTime();

    /**
     * Waits until a condition is signalled, or some time has passed, or for no reason.
     *
     * @param changed the condition, whose lock is held
     * @param nanos how long at most
     */
    void await(Condition changed, long nanos) throws InterruptedException;
}
