package io.sherd.archive.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.sherd.archive.crypto.Ed25519Verifier;
import io.sherd.archive.crypto.RandomIds;
import io.sherd.archive.edge.EdgeSources;
import io.sherd.archive.edge.Edges;
import io.sherd.archive.edge.LyingStore;
import io.sherd.archive.edge.MadeLedger;
import io.sherd.archive.learner.InsufficientPiecesException;
import io.sherd.archive.learner.SourceDirectory;
import io.sherd.archive.restore.RestoreProgress.Stage;
import io.sherd.archive.state.MemoryStateStore;
import io.sherd.archive.state.RocksStateStore;
import io.sherd.archive.state.StateChunk;
import io.sherd.archive.state.StateReader;
import io.sherd.archive.store.DataDirectory;
import io.sherd.archive.store.DirectoryIdentity;
import io.sherd.archive.store.DirectoryInUseException;
import io.sherd.archive.store.MemoryPieceStore;
import io.sherd.archive.store.PieceStore;
import io.sherd.archive.store.RocksPieceStore;
import io.sherd.archive.store.StoreException;
import io.sherd.archive.store.StoreOwner;
import io.sherd.archive.store.UnsafeDirectoryException;
import io.sherd.replication.checkpoint.StorageReceipt;
import io.sherd.replication.learner.LearnerIgnoreReason;
import io.sherd.replication.retention.SegmentSet;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Replicas brought back from real edges on loopback into real directories. */
final class RestorerTest {

    private static final int LOST = 2;

    private final MemoryStateStore states = new MemoryStateStore();
    private final MadeLedger ledger = MadeLedger.withState(4, MadeLedger.seed(), states)
            .addSegments(6, 20_000)
            .rejoin(3)
            .addSegments(6, 20_000);
    private final Map<Integer, MemoryPieceStore> stores = new HashMap<>();
    private final Edges edges = new Edges(ledger);

    @TempDir
    private Path temporary;

    private Path directory;

    @BeforeEach
    void fillStores() throws Exception {
        directory = temporary.resolve("r2");
        for (int replica = 0; replica < 4; replica++) {
            stores.put(replica, new MemoryPieceStore());
        }
        fill();
    }

    @AfterEach
    void close() {
        edges.close();
    }

    @Test
    void aLostReplicaIsRestoredFromTheOthersDownToTheLastByte() throws Exception {
        start(0, 1, 3);
        List<RestoreProgress> seen = new ArrayList<>();

        RestoreVerdict verdict = restorer(seen::add).run();

        assertThat(verdict.segments()).isEqualTo(ledger.segments().size());
        assertThat(verdict.statement()).contains(ledger.head().statement());
        assertThat(verdict.state().sequence())
                .isEqualTo(ledger.head().statement().stateSequence());
        assertThat(verdict.state().root()).isEqualTo(ledger.head().statement().stateRoot());
        assertThat(verdict.replacedIncarnation()).isZero();
        assertThat(verdict.bytesReceived()).containsOnlyKeys(0, 1, 3);
        assertThat(seen).extracting(RestoreProgress::stage).containsSubsequence(Stage.values());
        assertThat(seen.getLast().segments()).isEqualTo(ledger.segments().size());
        assertRestored();
        System.out.printf(
                "restored %d segments and %d parts of the state with %,d bytes in %d ms%n",
                verdict.segments(),
                seen.getLast().stateParts(),
                verdict.totalBytesReceived(),
                verdict.elapsed().toMillis());
    }

    @Test
    void aRestoreThatIsInterruptedWhileItFetchesSegmentsGoesOnThere() throws Exception {
        start(0, 1, 3);
        runUntil(progress -> progress.segments() == 5);
        assertThat(RestoreMark.isIn(new DataDirectory.Layout(directory))).isTrue();
        DirectoryIdentity before = DataDirectory.readIdentity(directory);

        AtomicInteger delivered = new AtomicInteger();
        RestoreVerdict verdict = restorer(progress -> {
                    if (progress.stage() == Stage.SEGMENTS) {
                        delivered.incrementAndGet();
                    }
                })
                .run();

        assertThat(verdict.directory()).isEqualTo(before.directoryId());
        // One report on entering the stage, then one for each segment that was not there yet.
        assertThat(delivered.get() - 1).isLessThanOrEqualTo(ledger.segments().size() - 5);
        assertRestored();
    }

    @Test
    void aRestoreThatIsInterruptedWhileItFetchesTheStateGoesOnThere() throws Exception {
        start(0, 1, 3);
        runUntil(progress -> progress.stateParts() == 3);

        restorer(_ -> {}).run();

        assertRestored();
    }

