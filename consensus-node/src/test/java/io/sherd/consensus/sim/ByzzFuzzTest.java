package io.sherd.consensus.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.sherd.consensus.core.Ballot;
import io.sherd.consensus.core.Message;
import io.sherd.replication.ledger.Batch;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * ByzzFuzz (Winter and others, OOPSLA 2023): few faults, each in one round and of one kind of message. In c rounds the network is
 * parted in two, in d rounds the words of one replica are changed by one step for some who hear them: a view or a position by one,
 * or an older value in place of the new one.
 */
class ByzzFuzzTest {

    private static final int FEW_SEEDS = 200;
    private static final int MANY_SEEDS = 5_000;
    private static final int REPLICAS = 4;
    private static final int ROUNDS = 15;
    private static final int WORK = 8;
    private static final int KINDS = 5;
    private static final long SEED = Long.getLong("sherd.seed", System.nanoTime() & 0xffff_ffffL);

    static Stream<Arguments> grid() {
        return Stream.of(0, 1, 2).flatMap(c -> Stream.of(0, 1, 2).map(d -> Arguments.of(c, d)));
    }

    @ParameterizedTest(name = "c = {0}, d = {1}")
    @MethodSource("grid")
    void fewFaultsOfTheNetworkAndOfOneReplicaDoNotSplitOrStopTheCluster(int networkFaults, int processFaults) {
        check(networkFaults, processFaults, FEW_SEEDS);
    }

    @Tag("slow")
    @ParameterizedTest(name = "c = {0}, d = {1}")
    @MethodSource("grid")
    void fewFaultsDoNotSplitOrStopTheClusterInManySeeds(int networkFaults, int processFaults) {
        check(networkFaults, processFaults, MANY_SEEDS);
    }

    private static void check(int networkFaults, int processFaults, int seeds) {
        System.out.println("repeat with -Dsherd.seed=" + SEED);
        for (long seed = SEED; seed < SEED + seeds; seed++) {
            Simulation simulation = new Simulation(new SimCluster(REPLICAS), seed);
            try {
                play(simulation, new Faults(simulation, seed, networkFaults, processFaults));
            } catch (Violation e) {
                throw new AssertionError("seed %d, c = %d, d = %d: %s%n%s"
                        .formatted(
                                seed,
                                networkFaults,
                                processFaults,
                                e.getMessage(),
                                simulation.trace().tail()));
            }
        }
    }

    private static void play(Simulation simulation, Faults faults) {
        simulation.intercept(faults);
        simulation.startAll();
        simulation.run(2);
        for (int i = 0; i < 12; i++) {
            simulation.submit(20, i % REPLICAS, (i + 1) % REPLICAS);
            simulation.run(8);
        }
        simulation.retry();
        simulation.run(150);
        simulation.intercept(null);
        // A proposal that one replica alone has heard of is in flight there until the next one comes to its position.
        boolean settled = false;
        for (int work = 0; work < WORK && !settled; work++) {
            simulation.submit(20, work % REPLICAS, (work + 1) % REPLICAS);
            simulation.retry();
            settled = simulation.runUntil(simulation::isSettled, 1_000);
        }
        assertThat(settled)
                .as("%s settles: %s", faults, simulation.trace().tail())
                .isTrue();
        simulation.checkConverged();
    }

    /** The faults of one run: a round is a kind of message in a view. */
    private static final class Faults implements Simulation.Interceptor {

        private final SimCluster cluster = new SimCluster(REPLICAS);
        private final SplittableRandom random;
        private final int liar;
        private final Forger forger;
        private final Map<Integer, Integer> sides = new HashMap<>();
        private final Map<Integer, Integer> deceived = new HashMap<>();
        private final Map<Message, Message> told = new HashMap<>();
        private final List<Ballot> older = new ArrayList<>();

        Faults(Simulation simulation, long seed, int networkFaults, int processFaults) {
            this.random = new SplittableRandom(seed);
            this.liar = random.nextInt(2);
            this.forger = new Forger(cluster, liar, random);
            for (int i = 0; i < networkFaults; i++) {
                sides.put(random.nextInt(ROUNDS), 1 + random.nextInt((1 << REPLICAS) - 2));
            }
            for (int i = 0; i < processFaults; i++) {
                deceived.put(random.nextInt(ROUNDS), 1 + random.nextInt((1 << REPLICAS) - 1));
            }
            if (processFaults > 0) {
                simulation.node(liar).isFaulty();
            }
        }

        @Override
        public @Nullable Message passes(SimNode from, SimNode to, Message message) {
            int round = roundOf(message);
            int side = sides.getOrDefault(round, 0);
            if (side != 0 && (side >>> from.number() & 1) != (side >>> to.number() & 1)) {
                return null;
            }
            boolean deceives = from.replica() == liar && (deceived.getOrDefault(round, 0) >>> to.number() & 1) == 1;
            return deceives ? told.computeIfAbsent(message, this::changed) : message;
        }

        private Message changed(Message message) {
            return switch (message) {
                case Message.PrePrepare m -> {
                    Ballot ballot = moved(m.ballot());
                    Batch batch = random.nextBoolean() ? m.batch() : forger.batchOfItsOwn();
                    yield forger.propose(ballot.view(), ballot.epoch(), ballot.sequence(), batch);
                }
                case Message.Prepare m -> forger.prepare(moved(m.ballot()));
                case Message.Commit m -> forger.commit(moved(m.ballot()));
                case Message.ViewChange m -> random.nextBoolean() ? forger.forgetful(m) : forger.nextView(m);
                case Message.NewView m -> random.nextBoolean() ? forger.forged(m) : forger.otherNewView(m);
                default -> message;
            };
        }

        /** A step away: the view or the position by one, or what was voted for before. */
        private Ballot moved(Ballot ballot) {
            Ballot before = older.isEmpty() ? ballot : older.get(random.nextInt(older.size()));
            older.add(ballot);
            int by = random.nextBoolean() ? 1 : -1;
            return switch (random.nextInt(4)) {
                case 0 ->
                    new Ballot(ballot.epoch(), Math.max(0, ballot.view() + by), ballot.sequence(), ballot.digest());
                case 1 ->
                    new Ballot(ballot.epoch(), ballot.view(), Math.max(1, ballot.sequence() + by), ballot.digest());
                case 2 -> new Ballot(ballot.epoch(), ballot.view(), ballot.sequence(), before.digest());
                default -> before;
            };
        }

        private static int roundOf(Message message) {
            return switch (message) {
                case Message.PrePrepare m -> (int) m.ballot().view() * KINDS;
                case Message.Prepare m -> (int) m.ballot().view() * KINDS + 1;
                case Message.Commit m -> (int) m.ballot().view() * KINDS + 2;
                case Message.ViewChange m -> (int) m.view() * KINDS - 2;
                case Message.NewView m -> (int) m.view() * KINDS - 1;
                default -> -1;
            };
        }

        @Override
        public String toString() {
            return "liar r%d, sides %s, deceived %s".formatted(liar, sides, deceived);
        }
    }
}
