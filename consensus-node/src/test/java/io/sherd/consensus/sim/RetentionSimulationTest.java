package io.sherd.consensus.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sherd.replication.retention.Holding;
import io.sherd.replication.retention.ReplicaSet;
import io.sherd.replication.retention.Slack;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Nothing sealed is lost, whatever goes wrong within the fault budget: checked wherever a simulated replica lets something go. */
class RetentionSimulationTest {

    private static final int PIECES_NEEDED = 3;

    /** One replica is cut off, the others seal and drop, one of those goes silent: the cut-off one's piece comes from a hint. */
    @Test
    void whatTheOthersSealedAndDroppedWhileOneWasCutOffOutlivesTheSilenceOfAnother() {
        Simulation simulation = new Simulation(new SimCluster(4), 1);

        cutOffOneAndSeal(simulation);

        long sealed = simulation.checkers().stableClosings();
        assertThat(sealed).isGreaterThan(3);
        assertThat(simulation.node(3).disk().retention().segmentCount()).isZero();
        for (int segment = 0; segment < sealed - 1; segment++) {
            for (int replica = 0; replica < 3; replica++) {
                Holding holding = holding(simulation, replica, segment);
                assertThat(holding.fullBytes())
                        .as("replica %d, segment %d", replica, segment)
                        .isFalse();
                assertThat(holding.hints()).isEqualTo(ReplicaSet.of(3));
            }
            for (int silent = 0; silent < 3; silent++) {
                assertThat(pieces(simulation, segment, silent)).isEqualTo(PIECES_NEEDED);
            }
        }
    }

    @Test
    void withoutHintsThatSegmentIsLost() {
        Simulation simulation = new Simulation(new SimCluster(4), 1);
        simulation.retention().bend(RetentionSimulationTest::believingThatAllHaveTheirPieces, holding -> holding);

        assertThatThrownBy(() -> cutOffOneAndSeal(simulation))
                .isInstanceOf(Violation.class)
                .hasMessageContaining("is lost");
    }

    @Test
    void hintsGoWhenTheReplicaIsBackAndHasItsPieces() {
        Simulation simulation = new Simulation(new SimCluster(4), 2);
        cutOffOneAndSeal(simulation);
        int sealed = (int) simulation.checkers().stableClosings();

        simulation.heal();
        simulation.submit(200, 0, 1);
        boolean noHintIsLeft = simulation.runUntil(
                () -> IntStream.range(0, sealed)
                        .allMatch(segment -> IntStream.range(0, 4)
                                .allMatch(replica -> holding(simulation, replica, segment)
                                                .hints()
                                                .isEmpty()
                                        && holding(simulation, replica, segment).ownPiece())),
                20_000);

        assertThat(noHintIsLeft).isTrue();
        assertThat(IntStream.range(0, sealed).filter(segment -> pieces(simulation, segment, 0) < PIECES_NEEDED))
                .isEmpty();
    }

    /** Crashes, cuts, liars, twins, rollbacks, and disks that are lost and restored one after the other. */
    @ParameterizedTest
    @CsvSource({"4, 40", "5, 15", "7, 15"})
    void inEveryStateAnyQuorumOfCorrectReplicasCanRebuildEverySealedSegment(int replicas, int seeds) {
        long first = Long.getLong("sherd.seed", 1);
        long letGo = 0;
        for (long seed = first; seed < first + seeds; seed++) {
            SwarmRun run = new SwarmRun(replicas, seed, new Trace());
            SeedResult result = run.run();
            assertThat(result.violation()).as(result.command()).isEmpty();
            letGo += run.retention().letGo();
        }
        assertThat(letGo).as("full bytes and hints that were let go").isGreaterThan(20L * seeds);
    }

    @Test
    void withoutHintsSomeSeedLosesASegment() {
        String violation = "";
        for (long seed = 1; seed <= 100 && !violation.contains("is lost"); seed++) {
            SwarmRun run = new SwarmRun(4, seed, new Trace());
            run.retention().bend(RetentionSimulationTest::believingThatAllHaveTheirPieces, holding -> holding);
            violation = run.run().violation().orElse("");
        }
        assertThat(violation).contains("is lost");
    }

    private static void cutOffOneAndSeal(Simulation simulation) {
        simulation.startAll().partition(3);
        for (int i = 0; i < 120; i++) {
            simulation.submit(600, 0, 1, 2);
            simulation.run(20);
        }
        simulation.retry();
        simulation.run(2000);
    }

    /** Leaves out the hints: whoever holds a segment takes it that nobody needs one. */
    private static Holding believingThatAllHaveTheirPieces(Holding holding) {
        Holding now = holding;
        for (int owner : holding.hintsOwed().toList()) {
            now = now.received(owner);
        }
        return now;
    }

    private static Holding holding(Simulation simulation, int replica, int segment) {
        return simulation.node(replica).disk().retention().holding(segment);
    }

    /** How many different pieces the others serve. */
    private static int pieces(Simulation simulation, int segment, int silent) {
        List<ReplicaSet> served = IntStream.range(0, 4)
                .filter(replica -> replica != silent)
                .mapToObj(replica -> holding(simulation, replica, segment).serves())
                .toList();
        return Slack.pieces(served);
    }
}
