package io.sherd.consensus.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.sherd.consensus.core.Inspection;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** At most f lie, in every way they can; the others agree, and go on. {@code -Dsherd.seed=N} repeats a random run. */
class AdversaryTest {

    private static final long SEED = Long.getLong("sherd.seed", System.nanoTime() & 0xffff);

    @ParameterizedTest
    @EnumSource
    void aLyingPrimaryDoesNotSplitOrStopTheCluster(Lie lie) {
        Simulation simulation = liars(4, seed(), new int[] {0}, lie);
        work(simulation, 4, 30);

        settle(simulation);
    }

    @ParameterizedTest
    @EnumSource
    void aLyingBackupDoesNotSplitOrStopTheCluster(Lie lie) {
        Simulation simulation = liars(4, seed(), new int[] {3}, lie);
        work(simulation, 4, 30);

        settle(simulation);
        assertThat(simulation.node(1).inspect().view()).isZero();
    }

    @Test
    void aSilentPrimaryIsReplacedWithinTwoTimeouts() {
        Simulation simulation = liars(4, seed(), new int[] {0}, Lie.SILENCE);
        simulation.submit(50, 1);

        assertThat(simulation.runUntil(() -> simulation.unanswered() == 0, 120)).isTrue();
        for (int i = 1; i < 4; i++) {
            Inspection now = simulation.node(i).inspect();
            assertThat(now.view()).isEqualTo(1);
        }
    }

    private static Simulation liars(int n, long seed, int[] liars, Lie... lies) {
        SimCluster cluster = new SimCluster(n);
        Simulation simulation = new Simulation(cluster, seed);
        for (int liar : liars) {
            SimNode node = simulation.node(liar);
            node.lies(new Adversary(cluster, simulation, node, seed + liar, EnumSet.copyOf(List.of(lies))));
        }
        simulation.startAll();
        simulation.run(2);
        return simulation;
    }

    private static void work(Simulation simulation, int n, int requests) {
        for (int i = 0; i < requests; i++) {
            simulation.submit(200, i % n);
            simulation.run(3);
            if (i % 10 == 9) {
                simulation.retry();
            }
        }
        simulation.retry();
    }

    private static long seed() {
        System.out.println("repeat with -Dsherd.seed=" + SEED);
        return SEED;
    }

    private static void settle(Simulation simulation) {
        assertThat(simulation.runUntil(simulation::isSettled, 3000))
                .as(() -> simulation.trace().tail())
                .isTrue();
        simulation.checkConverged();
    }
}
