package io.sherd.archive.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.sherd.archive.crypto.Ed25519Verifier;
import io.sherd.archive.edge.Edges;
import io.sherd.archive.edge.LyingStore;
import io.sherd.archive.edge.MadeLedger;
import io.sherd.archive.learner.InsufficientPiecesException;
import io.sherd.archive.state.MemoryStateStore;
import io.sherd.archive.state.RocksStateStore;
import io.sherd.archive.state.StateCheckpoint;
import io.sherd.archive.state.StateChunk;
import io.sherd.archive.state.StateReader;
import io.sherd.archive.store.FullBytes;
import io.sherd.archive.store.MemoryPieceStore;
import io.sherd.archive.store.PieceStore;
import io.sherd.archive.store.RocksPieceStore;
import io.sherd.archive.store.StoreException;
import io.sherd.archive.store.StoreOwner;
import io.sherd.replication.checkpoint.CheckpointStatement;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A replica's own stores, brought forward from real edges on loopback. */
final class AdvanceTest {

    private static final int BEHIND = 2;
    private static final int OLD_SEGMENTS = 5;

    private final MemoryStateStore states = new MemoryStateStore();
    private final MadeLedger ledger = MadeLedger.withState(4, MadeLedger.seed(), states);
    private final StoreOwner owner = new StoreOwner(ledger.genesis().clusterId(), BEHIND);
    private final Map<Integer, MemoryPieceStore> stores = new HashMap<>();
    private final Edges edges = new Edges(ledger);

    @TempDir
    private Path directory;

    private RocksStateStore state;
    private RocksPieceStore archive;
    private StateCheckpoint old;

    /** The replica stands at an older state, with an older archive; meanwhile others went on, and one joined again. */
    @BeforeEach
    void leaveBehind() throws Exception {
        for (int replica = 0; replica < 4; replica++) {
            stores.put(replica, new MemoryPieceStore());
        }
        RocksStateStore.create(directory.resolve("state"), owner);
        RocksPieceStore.create(directory.resolve("archive"), owner);
        open();
        ledger.addSegments(OLD_SEGMENTS, 20_000);
        fill();
        start(states, 0, 1, 3);
        old = advance(_ -> {}).run();
        for (int replica : new int[] {0, 1, 3}) {
            edges.stop(replica);
        }
        assertThat(old.sequence()).isPositive();
        ledger.addSegments(3, 20_000).rejoin(3).addSegments(6, 20_000);
        fill();
    }

    @AfterEach
    void close() throws Exception {
        closeStores();
        edges.close();
    }

    @Test
    void stateAndArchiveComeForwardToTheNewestCertificate() throws Exception {
        start(states, 0, 1, 3);

        advance(_ -> {}).run();

        assertForward();
    }

    @Test
    void whereverItIsStoppedTheStateIsTheOldOneOrTheNewOneAndAnotherRunGoesOn() throws Exception {
        start(states, 0, 1, 3);
        int points = 0;
        boolean wasStopped = true;
        while (wasStopped) {
            int point = points;
            AtomicInteger reports = new AtomicInteger();
            AtomicReference<Advance> running = new AtomicReference<>();
            Advance advance = advance(_ -> {
                if (reports.getAndIncrement() == point) {
                    Objects.requireNonNull(running.get()).stop();
                }
            });
            running.set(advance);
            Throwable end = catchThrowable(advance::run);
            wasStopped = end instanceof InterruptedException;
            assertThat(end == null || wasStopped).as("ended with %s", end).isTrue();
            reopen();
            if (wasStopped) {
                assertThat(state.latest()).isEqualTo(old);
                assertThat(archive.commitmentCount()).isGreaterThanOrEqualTo(OLD_SEGMENTS);
                points++;
            }
        }

        assertThat(points).isGreaterThan(3);
        assertForward();
    }

    @Test
    void sourceThatLiesAboutTheStateIsNotBelieved() throws Exception {
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
        start(states, 0, 1);
        start(liar, 3);

        advance(_ -> {}).run();

        assertForward();
    }

    @Test
    void whileTooFewPiecesAreThereTheStateStaysTheOldOne() throws Exception {
        start(states, 0, 1);
        edges.start(3, LyingStore.over(store(3)), states);

        Throwable refused =
                catchThrowable(() -> advance(_ -> {}, Duration.ofSeconds(2)).run());

        assertThat(refused).isInstanceOf(InsufficientPiecesException.class);
        assertThat(state.latest()).isEqualTo(old);

        edges.stop(3);
        start(states, 3);
        advance(_ -> {}).run();

        assertForward();
    }

