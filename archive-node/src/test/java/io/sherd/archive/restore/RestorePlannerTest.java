package io.sherd.archive.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import io.sherd.archive.crypto.Ed25519Verifier;
import io.sherd.archive.edge.Edges;
import io.sherd.archive.edge.MadeLedger;
import io.sherd.archive.state.MemoryStateStore;
import io.sherd.archive.store.MemoryPieceStore;
import io.sherd.replication.piece.Piece;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Plans of restores from real edges on loopback, compared with what the restores then do. */
final class RestorePlannerTest {

    private static final int LOST = 2;

    private final MemoryStateStore states = new MemoryStateStore();
    private final MadeLedger ledger = MadeLedger.withState(4, MadeLedger.seed(), states)
            .addSegments(6, 20_000)
            .rejoin(3)
            .addSegments(6, 20_000);
    private final Edges edges = new Edges(ledger);

    @TempDir
    private Path temporary;

    @AfterEach
    void close() {
        edges.close();
    }

    @Test
    void aPlanSaysWhatTheRestoreThenReadsAndWritesAndMakesNothing() throws Exception {
        start(0, 1, 3);

        RestorePlan plan = new RestorePlanner(settings()).plan();

        assertThat(temporary.resolve("r2")).doesNotExist();
        assertThat(plan.isPossible()).isTrue();
        assertThat(plan.troubles()).isEmpty();
        assertThat(plan.time()).isPresent();
        assertThat(plan.writes().pieces()).isEqualTo(ledger.segments().size());

        RestoreVerdict verdict = new Restorer(settings(), _ -> {}).run();

        assertThat(plan.segments()).isEqualTo(verdict.segments());
        assertThat(plan.sequence()).isEqualTo(verdict.statement().orElseThrow().sequence());
        assertThat(plan.state()).isEqualTo(verdict.state());
        assertThat(plan.writes().hints()).isEqualTo(verdict.hints());
        assertThat(plan.writes().undropped()).isEqualTo(verdict.undroppedSegments());
        assertThat(plan.reads().keySet()).isEqualTo(verdict.bytesReceived().keySet());
        // The state, most of it here, is judged by eight of its parts, which differ in size with the seed.
        Offset<Long> half = within(verdict.totalBytesReceived() / 2);
        assertThat(plan.bytesToRead()).isCloseTo(verdict.totalBytesReceived(), half);
        long own = ledger.dispersed().stream()
                .mapToLong(dispersed ->
                        Piece.encodedSizeBytes(dispersed.commitment().context(), LOST))
                .sum();
        assertThat(plan.writes().bytes()).isGreaterThan(own);
    }

    @Test
    void aPlanOfARestoreThatWasInterruptedCountsWhatIsLeft() throws Exception {
        start(0, 1, 3);
        Restorer[] running = new Restorer[1];
        running[0] = new Restorer(settings(), progress -> {
            if (progress.segments() == 5) {
                running[0].stop();
            }
        });
        var _ = catchThrowableOfType(InterruptedException.class, running[0]::run);

        RestorePlan plan = new RestorePlanner(settings()).plan();

        assertThat(plan.storedSegments()).isGreaterThanOrEqualTo(5);
        assertThat(plan.writes().pieces()).isEqualTo(ledger.segments().size() - plan.storedSegments());
    }

    @Test
    void whatCannotBeRebuiltIsMissingAndSoIsWhoDoesNotAnswer() throws Exception {
        start(0, 1);

        RestorePlan plan = new RestorePlanner(settings()).plan();

        assertThat(plan.isPossible()).isFalse();
        assertThat(plan.missing())
                .containsExactly(new RestorePlan.Missing(0, ledger.segments().size(), 2));
        assertThat(plan.troubles()).containsOnlyKeys(3);
    }

    @Test
    void aStateThatNobodyServesIsSaidToBe() throws Exception {
        for (int replica : new int[] {0, 1, 3}) {
            edges.start(replica, store(replica), Edges.NO_STATE);
        }

        RestorePlan plan = new RestorePlanner(settings()).plan();

        assertThat(plan.stateBytes()).isEmpty();
        assertThat(plan.troubles().values()).allMatch(trouble -> trouble.contains("state of position"));
    }

    private void start(int... replicas) throws Exception {
        for (int replica : replicas) {
            edges.start(replica, store(replica), states);
        }
    }

    private MemoryPieceStore store(int replica) throws Exception {
        MemoryPieceStore store = new MemoryPieceStore(replica);
        ledger.fill(store, replica);
        return store;
    }

    private Restorer.Settings settings() {
        return new Restorer.Settings(
                ledger.genesis(),
                LOST,
                temporary.resolve("r2"),
                RestoreSources.live(edges.sources()),
                false,
                Optional.empty(),
                new Ed25519Verifier(),
                _ -> {},
                Duration.ofSeconds(10));
    }
}
