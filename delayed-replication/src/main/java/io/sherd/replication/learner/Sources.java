package io.sherd.replication.learner;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * What a learner knows of each source: what it asked of it, and when it may be asked again.
 *
 * <p>The next fetch always goes to the source that was asked for the fewest bytes so far. So the loads of equally fast
 * sources never differ by more than one answer, and a source that was away catches up without being flooded, since no
 * segment takes more than one of its pieces.
 */
final class Sources {

    private static final int MAX_DOUBLINGS = 5;

    private final LearnerConfig config;
    private final Source[] sources;

    private static final class Source {
        long bytesRequested;
        long failedUntil;
        long lyingUntil;
        long slowUntil;
        int failures;
        int lies;

        @Nullable
        String trouble;
    }

    Sources(LearnerConfig config) {
        this.config = config;
        this.sources = new Source[config.genesis().quorums().replicaCount()];
        for (int i = 0; i < sources.length; i++) {
            sources[i] = new Source();
        }
    }

    int count() {
        return sources.length;
    }

    boolean isAvailable(int source, long now) {
        return now >= backAt(source);
    }

    /** The tick at which it may be asked again. */
    long backAt(int source) {
        return Math.max(sources[source].failedUntil, sources[source].lyingUntil);
    }

    /**
     * The available source that suits and has the least load; one that was slow lately only if there is no other.
     *
     * @return the source, or -1 if none is available and suits
     */
    int best(IntPredicate suits, long now) {
        int best = -1;
        for (int i = 0; i < sources.length; i++) {
            if (isAvailable(i, now) && suits.test(i) && (best < 0 || isBetter(sources[i], sources[best], now))) {
                best = i;
            }
        }
        return best;
    }

    private static boolean isBetter(Source one, Source other, long now) {
        boolean oneIsSlow = now < one.slowUntil;
        boolean otherIsSlow = now < other.slowUntil;
        return oneIsSlow == otherIsSlow ? one.bytesRequested < other.bytesRequested : otherIsSlow;
    }

    void requested(int source, long bytes) {
        sources[source].bytesRequested += bytes;
    }

    /** Takes back what was not sent after all. */
    void notSent(int source, long bytes) {
        sources[source].bytesRequested -= bytes;
    }

    void answered(int source, long now) {
        sources[source].failures = 0;
        if (isAvailable(source, now)) {
            sources[source].trouble = null;
        }
    }

    void slow(int source, long now) {
        sources[source].slowUntil = now + config.distrustTicks();
    }

    /** Several failures at one time, of fetches that were under way together, count once. */
    void failed(int source, long now, String trouble) {
        Source failed = sources[source];
        if (isAvailable(source, now)) {
            failed.failedUntil = now + backOff(config.retryTicks(), failed.failures);
            failed.failures++;
            failed.trouble = trouble;
        }
    }

    /** As {@link #failed}, for longer; and what was counted is not forgotten with the next good answer. */
    void lied(int source, long now, Refusal refusal) {
        Source liar = sources[source];
        if (now >= liar.lyingUntil) {
            liar.lyingUntil = now + backOff(config.distrustTicks(), liar.lies);
            liar.lies++;
            liar.trouble = "lied (%s): %s".formatted(refusal.reason(), refusal.detail());
        }
    }

    /** What is wrong with each source with which something is wrong. */
    SortedMap<Integer, String> troubles() {
        SortedMap<Integer, String> troubles = new TreeMap<>();
        for (int i = 0; i < sources.length; i++) {
            String trouble = sources[i].trouble;
            if (trouble != null) {
                troubles.put(i, trouble);
            }
        }
        return troubles;
    }

    List<Long> bytesRequested() {
        List<Long> bytes = new ArrayList<>(sources.length);
        for (Source source : sources) {
            bytes.add(source.bytesRequested);
        }
        return bytes;
    }

    private static long backOff(int ticks, int times) {
        return (long) ticks << Math.min(times, MAX_DOUBLINGS);
    }
}
