package io.sherd.archive.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.sherd.archive.crypto.Ed25519Verifier;
import io.sherd.archive.edge.Edges;
import io.sherd.archive.edge.MadeLedger;
import io.sherd.archive.learner.InsufficientPiecesException;
import io.sherd.archive.state.KeyValueMachine;
import io.sherd.archive.state.MemoryStateStore;
import io.sherd.archive.state.StateReader;
import io.sherd.archive.store.MemoryPieceStore;
import io.sherd.replication.piece.Piece;
import io.sherd.replication.wire.Bytes;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Restores from what the directories of dead replicas hold, alone and beside replicas that run. */
final class StoredSourcesTest {

    private static final int LOST = 2;

    private final MemoryStateStore states = new MemoryStateStore();
    private final MadeLedger ledger = MadeLedger.withState(4, MadeLedger.seed(), states)
            .addSegments(5, 20_000)
            .rejoin(3)
            .addSegments(5, 20_000);
    private final Edges edges = new Edges(ledger);
    private final SortedMap<Integer, StoredReplica> directories = new TreeMap<>();

    @TempDir
    private Path temporary;

    @AfterEach
    void close() {
        edges.close();
    }

    @Test
    void deadDirectoriesAloneMakeTheReplicaAnewWithTheStateThatTheyHold() throws Exception {
        given(states, 0, 1, 3);

        RestoreVerdict verdict = restorer(false, _ -> {}).run();

        assertThat(verdict.replayed()).isFalse();
        assertThat(verdict.statement()).contains(ledger.head().statement());
        assertThat(verdict.bytesReceived()).containsOnlyKeys(0, 1, 3);
        assertRestored();
    }

    @Test
    void whereNoDirectoryHasTheCertifiedStateTheLedgerIsExecutedUpToIt() throws Exception {
        given(Edges.NO_STATE, 0, 1, 3);

        RestoreVerdict verdict = restorer(false, _ -> {}).run();

        assertThat(verdict.replayed()).isTrue();
        assertThat(verdict.state().root()).isEqualTo(ledger.head().statement().stateRoot());
        assertRestored();
    }

    @Test
    void aReplayThatIsStoppedAfterAnySegmentGoesOnThere() throws Exception {
        given(states, 0, 1, 3);
        for (int stop = 1; stop < ledger.segments().size(); stop += 3) {
            long at = stop;
            Restorer[] running = new Restorer[1];
            running[0] = restorer(true, progress -> {
                if (progress.segments() >= at) {
                    running[0].stop();
                }
            });
            assertThat(catchThrowable(running[0]::run)).isInstanceOf(InterruptedException.class);
        }

        RestoreVerdict verdict = restorer(true, _ -> {}).run();

        assertThat(verdict.replayed()).isTrue();
        assertRestored();
    }

    @Test
    void aReplayMakesTheHintsAndKeepsTheFullBytesThatAnyRestoreDoes() throws Exception {
        given(states, 0, 1, 3);
        RestoreVerdict replayed = restorer(true, _ -> {}).run();

        Path fetched = temporary.resolve("fetched");
        RestoreVerdict other = new Restorer(settings(fetched, false), _ -> {}).run();

        assertThat(replayed.hints()).isEqualTo(other.hints()).isPositive();
        assertThat(replayed.undroppedSegments()).isEqualTo(other.undroppedSegments());
        assertThat(replayed.state()).isEqualTo(other.state());
    }

    /** All four directories are there, that of the lost one too, whose disk was readable after all. */
    @Test
    void aBadPieceIsNamedWithItsDirectoryAndAnotherIsUsed() throws Exception {
        given(states, 0, 1, 2, 3);
        MemoryPieceStore rotten = (MemoryPieceStore) directory(1).stores().pieces();
        for (int segment = 0; segment < ledger.segments().size(); segment++) {
            Piece right = rotten.piece(segment, 1).orElseThrow();
            byte[] bytes = right.bytes().toByteArray();
            bytes[0] ^= 1;
            rotten.putPiece(new Piece(segment, 1, right.siblings(), Bytes.wrap(bytes)));
        }

        RestoreVerdict verdict = restorer(false, _ -> {}).run();

        assertThat(verdict.ignored()).isEmpty();
        assertThat(directory(1).troubles()).isNotEmpty().allMatch(trouble -> trouble.startsWith("piece 1 of segment "));
        assertThat(directory(0).troubles()).isEmpty();
        assertRestored();
    }

