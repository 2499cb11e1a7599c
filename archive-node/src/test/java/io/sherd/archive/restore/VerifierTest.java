package io.sherd.archive.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.sherd.archive.crypto.Ed25519Verifier;
import io.sherd.archive.edge.Edges;
import io.sherd.archive.edge.LyingStore;
import io.sherd.archive.edge.MadeLedger;
import io.sherd.archive.learner.InsufficientPiecesException;
import io.sherd.archive.learner.LedgerSource;
import io.sherd.archive.restore.VerifyReport.Kind;
import io.sherd.archive.store.MemoryPieceStore;
import io.sherd.archive.store.PieceStore;
import io.sherd.archive.store.RocksPieceStore;
import io.sherd.archive.store.StoreCorruptException;
import io.sherd.archive.store.StoreOwner;
import io.sherd.merkle.Digest;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.CheckpointStatement;
import io.sherd.replication.ledger.Signature;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.piece.Piece;
import io.sherd.replication.wire.Bytes;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Archives that are broken one step at a time, and pieces that are made good again. */
final class VerifierTest {

    private static final int REPLICA = 1;
    private static final MadeLedger LEDGER = MadeLedger.ofFour(MadeLedger.seed())
            .addSegments(3, 30_000)
            .rejoin(3)
            .addSegments(3, 30_000);

    private final Edges edges = new Edges(LEDGER);
    private final List<LedgerSource> sources = new ArrayList<>();

    @TempDir
    private Path directory;

    @AfterEach
    void close() {
        sources.forEach(LedgerSource::close);
        edges.close();
    }

    @Test
    void aWholeArchiveIsClean() throws Exception {
        VerifyReport report = verify(filled(REPLICA));

        assertThat(report.findings()).isEmpty();
        assertThat(report.isClean()).isTrue();
        assertThat(report.segments()).isEqualTo(LEDGER.segments().size());
        assertThat(report.certifiedSegments()).isEqualTo(LEDGER.segments().size());
        assertThat(report.certifiedSequence())
                .isEqualTo(LEDGER.head().statement().sequence());
        assertThat(report.okPieces()).isEqualTo(LEDGER.segments().size());
    }

    @Test
    void oneFlippedBitIsFoundAndThePieceMadeAnew() throws Exception {
        StoreOwner owner = new StoreOwner(LEDGER.genesis().clusterId(), REPLICA);
        RocksPieceStore.create(directory.resolve("archive"), owner);
        try (RocksPieceStore archive = RocksPieceStore.open(directory.resolve("archive"), owner)) {
            LEDGER.fill(archive, REPLICA);
            archive.putPiece(flipped(piece(2)));

            VerifyReport report = verify(archive);
            assertThat(report.segmentsWith(Kind.CORRUPT_PIECE)).containsExactly(2L);
            assertThat(report.findings()).hasSize(1);
            assertThat(report.isRepairable()).isTrue();
            assertThat(report.findings().getFirst().detail()).contains("expected");

            startHonest(0, 2, 3);
            Repairer.Repaired repaired = repairer(archive).repair(2);

            assertThat(repaired.rebuilt()).isTrue();
            assertThat(archive.piece(2, REPLICA)).contains(piece(2));
            assertThat(verify(archive).isClean()).isTrue();
        }
    }

    @Test
    void aMissingPieceIsFoundAndTakenFromWhoeverHasTheFullBytes() throws Exception {
        PieceStore archive = filled(REPLICA);
        archive.dropPiece(4, REPLICA);
        assertThat(verify(archive).segmentsWith(Kind.MISSING_PIECE)).containsExactly(4L);
        startHonest(2);
        MemoryPieceStore full = new MemoryPieceStore();
        for (var made : LEDGER.dispersed()) {
            full.putSealed(made.commitment(), Optional.empty(), Optional.of(made.compressed()));
        }
        start(0, full);

        Repairer.Repaired repaired = repairer(archive).repair(4);

        assertThat(repaired.rebuilt()).isFalse();
        assertThat(repaired.bytesReceived()).isLessThan(2L * piece(4).encoded().size());
        assertThat(verify(archive).isClean()).isTrue();
    }

    @Test
    void tooFewPiecesToRepairWithAreNamedSourceBySource() throws Exception {
        PieceStore archive = filled(REPLICA);
        archive.putPiece(flipped(piece(0)));
        startHonest(0, 2);
        start(3, LyingStore.over(filled(3)));

        InsufficientPiecesException refused = catchThrowableOfType(
                InsufficientPiecesException.class, () -> repairer(archive).repair(0));

        assertThat(refused.shortage().have()).isEqualTo(2);
        assertThat(refused.shortage().sources()).containsOnlyKeys(3);
        assertThat(refused).hasMessageContaining("r3: sent what does not verify");
        assertThat(archive.piece(0, REPLICA)).contains(flipped(piece(0)));
    }

