package io.sherd.consensus.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Twins (Bano and others, OPODIS 2021): one of four replicas runs twice with one key, and in each of four rounds the five nodes are
 * parted in two in another way. A long round lasts until whoever misses something has asked for another view, a short one ends
 * between proposals and votes. There are 15 ways to part five nodes in two, so 50,625 schedules of each; afterwards the network heals
 * and all must agree.
 */
class TwinsTest {

    private static final int REPLICAS = 4;
    private static final int ROUNDS = 4;
    private static final int WAYS = 15;
    private static final int SCHEDULES = WAYS * WAYS * WAYS * WAYS;
    private static final int LONG_TICKS = 80;
    private static final int SHORT_TICKS = 2;
    private static final int SAMPLES = 100;
    private static final long SEED = Long.getLong("sherd.seed", System.nanoTime() & 0xffff_ffffL);

    @Test
    void ofAllSchedulesOfTwoRoundsNoneSplitsTheLedger() {
        for (int schedule = 0; schedule < WAYS * WAYS; schedule++) {
            check(schedule, 2, LONG_TICKS);
            check(schedule, 2, SHORT_TICKS);
        }
    }

    @Test
    void schedulesOfFourRoundsDoNotSplitTheLedger() {
        System.out.println("repeat with -Dsherd.seed=" + SEED);
        SplittableRandom random = new SplittableRandom(SEED);
        for (int i = 0; i < SAMPLES; i++) {
            check(random.nextInt(SCHEDULES), ROUNDS, LONG_TICKS);
            check(random.nextInt(SCHEDULES), ROUNDS, SHORT_TICKS);
        }
    }

    @Tag("slow")
    @Test
    void ofAllSchedulesOfFourRoundsNoneSplitsTheLedger() {
        for (int schedule = 0; schedule < SCHEDULES; schedule++) {
            check(schedule, ROUNDS, LONG_TICKS);
            check(schedule, ROUNDS, SHORT_TICKS);
        }
    }

    private static void check(int schedule, int rounds, int ticks) {
        Simulation simulation = new Simulation(new SimCluster(REPLICAS), schedule);
        try {
            play(simulation, schedule, rounds, ticks);
        } catch (Violation e) {
            throw new AssertionError("schedule %d of %d rounds of %d ticks, %s: %s%n%s"
                    .formatted(
                            schedule,
                            rounds,
                            ticks,
                            ways(schedule, rounds),
                            e.getMessage(),
                            simulation.trace().tail()));
        }
    }

    private static void play(Simulation simulation, int schedule, int rounds, int ticks) {
        simulation.startAll();
        simulation.run(2);
        // Primary of the first view, so that both of it propose.
        simulation.twin(0);
        for (int way : ways(schedule, rounds)) {
            simulation.partition(side(way));
            for (int replica = 0; replica < REPLICAS; replica++) {
                simulation.submit(10, replica);
            }
            simulation.run(ticks);
        }
        simulation.heal();
        simulation.retry();
        assertThat(simulation.runUntil(simulation::isSettled, 4_000))
                .as("schedule %d of %d rounds, %s settles", schedule, rounds, ways(schedule, rounds))
                .isTrue();
        simulation.checkConverged();
    }

    /** How the nodes are parted in each round. */
    private static List<Integer> ways(int schedule, int rounds) {
        List<Integer> ways = new ArrayList<>();
        int rest = schedule;
        for (int round = 0; round < rounds; round++) {
            ways.add(1 + rest % WAYS);
            rest /= WAYS;
        }
        return ways;
    }

    /** The nodes that are apart from node 4, the twin: any but none of the four others. */
    private static int[] side(int way) {
        List<Integer> side = new ArrayList<>();
        for (int node = 0; node < REPLICAS; node++) {
            if ((way >>> node & 1) == 1) {
                side.add(node);
            }
        }
        return side.stream().mapToInt(node -> node).toArray();
    }
}
