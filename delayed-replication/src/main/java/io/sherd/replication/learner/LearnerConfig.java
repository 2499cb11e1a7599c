package io.sherd.replication.learner;

import io.sherd.replication.genesis.Genesis;

/**
 * What a learner is told at its start. Ticks are whatever its driver makes them; the defaults are meant for 100 ms.
 *
 * @param genesis the one trust root
 * @param windowSegments the most segments that are fetched at one time
 * @param windowBytes the most compressed bytes of segments that are fetched at one time; one segment always is
 * @param commitmentsPerFetch the most commitments that one answer may hold
 * @param hedgeTicks after so many ticks without a piece another one is asked of another source, too
 * @param timeoutTicks after so many ticks without an answer its source counts as silent
 * @param retryTicks how long a source that failed is left alone; doubled with each further failure, up to 32 times
 * @param distrustTicks how long a source that lied is left alone; doubled with each further lie, up to 32 times
 * @param headEveryTicks how often each source is asked for its head
 */
public record LearnerConfig(
        Genesis genesis,
        int windowSegments,
        long windowBytes,
        int commitmentsPerFetch,
        int hedgeTicks,
        int timeoutTicks,
        int retryTicks,
        int distrustTicks,
        int headEveryTicks) {

    /** What is said of a source that counts as silent: a tick's length is the driver's affair, and no reader's. */
    static final String NO_ANSWER = "no answer in time";

    /** Checks that every number is at least 1, and that a slow source is hedged before it counts as silent. */
    public LearnerConfig {
        atLeastOne("window-segments", windowSegments);
        atLeastOne("window-bytes", windowBytes);
        atLeastOne("commitments-per-fetch", commitmentsPerFetch);
        atLeastOne("hedge-ticks", hedgeTicks);
        atLeastOne("retry-ticks", retryTicks);
        atLeastOne("distrust-ticks", distrustTicks);
        atLeastOne("head-every-ticks", headEveryTicks);
        if (timeoutTicks <= hedgeTicks) {
            throw new IllegalArgumentException(
                    "timeout-ticks is %d, must be above hedge-ticks, %d".formatted(timeoutTicks, hedgeTicks));
        }
    }

    /**
     * {@return the defaults: 16 segments or 64 MiB at a time, hedging after 1 s, silence after 5 s, for ticks of 100 ms}
     *
     * @param genesis the one trust root
     */
    public static LearnerConfig of(Genesis genesis) {
        return new LearnerConfig(genesis, 16, 64L << 20, 1024, 10, 50, 10, 100, 5);
    }

    /**
     * {@return the same, but a source that does not answer counts as silent after so many ticks at the latest, and is hedged after
     * half of them}
     *
     * @param ticks how many; less than 2 count as 2
     */
    public LearnerConfig silentWithin(int ticks) {
        int timeout = Math.min(timeoutTicks, Math.max(2, ticks));
        return new LearnerConfig(
                genesis,
                windowSegments,
                windowBytes,
                commitmentsPerFetch,
                Math.min(hedgeTicks, timeout / 2),
                timeout,
                retryTicks,
                distrustTicks,
                headEveryTicks);
    }

    private static void atLeastOne(String name, long value) {
        if (value < 1) {
            throw new IllegalArgumentException("%s is %d, must be at least 1".formatted(name, value));
        }
    }
}