    @Test
    void aRottenHintIsFoundAndMadeAnew() throws Exception {
        PieceStore archive = filled(REPLICA);
        archive.putPiece(LEDGER.dispersed().get(1).pieces().get(3));
        archive.putPiece(flipped(LEDGER.dispersed().get(2).pieces().get(3)));

        VerifyReport report = verify(archive);
        assertThat(report.segmentsWith(Kind.CORRUPT_HINT)).containsExactly(2L);
        assertThat(report.findings().getFirst().detail()).startsWith("piece 3: ");
        assertThat(report.isRepairable()).isTrue();

        startHonest(0, 2, 3);
        assertThat(repairer(archive).repairHints(2)).hasSize(1);
        assertThat(archive.piece(2, 3))
                .contains(LEDGER.dispersed().get(2).pieces().get(3));
        assertThat(verify(archive).isClean()).isTrue();
    }

    /** Commitment 1, the closing of epoch 0 and the list of hints cannot be read, piece 5 is damaged: all of it is said. */
    @Test
    void whatCannotBeReadIsSaidAndTheRestIsStillChecked() throws Exception {
        PieceStore archive = filled(REPLICA);
        archive.putPiece(flipped(piece(5)));
        PieceStore rotten = refusing(archive);

        VerifyReport report = verify(rotten);

        assertThat(report.findings())
                .extracting(VerifyReport.Finding::kind)
                .containsExactlyInAnyOrder(
                        Kind.UNREADABLE_COMMITMENT,
                        Kind.UNREADABLE_CERTIFICATE,
                        Kind.UNREADABLE_RECORD,
                        Kind.CORRUPT_PIECE);
        assertThat(report.segmentsWith(Kind.UNREADABLE_COMMITMENT)).containsExactly(1L);
        assertThat(report.segmentsWith(Kind.CORRUPT_PIECE)).containsExactly(5L);
        assertThat(report.okPieces()).isEqualTo(LEDGER.segments().size() - 2L);
        assertThat(report.isRepairable()).isTrue();
    }

