package io.sherd.consensus.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * Replicas that are left behind again and again, in a network that loses and delays, and crash at any moment of what they fetch. Which
 * invariants hold after every event, {@link Checkers} says; in the end all must agree. {@code -Dsherd.seed=N} runs one seed alone.
 */
class LeftBehindSwarmTest {

    private static final int SEEDS = 24;
    private static final int ROUNDS = 60;

    @Test
    void whoeverIsLeftBehindComesBackWhateverHappensMeanwhile() {
        Long only = Long.getLong("sherd.seed");
        int fetched = 0;
        int interrupted = 0;
        for (long seed = only == null ? 1 : only; seed <= (only == null ? SEEDS : only); seed++) {
            try {
                Run run = new Run(seed);
                run.run();
                fetched += run.fetched;
                interrupted += run.interrupted;
            } catch (Violation | IllegalStateException e) {
                throw new AssertionError("-Dsherd.seed=%d: %s".formatted(seed, e.getMessage()), e);
            }
        }
        if (only == null) {
            assertThat(fetched).as("transfers").isGreaterThan(SEEDS);
            assertThat(interrupted).as("crashes in a transfer").isGreaterThan(SEEDS / 4);
        }
    }

    /** One seed: f replicas take turns in being away, and everybody else keeps nothing. */
    private static final class Run {

        private final SplittableRandom random;
        private final int size;
        private final Simulation simulation;
        private int victim;
        private boolean away;
        private int fetched;
        private int interrupted;

        Run(long seed) {
            random = new SplittableRandom(seed);
            size = new int[] {4, 5, 7}[random.nextInt(3)];
            simulation = new Simulation(new SimCluster(size), seed).startAll();
            victim = random.nextInt(size);
        }

        void run() {
            for (int round = 0; round < ROUNDS; round++) {
                simulation.network(random.nextInt(3) == 0 ? SimNetwork.STORM : SimNetwork.CALM);
                for (int i = random.nextInt(12); i > 0; i--) {
                    int to = (victim + 1 + random.nextInt(size - 1)) % size;
                    simulation.submit(40, to, (to + 1) % size);
                }
                act();
                boolean wasFetching = simulation.node(victim).isFetching();
                simulation.runUntil(() -> wasFetching != simulation.node(victim).isFetching(), 10 + random.nextInt(60));
                fetched += !wasFetching && simulation.node(victim).isFetching() ? 1 : 0;
                simulation.retry();
            }
            simulation.heal();
            simulation.links().away(victim, false);
            simulation.retry();
            if (!simulation.runUntil(
                    () -> {
                        if (simulation.now() / Simulation.TICK % 100 == 0) {
                            simulation.retry();
                        }
                        return simulation.isSettled()
                                && !simulation.node(victim).isFetching();
                    },
                    12_000)) {
                throw new Violation("not settled: " + simulation.node(victim).name());
            }
            simulation.checkConverged();
        }

        private void act() {
            switch (random.nextInt(6)) {
                case 0, 1 -> {
                    away = !away;
                    simulation.links().away(victim, away);
                }
                case 2 -> forget();
                case 3, 4 -> {
                    if (simulation.node(victim).isFetching()) {
                        interrupted++;
                        simulation.crash(victim);
                    } else if (simulation.node(victim).isUp() && random.nextBoolean()) {
                        simulation.crash(victim);
                    }
                    simulation.run(random.nextInt(20));
                    simulation.restart(victim);
                }
                default -> {
                    // Another one takes its turn, once this one is well again.
                    if (!away && simulation.node(victim).isUp() && simulation.isSettled()) {
                        victim = random.nextInt(size);
                    }
                }
            }
        }

        private void forget() {
            for (SimNode node : simulation.nodes()) {
                if (node.number() != victim) {
                    node.disk().forget();
                }
            }
        }
    }
}