    /** What lies whole in the vote log is dropped with it: until the receipts of the others are known, their pieces are kept. */
    @Test
    void hintsAreMadeOfWhatWasWholeBeforeItIsPassedBy() throws Exception {
        start(states, 0, 1, 3);
        for (int segment = 0; segment < OLD_SEGMENTS; segment++) {
            for (int peer : new int[] {0, 1, 3}) {
                archive.dropPiece(segment, peer);
            }
            archive.dropFullBytes(segment);
        }
        FullBytes votes = commitment -> commitment.context().segmentNumber() < 2
                ? Optional.empty()
                : Optional.of(ledger.dispersed()
                        .get((int) commitment.context().segmentNumber())
                        .compressed());

        new Advance(ground(Duration.ofSeconds(10), votes), _ -> {}).run();

        for (int segment = 2; segment < OLD_SEGMENTS; segment++) {
            assertThat(archive.piece(segment, 0))
                    .as("hint of segment %d", segment)
                    .isPresent();
            archive.piece(segment, 1).orElseThrow().verify(ledger.commitment(segment));
            assertThat(archive.piece(segment, 3))
                    .as("r3 has joined again since")
                    .isEmpty();
        }
        assertThat(archive.piece(1, 0)).isEmpty();
    }

    @Test
    void anOlderCopyThatHasForgottenItsOwnReceiptGoesNowhere() throws Exception {
        store(1).putReceipt(ledger.receipt(BEHIND, 0, 0, OLD_SEGMENTS + 1));
        start(states, 0, 1, 3);

        Throwable refused = catchThrowable(() -> advance(_ -> {}).run());

        assertThat(refused)
                .isInstanceOf(OlderCopyException.class)
                .hasMessageContaining("has signed that it has %d segments, this directory has %d"
                        .formatted(OLD_SEGMENTS + 1, OLD_SEGMENTS));
        assertThat(state.latest()).isEqualTo(old);
        assertThat(archive.commitmentCount()).isEqualTo(OLD_SEGMENTS);
    }

    @Test
    void whoeverHasAllThatItSignedForGoesForward() throws Exception {
        store(1).putReceipt(ledger.receipt(BEHIND, 0, 0, OLD_SEGMENTS));
        start(states, 0, 1, 3);

        advance(_ -> {}).run();

        assertForward();
    }

    @Test
    void whoeverIsNotBehindIsLeftAsItIs() throws Exception {
        start(states, 0, 1, 3);
        StateCheckpoint newest = advance(_ -> {}).run();

        assertThat(advance(_ -> {}).run()).isEqualTo(newest);

        assertForward();
    }

    private void assertForward() throws Exception {
        CheckpointStatement head = ledger.head().statement();
        assertThat(state.latest()).isEqualTo(new StateCheckpoint(head.stateSequence(), head.stateRoot()));
        assertThat(Advance.isUnderWay(state)).isFalse();
        assertThat(archive.commitmentCount()).isEqualTo(ledger.segments().size());
        assertThat(archive.closedEpochCount()).isEqualTo(1);
        assertThat(archive.latestCertificate().orElseThrow().statement()).isEqualTo(head);
        for (int segment = 0; segment < ledger.segments().size(); segment++) {
            assertThat(archive.commitment(segment)).contains(ledger.commitment(segment));
            archive.piece(segment, BEHIND).orElseThrow().verify(ledger.commitment(segment));
            boolean isExecuted = ledger.segments().get(segment).lastSequence() <= head.stateSequence();
            if (!isExecuted) {
                assertThat(archive.undropped(segment))
                        .as("what is not executed is whole")
                        .isPresent();
            }
        }
    }

    private Advance advance(Consumer<RestoreProgress> listener) {
        return advance(listener, Duration.ofSeconds(10));
    }

    private Advance advance(Consumer<RestoreProgress> listener, Duration stallLimit) {
        return new Advance(ground(stallLimit, _ -> Optional.empty()), listener);
    }

    private Advance.Ground ground(Duration stallLimit, FullBytes whole) {
        return new Advance.Ground(
                ledger.genesis(),
                BEHIND,
                state,
                archive,
                whole,
                edges.sources().without(BEHIND),
                new Ed25519Verifier(),
                stallLimit);
    }

    private void start(StateReader served, int... replicas) throws Exception {
        for (int replica : replicas) {
            edges.start(replica, store(replica), served);
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

    private void open() throws StoreException {
        state = RocksStateStore.open(directory.resolve("state"), owner);
        archive = RocksPieceStore.open(directory.resolve("archive"), owner);
    }

    private void reopen() throws StoreException {
        closeStores();
        open();
    }

    private void closeStores() throws StoreException {
        state.close();
        archive.close();
    }
}