    @Test
    void aStateThatIsSupersededMeanwhileIsReplacedByANewerOne() throws Exception {
        long first = ledger.head().statement().stateSequence();
        AtomicBoolean superseded = new AtomicBoolean();
        StateReader forgetful = (sequence, root, prefix, limit) -> superseded.get() && sequence == first
                ? Optional.<StateChunk>empty()
                : states.chunk(sequence, root, prefix, limit);
        for (int replica : new int[] {0, 1, 3}) {
            edges.start(replica, store(replica), forgetful);
        }
        RestoreVerdict verdict = restorer(progress -> {
                    if (progress.stateParts() == 2 && superseded.compareAndSet(false, true)) {
                        ledger.seal().addSegments(1, 20_000);
                        fillUnchecked();
                    }
                })
                .run();

        assertThat(verdict.state().sequence()).isGreaterThan(first);
        assertRestored();
    }

    @Test
    void aSourceThatLiesAboutTheStateIsNotBelieved() throws Exception {
        StateReader liar = (sequence, root, prefix, limit) -> states.chunk(sequence, root, prefix, limit)
                .map(chunk -> switch (chunk) {
                    case StateChunk.Inner inner -> {
                        var children = new TreeMap<>(inner.children());
                        children.put(children.firstKey(), ledger.genesis().clusterId());
                        yield new StateChunk.Inner(children);
                    }
                    case StateChunk.Leaves leaves ->
                        new StateChunk.Leaves(
                                leaves.leaves().subList(1, leaves.leaves().size()));
                });
        start(0, 1);
        edges.start(3, store(3), liar);

        restorer(_ -> {}).run();

        assertRestored();
    }

    @Test
    void tooFewValidPiecesAreAClearAnswerAndAnotherRunGoesOn() throws Exception {
        start(0, 1);
        edges.start(3, LyingStore.over(store(3)), states);
        InsufficientPiecesException refused = catchThrowableOfType(
                InsufficientPiecesException.class,
                () -> restorer(_ -> {}, Duration.ofSeconds(2)).run());
        assertThat(refused)
                .hasMessageContaining("have 2 valid pieces of 3 needed")
                .hasMessageContaining("r3");
        assertThat(RestoreMark.isIn(new DataDirectory.Layout(directory))).isTrue();

        edges.stop(3);
        start(3);
        restorer(_ -> {}).run();

        assertRestored();
    }

    @Test
    void ofSevenReplicasOneMayBeLostWhileAnotherLies() throws Exception {
        MemoryStateStore sevenStates = new MemoryStateStore();
        MadeLedger seven =
                MadeLedger.withState(7, MadeLedger.seed(), sevenStates).addSegments(4, 30_000);
        try (Edges sevenEdges = new Edges(seven)) {
            for (int replica = 0; replica < 7; replica++) {
                if (replica != LOST) {
                    MemoryPieceStore store = new MemoryPieceStore();
                    seven.fill(store, replica);
                    sevenEdges.start(replica, replica == 4 ? LyingStore.over(store) : store, sevenStates);
                }
            }
            Restorer restorer = new Restorer(
                    new Restorer.Settings(
                            seven.genesis(),
                            LOST,
                            directory,
                            RestoreSources.live(sevenEdges.sources()),
                            false,
                            Optional.empty(),
                            new Ed25519Verifier(),
                            _ -> {},
                            Duration.ofSeconds(10)),
                    _ -> {});

            RestoreVerdict verdict = restorer.run();

            assertThat(verdict.segments()).isEqualTo(4);
            assertThat(verdict.ignored()).containsKey(LearnerIgnoreReason.BAD_PIECE);
        }
    }

    /** k = f + 1: one replica is lost, another is silent, and two pieces are enough. */
    @Test
    void withFewerPiecesNeededMoreReplicasMayBeMissing() throws Exception {
        MemoryStateStore itsStates = new MemoryStateStore();
        MadeLedger generous =
                MadeLedger.withState(4, 2, MadeLedger.seed(), itsStates).addSegments(4, 30_000);
        try (Edges itsEdges = new Edges(generous)) {
            for (int replica : new int[] {0, 3}) {
                MemoryPieceStore store = new MemoryPieceStore(replica);
                generous.fill(store, replica);
                itsEdges.start(replica, store, itsStates);
            }
            RestoreVerdict verdict = new Restorer(
                            new Restorer.Settings(
                                    generous.genesis(),
                                    LOST,
                                    directory,
                                    RestoreSources.live(itsEdges.sources()),
                                    false,
                                    Optional.empty(),
                                    new Ed25519Verifier(),
                                    _ -> {},
                                    Duration.ofSeconds(10)),
                            _ -> {})
                    .run();

            assertThat(verdict.segments()).isEqualTo(4);
            assertThat(generous.dispersed().getFirst().commitment().context().piecesNeeded())
                    .isEqualTo(2);
        }
    }

