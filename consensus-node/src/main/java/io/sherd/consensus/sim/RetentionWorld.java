package io.sherd.consensus.sim;

import io.sherd.consensus.core.Mode;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.retention.Holding;
import io.sherd.replication.retention.ReplicaSet;
import io.sherd.replication.retention.Slack;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;

/**
 * Lets every simulated replica send receipts and take steps of the retention rule, and checks after each step that lets something go that any
 * n - f correct replicas can still rebuild every certified segment, whatever the others claim. Liars claim to have everything, and
 * have nothing.
 *
 * <p>It draws from a seed of its own and leaves no trace, so it does not change what else happens in a run.
 */
final class RetentionWorld {

    private static final long SALT = 0x5265_7465_6e74_696fL;
    private static final int RECEIPT_EVERY_TICKS = 24;
    private static final int STEPS_EVERY_TICKS = 4;
    private static final int STEPS_AT_ONCE = 6;
    private static final int LOST_RECEIPTS_PERCENT = 40;
    private static final int MOST_DELAY = 400;

    private final SimCluster cluster;
    private final Simulation simulation;
    private final SplittableRandom random;
    private final List<List<Integer>> quorums = new ArrayList<>();
    private final Map<Integer, Integer> ticks = new HashMap<>();
    private UnaryOperator<Holding> bent = UnaryOperator.identity();
    private UnaryOperator<Holding> bentInRestores = UnaryOperator.identity();
    private long dropped;

    RetentionWorld(SimCluster cluster, Simulation simulation, long seed) {
        this.cluster = cluster;
        this.simulation = simulation;
        this.random = new SplittableRandom(seed ^ SALT);
        addQuorums(new ArrayList<>(), 0);
    }

    /** What a test makes of what a replica holds before the rule is asked, to leave out a part of the rule. */
    void bend(UnaryOperator<Holding> always, UnaryOperator<Holding> inRestores) {
        bent = always;
        bentInRestores = inRestores;
    }

    /** How often full bytes or a hint were let go. */
    long letGo() {
        return dropped;
    }

    /** A node's clock went on. */
    void tick(SimNode node) {
        if (!node.isUp() || node.number() != node.replica()) {
            return;
        }
        int tick = ticks.merge(node.number(), 1, Integer::sum);
        if ((tick + 5 * node.number()) % RECEIPT_EVERY_TICKS == 0) {
            sendReceipt(node);
        }
        if (tick % STEPS_EVERY_TICKS == 0) {
            for (int i = 0; i < STEPS_AT_ONCE; i++) {
                int segment = node.disk().retention().step(node.disk().votes().members(), random, bent);
                if (segment >= 0 && node.isHonest()) {
                    dropped++;
                    check(segment);
                }
            }
        }
    }

    /** A replica got a disk that was restored from a peer's. */
    void restored(SimNode node, SimNode source) {
        node.disk()
                .retention()
                .restored(node.disk().votes().members(), source.disk().retention(), bentInRestores);
        checkAll();
    }

    /** Any n - f correct replicas can rebuild every certified segment. */
    void checkAll() {
        for (int segment = 0; segment < simulation.checkers().stableClosings(); segment++) {
            check(segment);
        }
    }

    private void check(int segment) {
        if (segment >= simulation.checkers().stableClosings()) {
            return;
        }
        List<Boolean> correct = new ArrayList<>();
        for (int replica = 0; replica < cluster.size(); replica++) {
            correct.add(isCorrect(simulation.node(replica), segment));
        }
        for (List<Integer> quorum : quorums) {
            if (quorum.stream().allMatch(correct::get)) {
                List<ReplicaSet> served = quorum.stream()
                        .map(replica -> holding(replica, segment).serves())
                        .toList();
                if (Slack.pieces(served) < cluster.genesis().piecesNeeded()) {
                    throw new Violation("segment %d is lost: replicas %s are correct and serve the pieces %s"
                            .formatted(segment, quorum, served));
                }
            }
        }
    }

    /**
     * A liar is not, nor who has lost its disk until it has joined again. Whoever has another incarnation than at the founding, for
     * a lost disk or for another key, is so only for segments whose own piece it holds: nobody owes it a hint of what was sealed before.
     */
    private boolean isCorrect(SimNode node, int segment) {
        if (!node.isHonest()) {
            return false;
        }
        boolean isMember = node.disk()
                .votes()
                .members()
                .member(node.replica())
                .directory()
                .equals(SimCluster.directory(node.replica(), node.generation()));
        boolean isRejoining = node.isUp() && node.inspect().mode() instanceof Mode.Rejoining;
        boolean isFirst =
                node.generation() == 0 && newestMembers().member(node.replica()).incarnation() == 0;
        boolean isWhole = isFirst || holding(node.replica(), segment).ownPiece();
        return isMember && !isRejoining && isWhole;
    }

    private MemberTable newestMembers() {
        return simulation.nodes().stream()
                .map(node -> node.disk().votes().members())
                .max(Comparator.comparingLong(MemberTable::epoch))
                .orElseThrow();
    }

    private Holding holding(int replica, int segment) {
        return simulation.node(replica).disk().retention().holding(segment);
    }

    /** To everybody, late or never; a liar claims all that is certified. */
    private void sendReceipt(SimNode node) {
        long epoch = node.disk().votes().members().epoch();
        SimRetention.Receipt receipt = node.isHonest()
                ? node.disk().retention().receipt(epoch)
                : new SimRetention.Receipt(
                        node.replica(), epoch, simulation.checkers().stableClosings());
        if (!node.isMember() || receipt.segmentCount() == 0) {
            return;
        }
        for (int peer = 0; peer < cluster.size(); peer++) {
            SimNode to = simulation.node(peer);
            if (peer != node.replica() && random.nextInt(100) >= LOST_RECEIPTS_PERCENT) {
                simulation.plan(1 + random.nextInt(MOST_DELAY), () -> {
                    if (to.isUp() && simulation.links().isOpen(node.number(), to.number())) {
                        to.disk().retention().hears(receipt, to.disk().votes().members());
                    }
                });
            }
        }
    }

    private void addQuorums(List<Integer> chosen, int from) {
        if (chosen.size() == cluster.quorums().quorum()) {
            quorums.add(List.copyOf(chosen));
            return;
        }
        for (int replica = from; replica < cluster.size(); replica++) {
            chosen.add(replica);
            addQuorums(chosen, replica + 1);
            chosen.removeLast();
        }
    }
}
