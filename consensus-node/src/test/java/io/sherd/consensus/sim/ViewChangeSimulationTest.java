package io.sherd.consensus.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.sherd.consensus.core.Inspection;
import io.sherd.consensus.core.Message;
import io.sherd.consensus.core.Mode;
import io.sherd.replication.ledger.Batch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Primaries that stop, and clusters that go on without them. {@code -Dsherd.seed=N} repeats a random run. */
class ViewChangeSimulationTest {

    private static final long SEED = Long.getLong("sherd.seed", System.nanoTime() & 0xffff);

    @ParameterizedTest
    @ValueSource(ints = {4, 5, 6, 7, 10, 13})
    void aCrashedPrimaryIsReplacedByTheNext(int n) {
        Simulation simulation = new Simulation(new SimCluster(n), seed()).startAll();
        simulation.run(2);
        for (int i = 0; i < 20; i++) {
            simulation.submit(100, 1 + i % (n - 1));
            simulation.run(1);
        }
        simulation.crash(0);
        for (int i = 0; i < 20; i++) {
            simulation.submit(100, 1 + i % (n - 1));
            simulation.run(1);
        }

        settle(simulation, 500);
        for (int i = 1; i < n; i++) {
            assertThat(simulation.node(i).inspect().view()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {7, 10, 13})
    void asManyPrimariesInARowAsMayFailAreReplaced(int n) {
        int f = (n - 1) / 3;
        Simulation simulation = new Simulation(new SimCluster(n), seed()).startAll();
        simulation.run(2);
        for (int i = 0; i < f; i++) {
            simulation.crash(i);
        }
        for (int i = 0; i < 20; i++) {
            simulation.submit(100, f + i % (n - f));
        }

        settle(simulation, 1500);
        assertThat(simulation.node(n - 1).inspect().view()).isEqualTo(f);
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 7})
    void aSilentPrimaryIsReplaced(int n) {
        Simulation simulation = new Simulation(new SimCluster(n), seed()).startAll();
        simulation.lose(
                message -> message instanceof Message.PrePrepare p && p.ballot().view() == 0);
        simulation.run(2);
        simulation.submit(100, 2);

        settle(simulation, 500);
        assertThat(simulation.node(1).inspect().view()).isEqualTo(1);
    }

    @Test
    void aPrimaryThatNeverSealsIsReplaced() {
        Simulation simulation = new Simulation(new SimCluster(4), seed()).startAll();
        simulation.lose(message -> message instanceof Message.PrePrepare p
                && p.ballot().view() == 0
                && p.batch().kind() == Batch.Kind.SEAL);
        simulation.run(2);
        simulation.submit(100, 1);
        simulation.run(600);

        assertThat(simulation.node(1).inspect().view()).isEqualTo(1);
        assertThat(simulation.checkers().stableClosings()).isEqualTo(2);
        settle(simulation, 200);
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 7})
    void aWipedPrimaryRejoinsThoughItCannotOrderItsOwnRejoin(int n) {
        Simulation simulation = new Simulation(new SimCluster(n), seed()).startAll();
        simulation.run(2);
        for (int i = 0; i < 30; i++) {
            simulation.submit(200, i % n);
            simulation.run(2);
        }
        simulation.wipe(0, 1);
        simulation.restart(0);

        settle(simulation, 2000);
        Inspection rejoined = simulation.node(0).inspect();
        assertThat(rejoined.epoch()).isEqualTo(1);
        assertThat(rejoined.mode()).isEqualTo(new Mode.Active());
        assertThat(rejoined.members().member(0).incarnation()).isEqualTo(1);
    }

    @Test
    void whenNobodyHasAQuorumNothingIsExecutedAndAfterwardsEverythingIs() {
        Simulation simulation = new Simulation(new SimCluster(4), seed()).startAll();
        simulation.run(2);
        simulation.partition(2, 3);
        for (int i = 0; i < 20; i++) {
            simulation.submit(100, i % 4);
        }
        simulation.run(1000);
        assertThat(simulation.checkers().head()).isZero();
        simulation.heal();

        settle(simulation, 1000);
        assertThat(simulation.unanswered()).isZero();
    }

    @Test
    void allThatCrashAtOnceGoOnInAnyOrder() {
        Simulation simulation = new Simulation(new SimCluster(4), seed()).startAll();
        simulation.run(2);
        for (int i = 0; i < 40; i++) {
            simulation.submit(200, i % 4);
            simulation.run(1);
        }
        for (int i = 0; i < 4; i++) {
            simulation.crash(i);
        }
        for (int i : new int[] {2, 0, 3, 1}) {
            simulation.run(60);
            simulation.restart(i);
        }
        simulation.retry();

        settle(simulation, 2000);
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
}
