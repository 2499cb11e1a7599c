package io.sherd.consensus.sim;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.LongConsumer;

/**
 * Many seeds, each by itself: several threads share the seeds out among them, and what a seed does is the same on any of them.
 * Seed s runs on the cluster size at place s modulo their number.
 */
public final class Campaign {

    private final long firstSeed;
    private final int seeds;
    private final List<Integer> sizes;
    private final int threads;

    /**
     * A campaign that has not begun.
     *
     * @param firstSeed the first seed
     * @param seeds how many seeds
     * @param sizes the cluster sizes, which take turns
     * @param threads how many seeds run at one time
     */
    public Campaign(long firstSeed, int seeds, List<Integer> sizes, int threads) {
        if (sizes.isEmpty() || seeds < 1 || threads < 1) {
            throw new IllegalArgumentException("a campaign needs a seed, a cluster size and a thread");
        }
        this.firstSeed = firstSeed;
        this.seeds = seeds;
        this.sizes = List.copyOf(sizes);
        this.threads = threads;
    }

    /**
     * Runs all seeds.
     *
     * @param progress is told how many seeds are done, from this thread
     * @return what they came to
     */
    public CampaignResult run(LongConsumer progress) {
        List<SeedResult> results = new ArrayList<>();
        try (ExecutorService workers = Executors.newFixedThreadPool(threads)) {
            List<Future<SeedResult>> running = new ArrayList<>();
            for (long seed = firstSeed; seed < firstSeed + seeds; seed++) {
                long mine = seed;
                running.add(workers.submit(() -> new SwarmRun(sizeOf(mine), mine, new Trace()).run()));
            }
            for (Future<SeedResult> seed : running) {
                results.add(seed.get());
                progress.accept(results.size());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("the simulator itself failed", e.getCause());
        }
        return CampaignResult.of(results);
    }

    private int sizeOf(long seed) {
        return sizes.get((int) Long.remainderUnsigned(seed, sizes.size()));
    }
}
