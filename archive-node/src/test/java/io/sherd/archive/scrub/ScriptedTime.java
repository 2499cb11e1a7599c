package io.sherd.archive.scrub;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import org.jspecify.annotations.Nullable;

/** A time in which nobody waits: a wait is over at once, and the clock says that it has passed. Belongs to one thread. */
final class ScriptedTime implements ScrubTime {

    /** Waits at least so long are those for the next pass. */
    private static final long IDLE_NANOS = TimeUnit.MINUTES.toNanos(10);

    private static final Instant BEGINNING = Instant.parse("2026-01-01T00:00:00Z");

    private Runnable eachWait = () -> {};
    private long nanos;
    private @Nullable Runnable idle;

    /** What happens when the scrub waits for its next pass. */
    void whenIdle(Runnable action) {
        idle = action;
    }

    /** What happens at each wait for the rate. */
    void atEachWait(Runnable action) {
        eachWait = action;
    }

    void advance(Duration by) {
        nanos += by.toNanos();
    }

    Duration passed() {
        return Duration.ofNanos(nanos);
    }

    @Override
    public Instant now() {
        return BEGINNING.plusNanos(nanos);
    }

    @Override
    public long nanoTime() {
        return nanos;
    }

    @Override
    public void await(Condition changed, long forNanos) {
        Runnable happens = idle;
        if (forNanos >= IDLE_NANOS && happens != null) {
            happens.run();
            return;
        }
        nanos += forNanos;
        eachWait.run();
    }
}