    private static PieceStore refusing(PieceStore honest) {
        return (PieceStore) Proxy.newProxyInstance(
                VerifierTest.class.getClassLoader(), new Class<?>[] {PieceStore.class}, (_, method, arguments) -> {
                    boolean rotten = switch (method.getName()) {
                        case "commitment" -> (long) arguments[0] == 1;
                        case "closedEpochs", "hints" -> true;
                        default -> false;
                    };
                    if (rotten) {
                        throw new StoreCorruptException("rot in " + method.getName());
                    }
                    try {
                        return method.invoke(honest, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    @Test
    void fullBytesThatAreWrongAreFound() throws Exception {
        MemoryPieceStore archive = new MemoryPieceStore();
        Bytes right = LEDGER.dispersed().get(0).compressed();
        byte[] wrong = right.toByteArray();
        wrong[100] ^= 4;
        archive.putSealed(LEDGER.commitment(0), Optional.of(piece(0)), Optional.of(Bytes.wrap(wrong)));

        VerifyReport report = verify(archive);

        assertThat(report.segmentsWith(Kind.CORRUPT_FULL_BYTES)).containsExactly(0L);
        assertThat(report.okPieces()).isEqualTo(1);
    }

    @Test
    void aCommitmentThatNobodyCertifiedIsFound() throws Exception {
        MemoryPieceStore archive = new MemoryPieceStore();
        int last = LEDGER.segments().size() - 1;
        for (int segment = 0; segment < last; segment++) {
            archive.putSealed(LEDGER.commitment(segment), Optional.of(piece(segment)), Optional.empty());
        }
        Commitment right = LEDGER.commitment(last);
        archive.putSealed(new Commitment(right.context(), Digest.ZERO), Optional.of(piece(last)), Optional.empty());
        LEDGER.closedEpochs().forEach(closed -> putUnchecked(archive, closed));
        archive.putCertificate(LEDGER.head());

        VerifyReport report = verify(archive);

        assertThat(report.segmentsWith(Kind.CORRUPT_COMMITMENT)).containsExactly((long) last);
        assertThat(report.segmentsWith(Kind.CORRUPT_PIECE)).containsExactly((long) last);
        assertThat(report.isRepairable()).isFalse();
        // The closing of the first epoch certifies the segments before it, whatever comes later.
        assertThat(report.certifiedSegments())
                .isEqualTo(LEDGER.closedEpochs()
                        .getFirst()
                        .certificate()
                        .statement()
                        .segmentCount());
    }

    @Test
    void withoutContentTheSameIsProvedAndNoPieceIsRead() throws Exception {
        PieceStore archive = filled(REPLICA);
        archive.putPiece(flipped(piece(2)));

        VerifyReport report =
                new Verifier(LEDGER.genesis(), archive, REPLICA, new Ed25519Verifier()).runWithoutContent();

        assertThat(report.findings()).isEmpty();
        assertThat(report.certifiedSegments()).isEqualTo(LEDGER.segments().size());
        assertThat(report.okPieces()).isZero();
        assertThat(report.bytesRead()).isZero();
    }

    @Test
    void aCommitmentThatDoesNotFollowIsFoundAndTheRestIsStillChecked() throws Exception {
        MadeLedger other = MadeLedger.ofFour(MadeLedger.seed()).addSegments(2, 30_000);
        MemoryPieceStore archive = new MemoryPieceStore();
        archive.putSealed(LEDGER.commitment(0), Optional.of(piece(0)), Optional.empty());
        archive.putSealed(
                other.commitment(1),
                Optional.of(other.dispersed().get(1).pieces().get(REPLICA)),
                Optional.empty());
        archive.putSealed(LEDGER.commitment(2), Optional.of(flipped(piece(2))), Optional.empty());

        VerifyReport report = verify(archive);

        assertThat(report.segmentsWith(Kind.CORRUPT_COMMITMENT)).containsExactly(1L);
        assertThat(report.segmentsWith(Kind.CORRUPT_PIECE)).containsExactly(2L);
        assertThat(report.findings().getFirst().detail()).contains("it is of cluster");
    }

    @Test
    void aCertificateThatDoesNotVerifyIsFound() throws Exception {
        MemoryPieceStore archive = new MemoryPieceStore();
        for (int segment = 0; segment < LEDGER.segments().size(); segment++) {
            archive.putSealed(LEDGER.commitment(segment), Optional.of(piece(segment)), Optional.empty());
        }
        LEDGER.closedEpochs().forEach(closed -> putUnchecked(archive, closed));
        CheckpointStatement statement = LEDGER.head().statement();
        TreeMap<Integer, Signature> signatures = new TreeMap<>(LEDGER.head().signatures());
        signatures.put(0, signatures.get(1));
        archive.putCertificate(new CheckpointCertificate(statement, signatures));

        VerifyReport report = verify(archive);

        assertThat(report.segmentsWith(Kind.CORRUPT_CERTIFICATE)).containsExactly(-1L);
        assertThat(report.findings().getFirst().detail()).contains("signature of replica 0 does not verify");
        assertThat(report.certifiedSegments()).isEqualTo(4);
    }

    @Test
    void commitmentsThatAreFewerThanCertifiedAreFound() throws Exception {
        MemoryPieceStore archive = new MemoryPieceStore();
        archive.putSealed(LEDGER.commitment(0), Optional.of(piece(0)), Optional.empty());
        LEDGER.closedEpochs().forEach(closed -> putUnchecked(archive, closed));

        VerifyReport report = verify(archive);

        assertThat(report.findings())
                .anySatisfy(finding -> assertThat(finding.detail()).contains("4 segments are certified, only 1"));
    }

    private static void putUnchecked(PieceStore store, io.sherd.replication.checkpoint.ClosedEpoch closed) {
        try {
            store.putClosedEpoch(closed);
        } catch (io.sherd.archive.store.StoreException e) {
            throw new AssertionError(e);
        }
    }

    private static VerifyReport verify(PieceStore archive) throws Exception {
        return new Verifier(LEDGER.genesis(), archive, REPLICA, new Ed25519Verifier()).run(_ -> {});
    }

    private Repairer repairer(PieceStore archive) {
        return new Repairer(LEDGER.genesis(), archive, REPLICA, sources);
    }

    private void startHonest(int... replicas) throws Exception {
        for (int replica : replicas) {
            start(replica, filled(replica));
        }
    }

    private void start(int replica, PieceStore store) throws Exception {
        edges.start(replica, store, Edges.NO_STATE);
        sources.add(edges.client(replica));
    }

    private static PieceStore filled(int replica) throws Exception {
        MemoryPieceStore store = new MemoryPieceStore();
        LEDGER.fill(store, replica);
        return store;
    }

    private static Piece piece(int segment) {
        return LEDGER.dispersed().get(segment).pieces().get(REPLICA);
    }

    private static Piece flipped(Piece piece) {
        byte[] bytes = piece.bytes().toByteArray();
        bytes[bytes.length / 3] ^= 16;
        return new Piece(piece.segmentNumber(), piece.index(), piece.siblings(), Bytes.wrap(bytes));
    }
}
