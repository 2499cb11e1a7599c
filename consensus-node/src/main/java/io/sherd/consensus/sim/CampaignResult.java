package io.sherd.consensus.sim;

import java.util.Comparator;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * What many seeds came to.
 *
 * @param seeds how many ran
 * @param events what happened in all of them
 * @param eventsPerSecond for each second of one processor
 * @param slowest the seed that took longest
 * @param coverage what the seeds saw
 * @param violations the seeds in which something did not hold
 * @param thin the seeds that did not see what every run should see
 */
public record CampaignResult(
        int seeds,
        long events,
        long eventsPerSecond,
        SeedResult slowest,
        Coverage coverage,
        List<SeedResult> violations,
        List<SeedResult> thin) {

    /**
     * What the seeds saw.
     *
     * @param viewChanges views entered by a NEW-VIEW
     * @param checkpoints closings under a certificate
     * @param wipes disks lost and restored
     * @param segments segments sealed
     * @param epochs epochs begun after the first
     * @param ed25519Seeds seeds that signed as a real cluster does
     */
    public record Coverage(
            Spread viewChanges, Spread checkpoints, Spread wipes, Spread segments, Spread epochs, int ed25519Seeds) {}

    /**
     * A count that each seed has.
     *
     * @param least in the seed with the fewest
     * @param most in the seed with the most
     * @param total in all seeds
     */
    public record Spread(long least, long most, long total) {}

    /** Copies the lists. */
    public CampaignResult {
        violations = List.copyOf(violations);
        thin = List.copyOf(thin);
    }

    static CampaignResult of(List<SeedResult> results) {
        long events = results.stream().mapToLong(SeedResult::events).sum();
        long nanos = results.stream().mapToLong(SeedResult::nanos).sum();
        return new CampaignResult(
                results.size(),
                events,
                nanos == 0 ? 0 : (long) (events / (nanos / 1e9)),
                results.stream()
                        .max(Comparator.comparingLong(SeedResult::nanos))
                        .orElseThrow(),
                new Coverage(
                        spread(results, SeedResult::viewChanges),
                        spread(results, SeedResult::checkpoints),
                        spread(results, SeedResult::wipes),
                        spread(results, SeedResult::segments),
                        spread(results, SeedResult::epochs),
                        (int) results.stream().filter(SeedResult::ed25519).count()),
                results.stream().filter(r -> r.violation().isPresent()).toList(),
                results.stream()
                        .filter(r -> r.violation().isEmpty() && !r.isCovering())
                        .toList());
    }

    private static Spread spread(List<SeedResult> results, ToLongFunction<SeedResult> count) {
        var all = results.stream().mapToLong(count).summaryStatistics();
        return new Spread(all.getMin(), all.getMax(), all.getSum());
    }
}
