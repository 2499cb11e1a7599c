package io.sherd.consensus.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.sherd.consensus.core.IgnoreReason;
import io.sherd.consensus.core.Inspection;
import io.sherd.consensus.core.Message;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole clusters, as the checkers see them. {@code -Dsherd.seed=N} repeats a random run. */
class SimulationTest {

    private static final long SEED = Long.getLong("sherd.seed", System.nanoTime() & 0xffff);

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 10, 13})
    void everyRequestIsExecutedEverywhere(int n) {
        Simulation simulation = new Simulation(new SimCluster(n), 1).startAll();
        simulation.run(2);
        for (int i = 0; i < 100; i++) {
            simulation.submit(100, i % n);
            simulation.run(2);
        }

        settle(simulation, 400);

        // Whoever still asks what it has signed takes no vote yet, and asks again.
        assertThat(simulation.ignored().keySet())
                .isSubsetOf(IgnoreReason.BELOW_WINDOW, IgnoreReason.NOT_ACTIVE, IgnoreReason.DUPLICATE);
    }

    @Test
    void anIdleClusterSealsTheLastRequestWithTwoSealsAndIsThenSilent() {
        Simulation simulation = new Simulation(new SimCluster(4), 1).startAll();
        simulation.run(2);
        simulation.submit(100, 0);
        simulation.run(1000);

        assertThat(simulation.checkers().head()).isEqualTo(3);
        assertThat(simulation.checkers().stableClosings()).isEqualTo(2);
        simulation.checkConverged();
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5, 7})
    void lossRepetitionAndReorderingOnlyDelay(int n) {
        Simulation simulation = new Simulation(new SimCluster(n), seed()).startAll();
        simulation.network(SimNetwork.STORM);
        for (int i = 0; i < 60; i++) {
            simulation.submit(100 + i, i % n);
            simulation.run(5);
            if (i % 10 == 9) {
                simulation.retry();
            }
        }
        simulation.heal();
        simulation.retry();

        settle(simulation, 2000);
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 6, 7})
    void replicasThatCrashAnywhereGoOnFromTheirDisks(int n) {
        Simulation simulation = new Simulation(new SimCluster(n), seed()).startAll();
        SplittableRandom random = new SplittableRandom(SEED);
        simulation.network(SimNetwork.STORM);
        for (int i = 0; i < 60; i++) {
            int victim = random.nextInt(n);
            simulation.submit(200, random.nextInt(n));
            simulation.node(victim).crashAfter(random.nextInt(40));
            simulation.run(15);
            for (int replica = 0; replica < n; replica++) {
                simulation.restart(replica);
            }
            simulation.run(15);
            simulation.retry();
        }
        simulation.heal();
        simulation.retry();

        settle(simulation, 3000);
    }

    @Test
    void aReplicaThatWasCutOffCatchesUpFromTheOthersEntries() {
        Simulation simulation = new Simulation(new SimCluster(4), seed()).startAll();
        simulation.run(2);
        simulation.partition(3);
        for (int i = 0; i < 100; i++) {
            simulation.submit(300, i % 3);
            simulation.run(2);
        }
        assertThat(simulation.node(3).inspect().executed()).isZero();
        simulation.heal();

        settle(simulation, 500);
    }

    @Test
    void aReplicaWhosePeersAlwaysAnswerLateCatchesUpToo() {
        SimCluster cluster = new SimCluster(4);
        Simulation simulation = new Simulation(cluster, seed()).startAll();
        simulation.run(2);
        simulation.partition(3);
        for (int i = 0; i < 100; i++) {
            simulation.submit(300, i % 3);
            simulation.run(2);
        }
        simulation.run(400);
        simulation.heal();
        int lateUnits = 2 * Simulation.TICK * cluster.config(3).resendTicks();
        simulation.network(new SimNetwork(0, 0, lateUnits, Simulation.TICK, 10, 0));

        settle(simulation, 4000);
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 7})
    void aWipedBackupRejoinsInANewEpoch(int n) {
        Simulation simulation = new Simulation(new SimCluster(n), seed()).startAll();
        simulation.run(2);
        work(simulation, n, 50);
        simulation.wipe(3, 1);
        work(simulation, 3, 20);
        simulation.restart(3);
        work(simulation, 3, 50);

        settle(simulation, 1000);
        Inspection rejoined = simulation.node(3).inspect();
        assertThat(rejoined.epoch()).isEqualTo(1);
        assertThat(rejoined.members().member(3).incarnation()).isEqualTo(1);
        assertThat(rejoined.primary()).isEqualTo(1);
    }

    @Test
    void asManyAsMayFailRejoinTogether() {
        Simulation simulation = new Simulation(new SimCluster(7), seed()).startAll();
        simulation.run(2);
        work(simulation, 7, 30);
        simulation.wipe(4, 1);
        simulation.wipe(5, 2);
        simulation.restart(4);
        simulation.restart(5);
        work(simulation, 4, 50);

        settle(simulation, 2000);
        assertThat(simulation.node(4).inspect().epoch()).isBetween(1L, 2L);
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5, 7, 10})
    void keysAreReplacedOneAfterTheOtherInAStorm(int n) {
        Simulation simulation = new Simulation(new SimCluster(n), seed()).startAll();
        simulation.run(2);
        simulation.network(SimNetwork.STORM);
        for (int replica = 0; replica < n; replica++) {
            int replaced = replica;
            work(simulation, n, 20);
            int epochs = simulation.checkers().epochs();
            simulation.replaceKey(replaced, (replaced + 1) % n, (replaced + 2) % n);
            assertThat(simulation.runUntil(() -> simulation.checkers().epochs() > epochs, 5_000))
                    .as(() -> simulation.trace().tail())
                    .isTrue();
            simulation.run(simulation.choose(100));
            simulation.takeNextKey(replaced);
            simulation.retry();
            assertThat(simulation.runUntil(() -> simulation.node(replaced).isMember(), 5_000))
                    .as(() -> simulation.trace().tail())
                    .isTrue();
        }
        simulation.healNetwork();
        simulation.retry();

        settle(simulation, 5_000);
        assertThat(simulation.nodes()).allMatch(SimNode::isMember);
        assertThat(simulation.checkers().epochs()).isEqualTo(n + 1);
    }

    @Test
    void anIdleClusterStillTakesARejoin() {
        Simulation simulation = new Simulation(new SimCluster(4), seed()).startAll();
        simulation.run(2);
        simulation.wipe(2, 1);
        simulation.restart(2);
        simulation.run(400);

        settle(simulation, 1000);
        assertThat(simulation.node(2).inspect().epoch()).isEqualTo(1);
    }

    @Test
    void oneSeedGivesOneTrace() {
        assertThat(traceOf(7)).isEqualTo(traceOf(7)).isNotEqualTo(traceOf(8));
    }

    private static String traceOf(long seed) {
        Simulation simulation = new Simulation(new SimCluster(4), seed).startAll();
        simulation.network(SimNetwork.STORM);
        work(simulation, 4, 30);
        simulation.wipe(3, 1);
        simulation.restart(3);
        work(simulation, 3, 30);
        simulation.heal();
        simulation.run(500);
        return simulation.trace().hash();
    }

    private static void work(Simulation simulation, int n, int requests) {
        for (int i = 0; i < requests; i++) {
            simulation.submit(200, i % n);
            simulation.run(3);
        }
    }

    private static long seed() {
        System.out.println("repeat with -Dsherd.seed=" + SEED);
        return SEED;
    }

    private static void settle(Simulation simulation, long ticks) {
        assertThat(simulation.runUntil(simulation::isSettled, ticks))
                .as(() -> simulation.trace().tail())
                .isTrue();
        simulation.checkConverged();
    }

    @Test
    void whoIsRestoredTwiceAndMeetsItsFirstRejoinStopsAndIsRestoredAgain() {
        Simulation simulation = new Simulation(new SimCluster(4), seed()).startAll();
        simulation.run(2);
        work(simulation, 3, 20);
        simulation.wipe(3, 1);
        simulation.lose(message -> message instanceof Message.PrePrepare);
        simulation.restart(3);
        simulation.run(2);

        simulation.wipe(3, 1);
        simulation.heal();

        assertThat(simulation.runUntil(() -> simulation.node(3).isSuperseded(), 2_000))
                .isTrue();
        simulation.wipe(3, 2);
        simulation.restart(3);
        settle(simulation, 2_000);
        assertThat(simulation.node(3).isMember()).isTrue();
    }

    @Test
    void aReplicaThatIsDownCannotStandStillAndSoTakesPartWhenItStarts() {
        SimCluster cluster = new SimCluster(4, SimCluster.LIMITS, SimSignatures.keyedHashes());
        Simulation simulation = new Simulation(cluster, 1, new Trace()).startAll();
        simulation.run(10);
        simulation.crash(3);

        simulation.node(3).pause(100);
        simulation.restart(3);
        simulation.submit(100, 0);

        assertThat(simulation.runUntil(simulation::isSettled, 2_000)).isTrue();
        assertThat(simulation.node(3).disk().executed()).isPositive();
    }
}
