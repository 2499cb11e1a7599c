package io.sherd.replication.learner;

import static org.assertj.core.api.Assertions.assertThat;

import io.sherd.replication.segment.SegmentCodec;
import io.sherd.replication.testing.KeyedHash;
import io.sherd.replication.testing.TestCluster;
import io.sherd.replication.testing.TestLedger;
import io.sherd.replication.wire.WireFormatException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;

/**
 * Drives a learner over simulated sources and an unreliable network, one event at a time, and checks after each what must
 * always hold: segments come in order, each once, exactly as they were decided; each is decoded once; the window is kept.
 */
final class LearnerRun {

    /** How a network treats answers. */
    record Network(int maxDelayTicks, int lossPercent, int duplicatePercent) {
        static final Network PERFECT = new Network(0, 0, 0);
        static final Network POOR = new Network(4, 5, 10);
    }

    private record Arrival(long tick, long order, LearnerEvent event) {}

    private final TestLedger ledger;
    private final TestCluster cluster;
    private final LearnerConfig config;
    private final Source[] sources;
    private final int[] delayTicks;
    private final Random random;
    private final Network network;
    private final PriorityQueue<Arrival> arrivals = new PriorityQueue<>(
            java.util.Comparator.comparingLong(Arrival::tick).thenComparingLong(Arrival::order));
    private final List<LearnerEffect> effects = new ArrayList<>();
    private final long[] servedBytes;
    private final long[] pieceCounts;
    private Learner learner;
    private long tick;
    private long order;
    private int delivered;
    private int deliveredBefore;
    private LearnerProgress stored;

    LearnerRun(TestLedger ledger, LearnerConfig config, Random random, Network network) {
        this.ledger = ledger;
        this.cluster = ledger.cluster();
        this.config = config;
        this.random = random;
        this.network = network;
        int n = cluster.quorums().replicaCount();
        this.sources = new Source[n];
        this.delayTicks = new int[n];
        this.servedBytes = new long[n];
        this.pieceCounts = new long[n];
        Arrays.fill(sources, new Source.Honest(ledger));
        this.stored = LearnerProgress.start(cluster.genesis());
        this.learner = new Learner(config, KeyedHash.VERIFIER, stored);
    }

    static LearnerConfig config(TestCluster cluster) {
        return new LearnerConfig(cluster.genesis(), 8, 1 << 16, 16, 4, 12, 3, 30, 5);
    }

    static LearnerRun over(TestLedger ledger, Random random) {
        return new LearnerRun(ledger, config(ledger.cluster()), random, Network.PERFECT);
    }

    LearnerRun with(int replica, Source source) {
        sources[replica] = source;
        return this;
    }

    /** Adds so many ticks to each answer of a replica. */
    LearnerRun slow(int replica, int ticks) {
        delayTicks[replica] = ticks;
        return this;
    }

    /** Ticks until everything is delivered; fails after too many. */
    LearnerRun untilCaughtUp(int maxTicks) {
        for (int i = 0; i < maxTicks && delivered < ledger.segments().size(); i++) {
            tick();
        }
        assertThat(delivered)
                .as("segments delivered after %d ticks; %s", tick, lastStall())
                .isEqualTo(ledger.segments().size());
        assertThat(learner.inspect().caughtUp()).isTrue();
        assertThat(learner.progress().ledgerHash())
                .isEqualTo(ledger.segments().getLast().ledgerHashAfter());
        return this;
    }

    LearnerRun ticks(int count) {
        for (int i = 0; i < count; i++) {
            tick();
        }
        return this;
    }

    void tick() {
        tick++;
        step(new LearnerEvent.Tick());
        while (!arrivals.isEmpty() && arrivals.peek().tick() <= tick) {
            step(arrivals.remove().event());
        }
    }

    /** What a process does that is killed: only what was stored with the last delivered segment is left. */
    void restart() {
        arrivals.clear();
        deliveredBefore = delivered;
        try {
            learner = new Learner(
                    config, KeyedHash.VERIFIER, LearnerProgress.decode(stored.encoded(), cluster.genesis()));
        } catch (WireFormatException e) {
            throw new AssertionError(e);
        }
    }

    List<LearnerEffect> step(LearnerEvent event) {
        List<LearnerEffect> now = learner.step(event);
        for (LearnerEffect effect : now) {
            effects.add(effect);
            switch (effect) {
                case LearnerEffect.Fetch fetch -> perform(fetch);
                case LearnerEffect.Deliver deliver -> check(deliver);
                default -> {}
            }
        }
        LearnerInspection inspection = learner.inspect();
        assertThat(inspection.decodes()).isEqualTo(delivered - deliveredBefore);
        assertThat(inspection.segmentsInFlight()).isLessThanOrEqualTo(config.windowSegments());
        assertThat(inspection.bytesInFlight() <= config.windowBytes() || inspection.segmentsInFlight() == 1)
                .isTrue();
        return now;
    }

    private void perform(LearnerEffect.Fetch fetch) {
        if (fetch instanceof LearnerEffect.FetchPiece piece) {
            assertThat(piece.segment()).isBetween((long) delivered, (long) delivered + config.windowSegments());
            pieceCounts[piece.source()]++;
        }
        LearnerEvent answer = sources[fetch.source()].answer(fetch);
        if (answer == null || random.nextInt(100) < network.lossPercent()) {
            return;
        }
        if (answer instanceof LearnerEvent.PieceArrived piece) {
            servedBytes[fetch.source()] += piece.piece().encoded().size();
        } else if (answer instanceof LearnerEvent.CommitmentsArrived range) {
            range.commitments()
                    .forEach(c -> servedBytes[fetch.source()] += c.encoded().size());
        }
        enqueue(fetch.source(), answer);
        if (random.nextInt(100) < network.duplicatePercent()) {
            enqueue(fetch.source(), answer);
        }
    }

    private void enqueue(int source, LearnerEvent answer) {
        int delay =
                delayTicks[source] + (network.maxDelayTicks() == 0 ? 0 : random.nextInt(network.maxDelayTicks() + 1));
        arrivals.add(new Arrival(tick + delay, order++, answer));
    }

    private void check(LearnerEffect.Deliver deliver) {
        var segment = deliver.reassembled().segment();
        assertThat(segment.number()).isEqualTo(delivered);
        assertThat(SegmentCodec.encode(segment))
                .isEqualTo(SegmentCodec.encode(ledger.segments().get(delivered)));
        assertThat(deliver.reassembled().dispersed())
                .isEqualTo(ledger.dispersed().get(delivered));
        delivered++;
        stored = deliver.after();
        assertThat(stored.nextSegment()).isEqualTo(delivered);
    }

    Learner learner() {
        return learner;
    }

    int delivered() {
        return delivered;
    }

    long tickCount() {
        return tick;
    }

    long[] servedBytes() {
        return servedBytes;
    }

    long[] pieceCounts() {
        return pieceCounts;
    }

    List<LearnerEffect> effects() {
        return effects;
    }

    <T extends LearnerEffect> List<T> effects(Class<T> type) {
        return effects.stream().filter(type::isInstance).map(type::cast).toList();
    }

    /** The replicas of which something was ignored that no correct one sends. */
    List<Integer> liarsNamed() {
        return effects(LearnerEffect.Ignored.class).stream()
                .filter(ignored -> ignored.reason().isLie())
                .map(LearnerEffect.Ignored::source)
                .distinct()
                .sorted()
                .toList();
    }

    String lastStall() {
        List<LearnerEffect.Stalled> stalls = effects(LearnerEffect.Stalled.class);
        return stalls.isEmpty() ? "never stalled" : stalls.getLast().shortage().toString();
    }
}
