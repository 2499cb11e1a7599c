package io.sherd.archive.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sherd.archive.crypto.Ed25519Verifier;
import io.sherd.archive.edge.LyingStore;
import io.sherd.archive.edge.MadeLedger;
import io.sherd.archive.restore.SegmentRebuilding.Archive;
import io.sherd.archive.restore.VerifyReport.Kind;
import io.sherd.archive.restore.VerifyScope.Level;
import io.sherd.archive.state.KeyValueMachine;
import io.sherd.archive.state.MemoryStateStore;
import io.sherd.archive.state.StateCheckpoint;
import io.sherd.archive.store.MemoryPieceStore;
import io.sherd.archive.store.PieceStore;
import io.sherd.merkle.Digest;
import io.sherd.replication.ledger.Batch;
import io.sherd.replication.ledger.Request;
import io.sherd.replication.wire.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** One ledger, looked at ever deeper. */
final class VerifierLevelsTest {

    private static final int REPLICA = 1;
    private static final VerifyScope DECODE = new VerifyScope(Level.DECODE, 0, Long.MAX_VALUE);
    private static final VerifyScope REPLAY = new VerifyScope(Level.REPLAY, 0, Long.MAX_VALUE);

    private final MadeLedger ledger = MadeLedger.withState(4, MadeLedger.seed(), new MemoryStateStore())
            .addSegments(3, 30_000)
            .rejoin(3)
            .addSegments(3, 30_000)
            .seal();
    private final StateReplay replay = replayOf(ledger);

    @Test
    void threePiecesOfEachSegmentRebuildTheWholeLedger() throws Exception {
        VerifyReport report = verifier().with(others(0, 3)).run(DECODE, _ -> {});

        assertThat(report.findings()).isEmpty();
        assertThat(report.rebuilt()).isEqualTo(ledger.segments().size());
        assertThat(report.worstSlack()).isEqualTo(OptionalLong.of(0));
    }

    @Test
    void whatLacksPiecesIsSaidSegmentBySegmentWithWhatIsWrongInEachPlace() throws Exception {
        List<Archive> others = new ArrayList<>(others(0));
        others.add(new Archive("r3 in b", LyingStore.over(filled(3))));

        VerifyReport report = verifier().with(others).run(new VerifyScope(Level.DECODE, 2, 4), _ -> {});

        assertThat(report.segmentsWith(Kind.TOO_FEW_PIECES)).containsExactly(2L, 3L);
        assertThat(report.findings().getFirst().detail()).startsWith("2 valid pieces, 3 needed; r3 in b: piece 3: ");
        assertThat(report.okPieces()).isEqualTo(2);
        assertThat(report.worstSlack()).isEqualTo(OptionalLong.of(-1));
        assertThat(report.isRepairable()).isFalse();
    }

    @Test
    void fullBytesStandForAllPieces() throws Exception {
        MemoryPieceStore full = new MemoryPieceStore();
        for (var made : ledger.dispersed()) {
            full.putSealed(made.commitment(), List.of(), java.util.Optional.of(made.compressed()));
        }

        VerifyReport report =
                verifier().with(List.of(new Archive("full", full))).run(DECODE, _ -> {});

        assertThat(report.findings()).isEmpty();
        assertThat(report.worstSlack()).isEqualTo(OptionalLong.of(1));
    }

    @Test
    void theStatesOfAReplayHaveTheCertifiedRoots() throws Exception {
        VerifyReport report = verifier().with(others(0, 3)).with(replay).run(REPLAY, _ -> {});

        assertThat(report.findings()).isEmpty();
        assertThat(replay.executedSequence())
                .isEqualTo(ledger.segments().getLast().lastSequence());
        assertThat(replay.comparedRoots()).isPositive();
    }

    @Test
    void aStateThatTheLedgerDoesNotMakeIsFound() throws Exception {
        long certified = ledger.head().statement().stateSequence();
        assertThat(certified).isPositive();
        replay.expect(new StateCheckpoint(certified, Digest.ZERO), "the state of this directory", finding -> {
            throw new AssertionError(finding);
        });

        VerifyReport report = verifier().with(others(0, 3)).with(replay).run(REPLAY, _ -> {});

        assertThat(report.findings()).extracting(VerifyReport.Finding::kind).containsOnly(Kind.WRONG_STATE);
        // Once against the certificate, once against the ledger.
        assertThat(report.findings())
                .extracting(VerifyReport.Finding::detail)
                .anySatisfy(detail -> assertThat(detail).contains("the certificate of position"))
                .anySatisfy(detail -> assertThat(detail).startsWith("the state after position " + certified));
    }

    @Test
    void aRequestThatItsClientDidNotSignIsFoundByAReplayOnly() throws Exception {
        Request.Operation honest = (Request.Operation) ledger.segments()
                .getFirst()
                .entries()
                .getFirst()
                .batch()
                .requests()
                .getFirst();
        byte[] forged = honest.encoded().toByteArray();
        forged[forged.length - 1] ^= 1;
        MadeLedger tricked = MadeLedger.withState(4, MadeLedger.seed(), new MemoryStateStore())
                .addSegments(1, 30_000);
        tricked.add(Batch.of(List.of(Request.decode(Bytes.wrap(forged)))));
        tricked.seal().seal();
        StateReplay states = replayOf(tricked);
        List<Archive> others = List.of(archive(tricked, 0), archive(tricked, 3));
        MemoryPieceStore own = new MemoryPieceStore();
        tricked.fill(own, REPLICA);

        assertThat(new Verifier(tricked.genesis(), own, REPLICA, new Ed25519Verifier())
                        .with(others)
                        .run(DECODE, _ -> {})
                        .findings())
                .isEmpty();
        VerifyReport report = new Verifier(tricked.genesis(), own, REPLICA, new Ed25519Verifier())
                .with(others)
                .with(states)
                .run(REPLAY, _ -> {});

        assertThat(report.findings()).extracting(VerifyReport.Finding::kind).containsExactly(Kind.WRONG_REQUEST);
        assertThat(report.segmentsWith(Kind.WRONG_REQUEST)).containsExactly(1L);
    }

    @Test
    void aReplayStartsAtTheFirstSegmentAndNeedsOtherArchives() {
        assertThatThrownBy(() -> new VerifyScope(Level.REPLAY, 1, 2)).hasMessageContaining("starts with segment 0");
        assertThatThrownBy(() -> verifier().run(DECODE, _ -> {})).isInstanceOf(IllegalStateException.class);
    }

    private static StateReplay replayOf(MadeLedger of) {
        return new StateReplay(of.genesis(), new KeyValueMachine(), new MemoryStateStore(), new Ed25519Verifier());
    }

    private Verifier verifier() throws Exception {
        return new Verifier(ledger.genesis(), filled(REPLICA), REPLICA, new Ed25519Verifier());
    }

    private List<Archive> others(int... replicas) throws Exception {
        List<Archive> others = new ArrayList<>();
        for (int replica : replicas) {
            others.add(archive(ledger, replica));
        }
        return others;
    }

    private static Archive archive(MadeLedger of, int replica) throws Exception {
        MemoryPieceStore store = new MemoryPieceStore();
        of.fill(store, replica);
        return new Archive("r" + replica, store);
    }

    private PieceStore filled(int replica) throws Exception {
        return archive(ledger, replica).pieces();
    }
}