    @Test
    void aLedgerWithoutACheckpointIsRestoredAsNothing() throws Exception {
        MadeLedger empty = MadeLedger.ofFour(MadeLedger.seed());
        try (Edges emptyEdges = new Edges(empty)) {
            for (int replica : new int[] {0, 1, 3}) {
                emptyEdges.start(replica, new MemoryPieceStore(), Edges.NO_STATE);
            }
            RestoreVerdict verdict = new Restorer(
                            new Restorer.Settings(
                                    empty.genesis(),
                                    LOST,
                                    directory,
                                    RestoreSources.live(emptyEdges.sources()),
                                    false,
                                    Optional.empty(),
                                    new Ed25519Verifier(),
                                    _ -> {},
                                    Duration.ofSeconds(10)),
                            _ -> {})
                    .run();

            assertThat(verdict.segments()).isZero();
            assertThat(verdict.statement()).isEmpty();
        }
    }

    @Test
    void withNobodyToAskNothingIsMade() {
        StateUnavailableException refused = catchThrowableOfType(
                StateUnavailableException.class,
                () -> restorer(_ -> {}, Duration.ofMillis(300)).run());

        assertThat(refused).hasMessageContaining("0 of 3 sources").hasMessageContaining("r0");
        assertThat(directory).doesNotExist();
    }

    @Test
    void aReplicaThatIsAliveIsNotRestored() throws Exception {
        start(0, 1, 2, 3);

        RestoreRefusedException refused = catchThrowableOfType(
                RestoreRefusedException.class, () -> restorer(_ -> {}).run());

        assertThat(refused).hasMessageContaining("replica 2 is alive");
        assertThat(directory).doesNotExist();
    }

    @Test
    void aDirectoryThatHasSignedIsNotTouched() throws Exception {
        start(0, 1, 3);
        makeDirectory(LOST, DirectoryIdentity::member);

        assertThat(catchThrowableOfType(
                        RestoreRefusedException.class, () -> restorer(_ -> {}).run()))
                .hasMessageContaining("has signed");
        assertThat(DataDirectory.readIdentity(directory).standing()).isEqualTo(new DirectoryIdentity.Standing.Member());
    }

    @Test
    void whatTheDiskAloneForbidsIsRefusedBeforeAnybodyIsAsked() throws Exception {
        makeDirectory(LOST, DirectoryIdentity::member);
        assertThat(catchThrowable(() -> restorerThatAsksNobody().run())).isInstanceOf(RestoreRefusedException.class);

        directory = temporary.resolve("of another");
        makeDirectory(1, identity -> identity);
        assertThat(catchThrowable(() -> restorerThatAsksNobody().run())).isInstanceOf(UnsafeDirectoryException.class);

        directory = temporary.resolve("in use");
        makeDirectory(LOST, identity -> identity);
        try (DataDirectory _ =
                DataDirectory.open(directory, new StoreOwner(ledger.genesis().clusterId(), LOST))) {
            assertThat(catchThrowable(() -> restorerThatAsksNobody().run()))
                    .isInstanceOf(DirectoryInUseException.class);
        }
    }

    @Test
    void anotherReplicasDirectoryIsNotTouched() throws Exception {
        start(0, 1, 3);
        makeDirectory(1, identity -> identity);

        assertThat(catchThrowableOfType(
                        UnsafeDirectoryException.class, () -> restorer(_ -> {}).run()))
                .hasMessageContaining("replica 1");
    }

    @Test
    void aFileInTheWayIsNotTouched() throws Exception {
        start(0, 1, 3);
        Files.createDirectories(directory);
        Files.writeString(directory.resolve("letter.txt"), "mine");

        assertThat(catchThrowable(() -> restorer(_ -> {}).run())).isInstanceOf(StoreException.class);
        assertThat(directory.resolve("letter.txt")).hasContent("mine");
    }

    @Test
    void aDirectoryThatWasNeverUsedIsRestoredInto() throws Exception {
        start(0, 1, 3);
        makeDirectory(LOST, identity -> identity);

        restorer(_ -> {}).run();

        assertRestored();
    }

