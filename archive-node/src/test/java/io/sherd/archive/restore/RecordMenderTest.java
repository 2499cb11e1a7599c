package io.sherd.archive.restore;

import static org.assertj.core.api.Assertions.assertThat;

import io.sherd.archive.crypto.Ed25519Verifier;
import io.sherd.archive.edge.Edges;
import io.sherd.archive.edge.MadeLedger;
import io.sherd.archive.store.BitRot;
import io.sherd.archive.store.MemoryPieceStore;
import io.sherd.archive.store.PieceStore;
import io.sherd.archive.store.RocksPieceStore;
import io.sherd.archive.store.StoreOwner;
import io.sherd.merkle.Digest;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.piece.Disperser.Dispersed;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Archives whose records rot on the disk, mended by what real edges on loopback give. */
final class RecordMenderTest {

    private static final int REPLICA = 1;
    private static final MadeLedger LEDGER = MadeLedger.ofFour(MadeLedger.seed())
            .addSegments(3, 30_000)
            .rejoin(3)
            .addSegments(3, 30_000);

    private final StoreOwner owner = new StoreOwner(LEDGER.genesis().clusterId(), REPLICA);
    private final Edges edges = new Edges(LEDGER);

    @TempDir
    private Path directory;

    private Path archive;

    @BeforeEach
    void fill() throws Exception {
        archive = directory.resolve("archive");
        RocksPieceStore.create(archive, owner);
        try (RocksPieceStore store = RocksPieceStore.open(archive, owner)) {
            LEDGER.fill(store, REPLICA);
            store.putReceipt(LEDGER.receipt(2, 1, 0, 6));
            store.flushAndCompact();
        }
    }

    @AfterEach
    void close() {
        edges.close();
    }

    @Test
    void lostCommitmentsComeFromTheOneThatDoesNotLie() throws Exception {
        BitRot.flipIn(archive, LEDGER.commitment(1).encoded());
        BitRot.flipIn(archive, LEDGER.commitment(4).encoded());
        start(0, lyingAboutCommitments(filled(0)));
        start(2, filled(2));

        RecordMender.Outcome.Mended mended = mended(RecordMender.Known.NOTHING);

        assertThat(mended.commitments()).isEqualTo(2);
        assertWhole(mended);
    }

    @Test
    void aLostClosingOfAnEpochComesFromOthers() throws Exception {
        BitRot.flipIn(archive, LEDGER.closedEpochs().getFirst().encoded());
        start(2, filled(2));

        assertWhole(mended(RecordMender.Known.NOTHING));
    }

    @Test
    void aClosingThatTheVotesKnowNeedsNobody() throws Exception {
        BitRot.flipIn(archive, LEDGER.closedEpochs().getFirst().encoded());
        BitRot.flipIn(archive, LEDGER.head().encoded());

        assertWhole(mended(new RecordMender.Known(LEDGER.closedEpochs(), Optional.of(LEDGER.head()))));
    }

    @Test
    void withoutAnybodyItIsNotNowAndNothingIsWritten() throws Exception {
        BitRot.flipIn(archive, LEDGER.commitment(1).encoded());
        start(0, lyingAboutCommitments(filled(0)));

        RecordMender.Outcome outcome = mend(RecordMender.Known.NOTHING);

        assertThat(outcome).isInstanceOf(RecordMender.Outcome.NotNow.class);
        assertThat(outcome.toString()).contains("0=its commitments do not lead to the certified history root");
        try (RocksPieceStore store = RocksPieceStore.open(archive, owner)) {
            assertThat(store.recordTrouble()).isPresent();
        }
    }

    private RecordMender.Outcome.Mended mended(RecordMender.Known known) throws Exception {
        RecordMender.Outcome outcome = mend(known);
        assertThat(outcome).isInstanceOf(RecordMender.Outcome.Mended.class);
        return (RecordMender.Outcome.Mended) outcome;
    }

    private RecordMender.Outcome mend(RecordMender.Known known) throws Exception {
        try (RocksPieceStore store = RocksPieceStore.open(archive, owner)) {
            assertThat(store.recordTrouble()).isPresent();
            return new RecordMender(LEDGER.genesis(), new Ed25519Verifier())
                    .mend(store, known, edges.sources().without(REPLICA));
        }
    }

    private void assertWhole(RecordMender.Outcome.Mended mended) throws Exception {
        RocksPieceStore.replaceRecords(archive, mended.records());
        try (RocksPieceStore store = RocksPieceStore.open(archive, owner)) {
            assertThat(store.recordTrouble()).isEmpty();
            assertThat(store.commitments(0, 100))
                    .isEqualTo(LEDGER.dispersed().stream()
                            .map(Dispersed::commitment)
                            .toList());
            assertThat(store.closedEpochs(0, 100)).isEqualTo(LEDGER.closedEpochs());
            assertThat(store.latestCertificate()).contains(LEDGER.head());
            assertThat(store.receipts(2).contains(3)).isTrue();
            VerifyReport report = new Verifier(LEDGER.genesis(), store, REPLICA, new Ed25519Verifier()).run(_ -> {});
            assertThat(report.findings()).isEmpty();
            assertThat(report.okPieces()).isEqualTo(LEDGER.segments().size());
        }
    }

    private void start(int replica, PieceStore store) throws Exception {
        edges.start(replica, store, Edges.NO_STATE);
    }

    private static PieceStore filled(int replica) throws Exception {
        MemoryPieceStore store = new MemoryPieceStore();
        LEDGER.fill(store, replica);
        return store;
    }

    /** Its commitments are those of the ledger, with roots of its own making. */
    private static PieceStore lyingAboutCommitments(PieceStore honest) {
        return (PieceStore) Proxy.newProxyInstance(
                RecordMenderTest.class.getClassLoader(), new Class<?>[] {PieceStore.class}, (_, method, arguments) -> {
                    Object answer;
                    try {
                        answer = method.invoke(honest, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                    return method.getName().equals("commitments")
                            ? ((List<?>) answer)
                                    .stream()
                                            .map(each -> new Commitment(((Commitment) each).context(), Digest.ZERO))
                                            .toList()
                            : answer;
                });
    }
}