    @Test
    void aReplicaThatRunsAndDeadDirectoriesTogetherAreEnough() throws Exception {
        given(Edges.NO_STATE, 0, 1);
        edges.start(3, store(3), states);

        RestoreVerdict verdict = new Restorer(settings(temporary.resolve("r2"), false, true), _ -> {}).run();

        assertThat(verdict.replayed()).isFalse();
        assertThat(verdict.bytesReceived()).containsOnlyKeys(0, 1, 3);
        assertRestored();
    }

    @Test
    void tooFewDirectoriesAreAClearRefusal() throws Exception {
        given(states, 0, 1);

        InsufficientPiecesException refused = catchThrowableOfType(
                InsufficientPiecesException.class,
                () -> restorer(false, _ -> {}).run());

        assertThat(refused).hasMessageContaining("have 2 valid pieces of 3 needed");
        RestorePlan plan = new RestorePlanner(settings(temporary.resolve("r2"), false)).plan();
        assertThat(plan.missing()).isNotEmpty().allMatch(gap -> gap.pieces() == 2);
    }

    @Test
    void aPlanKnowsWhichDirectoryEndsEarlierAndWhoseHintStandsIn() throws Exception {
        given(states, 0, 1, 3);
        MemoryPieceStore lagging = new MemoryPieceStore(3);
        for (int segment = 0; segment < 3; segment++) {
            lagging.putSealed(
                    ledger.commitment(segment),
                    Optional.of(ledger.dispersed().get(segment).pieces().get(3)),
                    Optional.empty());
        }
        directories.put(3, stored(3, lagging, states));

        RestorePlan without = new RestorePlanner(settings(temporary.resolve("r2"), false)).plan();
        directory(0)
                .stores()
                .pieces()
                .putPiece(ledger.dispersed().get(3).pieces().get(3));
        RestorePlan with = new RestorePlanner(settings(temporary.resolve("r2"), false)).plan();

        int all = ledger.segments().size();
        assertThat(without.missing()).containsExactly(new RestorePlan.Missing(3, all, 2));
        assertThat(with.missing()).containsExactly(new RestorePlan.Missing(4, all, 2));
    }

    private void assertRestored() throws Exception {
        RestoredDirectory.assertRestored(ledger, states, LOST, temporary.resolve("r2"));
    }

    private void given(StateReader shown, int... replicas) throws Exception {
        for (int replica : replicas) {
            directories.put(replica, stored(replica, store(replica), shown));
        }
    }

    private StoredReplica directory(int replica) {
        return Objects.requireNonNull(directories.get(replica));
    }

    private static StoredReplica stored(int replica, MemoryPieceStore pieces, StateReader shown) {
        return new StoredReplica(
                "r" + replica,
                new StoredReplica.Stores(
                        pieces,
                        shown,
                        commitment -> pieces.undropped(commitment.context().segmentNumber()),
                        Optional.empty(),
                        OptionalLong.empty()));
    }

    private MemoryPieceStore store(int replica) throws Exception {
        MemoryPieceStore store = new MemoryPieceStore(replica);
        ledger.fill(store, replica);
        return store;
    }

    private Restorer restorer(boolean replays, Consumer<RestoreProgress> listener) {
        return new Restorer(settings(temporary.resolve("r2"), replays), listener);
    }

    private Restorer.Settings settings(Path directory, boolean replays) {
        return settings(directory, replays, false);
    }

    private Restorer.Settings settings(Path directory, boolean replays, boolean asksLive) {
        return new Restorer.Settings(
                ledger.genesis(),
                LOST,
                directory,
                new RestoreSources(edges.sources(), asksLive, directories, new TreeMap<>()),
                replays,
                Optional.of(new KeyValueMachine()),
                new Ed25519Verifier(),
                _ -> {},
                Duration.ofSeconds(4));
    }
}