    /** Rule 4 of docs/DESIGN.md, section 5: without it, restores that follow each other erode what hints keep. */
    @Test
    void aRestoredReplicaMakesTheHintsThatItOwes() throws Exception {
        int all = ledger.segments().size();
        store(0).putReceipt(ledger.receipt(1, 1, 0, all));
        store(1).putReceipt(ledger.receipt(0, 1, 0, all - 1));
        start(0, 1, 3);

        RestoreVerdict verdict = restorer(_ -> {}).run();

        try (RocksPieceStore archive = openArchive()) {
            for (int segment = 0; segment < all; segment++) {
                boolean full = archive.undropped(segment).isPresent();
                boolean rejoinedSince = ledger.commitment(segment).context().epoch()
                        < ledger.members().epoch();
                assertThat(archive.piece(segment, 0).isPresent())
                        .as("hint for r0 of segment %d: its receipt ends before the last one", segment)
                        .isEqualTo(segment == all - 1 && !full);
                assertThat(archive.piece(segment, 1))
                        .as("r1 has sent its receipt")
                        .isEmpty();
                assertThat(archive.piece(segment, 3).isPresent())
                        .as("hint for r3 of segment %d: owed since it joined again", segment)
                        .isEqualTo(!rejoinedSince && !full);
                if (archive.piece(segment, 3).isPresent()) {
                    archive.piece(segment, 3).get().verify(ledger.commitment(segment));
                }
            }
            assertThat(archive.hints().getOrDefault(3, new SegmentSet()).size())
                    .as("hints for r3")
                    .isGreaterThan(2);
            assertThat(verdict.hints())
                    .isEqualTo(archive.hints().values().stream()
                            .mapToLong(SegmentSet::size)
                            .sum());
            assertThat(archive.receipts(1)).isEqualTo(SegmentSet.of(List.of(new SegmentSet.Range(0, all))));
        }
    }

    @Test
    void receiptsThatAreForgedOrOfAnEarlierIncarnationAreNotBelieved() throws Exception {
        int all = ledger.segments().size();
        StorageReceipt honest = ledger.receipt(0, 1, 0, all);
        store(0).putReceipt(honest);
        store(1).putReceipt(new StorageReceipt(
                1, 1, 0, all, honest.historyRoot(), ledger.receipt(0, 1, 0, all).signature()));
        store(1).putReceipt(ledger.receipt(3, 0, 0, all));
        start(0, 1, 3);

        restorer(_ -> {}).run();

        try (RocksPieceStore archive = openArchive()) {
            assertThat(archive.hints()).containsOnlyKeys(1, 3);
            assertThat(archive.signedReceipts()).containsExactly(honest);
        }
    }

    private RocksPieceStore openArchive() throws StoreException {
        return RocksPieceStore.open(
                new DataDirectory.Layout(directory).archive(),
                new StoreOwner(ledger.genesis().clusterId(), LOST));
    }

    private void assertRestored() throws Exception {
        RestoredDirectory.assertRestored(ledger, states, LOST, directory);
    }

    private void makeDirectory(int replica, UnaryOperator<DirectoryIdentity> standing) throws Exception {
        StoreOwner owner = new StoreOwner(ledger.genesis().clusterId(), replica);
        DirectoryIdentity identity = standing.apply(DirectoryIdentity.unused(owner, RandomIds.directoryId()));
        DataDirectory.create(directory, identity, layout -> {
            RocksPieceStore.create(layout.archive(), owner);
            RocksStateStore.create(layout.state(), owner);
        });
    }

    private void start(int... replicas) throws Exception {
        for (int replica : replicas) {
            edges.start(replica, store(replica), states);
        }
    }

    private PieceStore store(int replica) {
        return Objects.requireNonNull(stores.get(replica));
    }

    private void fill() throws StoreException {
        for (var store : stores.entrySet()) {
            ledger.fill(store.getValue(), store.getKey());
        }
    }

    private void fillUnchecked() {
        try {
            fill();
        } catch (StoreException e) {
            throw new AssertionError(e);
        }
    }

    /** Runs a restore that is stopped at a point of its progress. */
    private void runUntil(Predicate<RestoreProgress> point) {
        CompletableFuture<Restorer> running = new CompletableFuture<>();
        Restorer restorer = restorer(progress -> {
            if (point.test(progress)) {
                running.join().stop();
            }
        });
        running.complete(restorer);
        assertThat(catchThrowable(restorer::run)).isInstanceOf(InterruptedException.class);
    }

    private Restorer restorerThatAsksNobody() {
        SourceDirectory nobody = (replica, _) -> {
            throw new AssertionError("replica " + replica + " was asked");
        };
        return new Restorer(
                new Restorer.Settings(
                        ledger.genesis(),
                        LOST,
                        directory,
                        RestoreSources.live(nobody),
                        false,
                        Optional.empty(),
                        new Ed25519Verifier(),
                        _ -> {},
                        Duration.ofSeconds(10)),
                _ -> {});
    }

    private Restorer restorer(Consumer<RestoreProgress> listener) {
        return restorer(listener, Duration.ofSeconds(10));
    }

    private Restorer restorer(Consumer<RestoreProgress> listener, Duration stallLimit) {
        EdgeSources sources = edges.sources();
        return new Restorer(
                new Restorer.Settings(
                        ledger.genesis(),
                        LOST,
                        directory,
                        RestoreSources.live(sources),
                        false,
                        Optional.empty(),
                        new Ed25519Verifier(),
                        _ -> {},
                        stallLimit),
                listener);
    }
}
