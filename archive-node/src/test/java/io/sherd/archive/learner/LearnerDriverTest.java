package io.sherd.archive.learner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.sherd.archive.crypto.Ed25519Verifier;
import io.sherd.archive.edge.EdgeSources;
import io.sherd.archive.edge.Edges;
import io.sherd.archive.edge.LyingStore;
import io.sherd.archive.edge.MadeLedger;
import io.sherd.archive.store.MemoryPieceStore;
import io.sherd.archive.store.PieceStore;
import io.sherd.merkle.MerklePath;
import io.sherd.replication.learner.LearnerConfig;
import io.sherd.replication.learner.LearnerEffect;
import io.sherd.replication.learner.LearnerIgnoreReason;
import io.sherd.replication.learner.LearnerProgress;
import io.sherd.replication.learner.Shortage;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.piece.Reassembler;
import io.sherd.replication.segment.Segment;
import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A learner against real edges on loopback, honest and other. */
final class LearnerDriverTest {

    private static final MadeLedger LEDGER = MadeLedger.ofFour(MadeLedger.seed())
            .addSegments(8, 30_000)
            .rejoin(3)
            .addSegments(8, 30_000)
            .seal();

    private final Edges edges = new Edges(LEDGER);
    private final MemorySink sink = new MemorySink();

    @TempDir
    private Path directory;

    @AfterEach
    void close() {
        edges.close();
    }

    @Test
    void theWholeLedgerIsLearnedForLittleMoreBytesThanItHas() throws Exception {
        startHonest(0, 1, 2, 3);

        LearnerStatistics done =
                driver(new LearnerStop.CaughtUp(), Optional.empty()).run();

        assertThat(sink.durable).isEqualTo(LEDGER.segments());
        assertThat(done.segments()).isEqualTo(LEDGER.segments().size());
        assertThat(done.compressedBytes()).isEqualTo(LEDGER.compressedBytes());
        assertThat(done.ignored()).isEmpty();
        int n = LEDGER.genesis().quorums().replicaCount();
        int k = LEDGER.genesis().piecesNeeded();
        long perPiece = 32L * MerklePath.expectedLength(0, n) + 256;
        long proofs = LEDGER.segments().size() * (k * perPiece + Commitment.SIZE_BYTES) + 40_000;
        assertThat(done.totalBytesReceived())
                .isBetween(done.compressedBytes(), done.compressedBytes() * 102 / 100 + proofs);
        System.out.printf(
                "received %,d of %,d compressed bytes in %d ms: %s%n",
                done.totalBytesReceived(),
                done.compressedBytes(),
                done.elapsed().toMillis(),
                done.bytesReceived());
    }

