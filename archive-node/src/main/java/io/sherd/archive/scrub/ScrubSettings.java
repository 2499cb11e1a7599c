package io.sherd.archive.scrub;

import java.time.Duration;

/**
 * How a replica scrubs.
 *
 * @param bytesPerSecond how much it reads in a second, at most
 * @param period from the beginning of one pass to that of the next
 * @param repairs what happens to what is bad
 */
public record ScrubSettings(long bytesPerSecond, Duration period, Repairs repairs) {

    /** What a configuration that says nothing means. */
    public static final ScrubSettings DEFAULT = new ScrubSettings(20L << 20, Duration.ofDays(7), Repairs.AUTO);

    /** Checks the bounds. */
    public ScrubSettings {
        if (bytesPerSecond < 1) {
            throw new IllegalArgumentException("a scrub of %d bytes a second".formatted(bytesPerSecond));
        }
        if (period.isNegative() || period.isZero()) {
            throw new IllegalArgumentException("a scrub every " + period);
        }
    }

    /** What happens to what is bad. */
    public enum Repairs {
        /** It is made good where that is possible. */
        AUTO,
        /** It is named, and nothing is changed. */
        REPORT
    }
}
