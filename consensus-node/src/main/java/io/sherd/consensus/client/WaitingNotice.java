package io.sherd.consensus.client;

import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import java.util.function.LongSupplier;

/**
 * Tells people what a client waits for: first when a wait has become long, then seldom. One thread at a time uses it.
 */
final class WaitingNotice {

    /** How long a wait is not worth a word. */
    static final long LONG_NANOS = TimeUnit.SECONDS.toNanos(3);

    /** How long is between two notices. */
    static final long PERIOD_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final Consumer<String> notices;
    private final LongSupplier nanoTime;
    private long notBeforeNanos;

    /** Notices by the system's clock. */
    WaitingNotice(Consumer<String> notices) {
        this(notices, System::nanoTime);
    }

    /** Notices by a clock that never goes back. */
    WaitingNotice(Consumer<String> notices, LongSupplier nanoTime) {
        this.notices = notices;
        this.nanoTime = nanoTime;
        this.notBeforeNanos = nanoTime.getAsLong();
    }

    /**
     * Something is still waited for.
     *
     * @param startedNanos since when, by the clock
     * @param sentence makes what is told, given the whole seconds of the wait
     */
    void since(long startedNanos, LongFunction<String> sentence) {
        long now = nanoTime.getAsLong();
        long waited = now - startedNanos;
        if (waited >= LONG_NANOS && now - notBeforeNanos >= 0) {
            notBeforeNanos = now + PERIOD_NANOS;
            notices.accept(sentence.apply(TimeUnit.NANOSECONDS.toSeconds(waited)));
        }
    }
}