    @Test
    void aLiarAndACrashAtOnceAreOneTooManyAndBothAreNamed() throws Exception {
        startHonest(0, 1);
        edges.start(3, LyingStore.over(filled(3)), Edges.NO_STATE);
        LearnerDriver driver = driver(new LearnerStop.CaughtUp(), Optional.empty());
        CompletableFuture<LearnerStatistics> running = CompletableFuture.supplyAsync(() -> runQuietly(driver));

        await().untilAsserted(() -> {
            LearnerStatistics now = driver.statistics();
            assertThat(now.shortage().map(Shortage::stage)).contains(Shortage.Stage.PIECES);
            assertThat(now.ignored()).containsKey(LearnerIgnoreReason.BAD_PIECE);
        });
        assertThat(driver.statistics().shortage().orElseThrow().sources()).containsKeys(2, 3);
        driver.stop();

        assertThat(running.get().segments()).isZero();
        assertThat(sink.durable).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3})
    void oneLiarAmongFourChangesNothingThatIsLearned(int liar) throws Exception {
        for (int replica = 0; replica < 4; replica++) {
            if (replica == liar) {
                edges.start(replica, LyingStore.over(filled(replica)), Edges.NO_STATE);
            } else {
                startHonest(replica);
            }
        }

        LearnerStatistics done =
                driver(new LearnerStop.CaughtUp(), Optional.empty()).run();

        assertThat(sink.durable).isEqualTo(LEDGER.segments());
        assertThat(done.ignored()).containsKey(LearnerIgnoreReason.BAD_PIECE);
    }

    @Test
    void oneCrashedReplicaIsDoneWithout() throws Exception {
        startHonest(0, 2, 3);

        LearnerStatistics done =
                driver(new LearnerStop.CaughtUp(), Optional.empty()).run();

        assertThat(sink.durable).isEqualTo(LEDGER.segments());
        assertThat(done.bytesReceived().get(1)).isZero();
        assertThat(done.lastFailures()).containsKey(1);
    }

    @Test
    void tooFewPiecesAreAClearAnswerAndNothingIsGuessed() throws Exception {
        startHonest(0, 1);

        InsufficientPiecesException refused = catchThrowableOfType(
                InsufficientPiecesException.class,
                () -> driver(new LearnerStop.CaughtUp(), Optional.of(Duration.ofMillis(500)))
                        .run());

        assertThat(refused.shortage().needed()).isEqualTo(3);
        assertThat(refused.shortage().have()).isEqualTo(2);
        assertThat(refused)
                .hasMessageContaining("have 2 valid pieces of 3 needed")
                .hasMessageContaining("r2");
        assertThat(refused.lastFailures()).containsKeys(2, 3);
        assertThat(sink.durable).isEmpty();
    }

    @Test
    void sourcesThatTakeQuestionsAndSayNothingAreGivenUpWithinTheLimit() {
        Duration limit = Duration.ofSeconds(3);
        EdgeSources mute = edges.mute(0, 1, 2, 3);
        long start = System.nanoTime();

        ShortageException refused = catchThrowableOfType(
                ShortageException.class,
                () -> new LearnerDriver(
                                LearnerDriver.Settings.of(
                                        LearnerConfig.of(LEDGER.genesis()),
                                        new LearnerStop.CaughtUp(),
                                        Optional.of(limit)),
                                new Ed25519Verifier(),
                                mute,
                                sink,
                                sink.effects::add)
                        .run());

        assertThat(refused.shortage().stage()).isEqualTo(Shortage.Stage.HEADS);
        // Sources count as silent after 5 s by default, and the limit ran from there on before.
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isBetween(limit, Duration.ofSeconds(5));
    }

    @Test
    void noSourceAtAllIsAnotherAnswer() {
        ShortageException refused = catchThrowableOfType(
                ShortageException.class,
                () -> driver(new LearnerStop.CaughtUp(), Optional.of(Duration.ofMillis(300)))
                        .run());

        assertThat(refused).isNotInstanceOf(InsufficientPiecesException.class);
        assertThat(refused.shortage().stage()).isEqualTo(Shortage.Stage.HEADS);
    }

    @Test
    void aTargetSegmentIsNotPassed() throws Exception {
        startHonest(0, 1, 2, 3);

        driver(new LearnerStop.AtSegmentCount(5), Optional.empty()).run();

        assertThat(sink.durable).isEqualTo(LEDGER.segments().subList(0, 5));
    }

    @Test
    void aFollowerLearnsWhatIsSealedLater() throws Exception {
        MadeLedger growing = MadeLedger.ofFour(MadeLedger.seed()).addSegments(2, 30_000);
        sink.progress = LearnerProgress.start(growing.genesis());
        List<MemoryPieceStore> stores = new ArrayList<>();
        try (Edges grown = new Edges(growing)) {
            for (int replica = 0; replica < 4; replica++) {
                MemoryPieceStore store = new MemoryPieceStore();
                growing.fill(store, replica);
                stores.add(store);
                grown.start(replica, store, Edges.NO_STATE);
            }
            LearnerDriver driver = new LearnerDriver(
                    settings(growing, new LearnerStop.Never(), Optional.empty()),
                    new Ed25519Verifier(),
                    grown.sources(),
                    sink,
                    _ -> {});
            CompletableFuture<LearnerStatistics> running = CompletableFuture.supplyAsync(() -> runQuietly(driver));
            await().untilAsserted(() -> assertThat(sink.accepted).hasSize(2));

            growing.addSegments(2, 30_000);
            for (int replica = 0; replica < 4; replica++) {
                growing.fill(stores.get(replica), replica);
            }

            await().untilAsserted(() -> assertThat(sink.accepted).hasSize(4));
            driver.stop();
            assertThat(running.get().segments()).isEqualTo(4);
            assertThat(sink.durable).isEqualTo(growing.segments());
        }
    }

    @Test
    void aRestartGoesOnWhereTheOutputIsDurableAndRepeatsNothing() throws Exception {
        startHonest(0, 1, 2, 3);
        Path position = directory.resolve("position");
        ListOutput output = new ListOutput();
        try (PositionedSink first = PositionedSink.open(position, LEDGER.genesis(), output)) {
            new LearnerDriver(
                            settings(LEDGER, new LearnerStop.AtSegmentCount(6), Optional.empty()),
                            new Ed25519Verifier(),
                            edges.sources(),
                            first,
                            _ -> {})
                    .run();
        }
        // Written after the last sync, as a crash would leave it.
        output.written.add(LEDGER.segments().getLast());

        LearnerStatistics done;
        try (PositionedSink second = PositionedSink.open(position, LEDGER.genesis(), output)) {
            done = new LearnerDriver(
                            settings(LEDGER, new LearnerStop.CaughtUp(), Optional.empty()),
                            new Ed25519Verifier(),
                            edges.sources(),
                            second,
                            _ -> {})
                    .run();
        }

        assertThat(output.written).isEqualTo(LEDGER.segments());
        assertThat(done.segments()).isEqualTo(LEDGER.segments().size() - 6L);
        assertThat(done.nextSegment()).isEqualTo(LEDGER.segments().size());
    }

    @Test
    void twoLearnersIntoOnePlaceAreRefused() throws Exception {
        Path position = directory.resolve("position");
        try (PositionedSink _ = PositionedSink.open(position, LEDGER.genesis(), new ListOutput())) {
            assertThat(catchThrowableOfType(
                            SinkInUseException.class,
                            () -> PositionedSink.open(position, LEDGER.genesis(), new ListOutput())))
                    .hasMessageContaining("process " + ProcessHandle.current().pid() + " is learning into this place");
        }
    }

    @Test
    void aDamagedPositionIsRefused() throws Exception {
        Path position = directory.resolve("position");
        java.nio.file.Files.write(position, new byte[100]);
        try (PositionedSink sinkOfDamaged = PositionedSink.open(position, LEDGER.genesis(), new ListOutput())) {
            assertThat(catchThrowableOfType(SinkException.class, sinkOfDamaged::resume))
                    .hasMessageContaining("position is not a position of this learner");
        }
    }

    private void startHonest(int... replicas) throws Exception {
        for (int replica : replicas) {
            edges.start(replica, filled(replica), Edges.NO_STATE);
        }
    }

    private static PieceStore filled(int replica) throws Exception {
        MemoryPieceStore store = new MemoryPieceStore();
        LEDGER.fill(store, replica);
        return store;
    }

    private LearnerDriver driver(LearnerStop stop, Optional<Duration> stallLimit) {
        return new LearnerDriver(
                settings(LEDGER, stop, stallLimit), new Ed25519Verifier(), edges.sources(), sink, sink.effects::add);
    }

    private static LearnerDriver.Settings settings(MadeLedger ledger, LearnerStop stop, Optional<Duration> stallLimit) {
        LearnerConfig config = new LearnerConfig(ledger.genesis(), 16, 64L << 20, 1024, 20, 100, 10, 20, 5);
        return new LearnerDriver.Settings(
                config, Duration.ofMillis(20), stop, Duration.ofMillis(200), 1 << 20, stallLimit);
    }

    private static LearnerStatistics runQuietly(LearnerDriver driver) {
        try {
            return driver.run();
        } catch (SinkException | ShortageException | ContradictionException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Keeps segments in memory; durable are those before the last sync. */
    private static final class MemorySink implements LedgerSink {

        private final List<Segment> accepted = new CopyOnWriteArrayList<>();
        private final List<LearnerEffect> effects = new CopyOnWriteArrayList<>();
        private List<Segment> durable = List.of();
        private LearnerProgress progress = LearnerProgress.start(LEDGER.genesis());

        @Override
        public LearnerProgress resume() {
            return progress;
        }

        @Override
        public void accept(Reassembler.Reassembled segment, LearnerProgress after) {
            accepted.add(segment.segment());
            progress = after;
        }

        @Override
        public void sync() {
            durable = List.copyOf(accepted);
        }

        @Override
        public void close() {}
    }

    /** A list whose mark is its size. */
    private static final class ListOutput implements LedgerOutput {

        private final List<Segment> written = new ArrayList<>();

        @Override
        public void cutBackTo(Bytes mark) throws IOException {
            int size = 0;
            if (!mark.isEmpty()) {
                try {
                    size = new ByteReader(mark).u32();
                } catch (WireFormatException e) {
                    throw new IOException(e);
                }
            }
            if (size > written.size()) {
                throw new IOException("shorter than it was");
            }
            written.subList(size, written.size()).clear();
        }

        @Override
        public void write(Segment segment, Commitment commitment) {
            written.add(segment);
        }

        @Override
        public Bytes sync() {
            return new ByteWriter().u32(written.size()).toBytes();
        }

        @Override
        public void close() {}
    }
}
