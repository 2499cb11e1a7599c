package io.sherd.archive.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.ClosedEpoch;
import io.sherd.replication.checkpoint.StorageReceipt;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.piece.Disperser.Dispersed;
import io.sherd.replication.piece.Piece;
import io.sherd.replication.retention.SegmentSet;
import io.sherd.replication.retention.SegmentSet.Range;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every {@link PieceStore} does. */
abstract class PieceStoreContract {

    private static final int PAYLOAD_BYTES = 5000;

    TestLedger ledger = new TestLedger(1);
    PieceStore store = new MemoryPieceStore();

    /** An empty store of replica 0 of the ledger's cluster. */
    abstract PieceStore emptyStore() throws Exception;

    @BeforeEach
    void open() throws Exception {
        store = emptyStore();
    }

    @AfterEach
    void close() throws Exception {
        store.close();
    }

    @Test
    void emptyStoreHoldsNothing() throws Exception {
        assertThat(store.commitmentCount()).isZero();
        assertThat(store.commitment(0)).isEmpty();
        assertThat(store.commitments(0, 10)).isEmpty();
        assertThat(store.piece(0, 0)).isEmpty();
        assertThat(store.undropped(0)).isEmpty();
        assertThat(store.undroppedSegments()).isEmpty();
        assertThat(store.latestCertificate()).isEmpty();
        assertThat(store.certificates(0, 10)).isEmpty();
        assertThat(store.closedEpochCount()).isZero();
        assertThat(store.closedEpochs(0, 10)).isEmpty();
        assertThat(store.replicasWithoutReceipt(0, 4)).containsExactly(0, 1, 2, 3);
    }

    @Test
    void sealedSegmentIsThereWithItsPieceAndItsBytes() throws Exception {
        Dispersed dispersed = ledger.next(PAYLOAD_BYTES);
        Piece own = dispersed.pieces().getFirst();

        store.putSealed(dispersed.commitment(), Optional.of(own), Optional.of(dispersed.compressed()));

        assertThat(store.commitmentCount()).isEqualTo(1);
        assertThat(store.commitment(0)).contains(dispersed.commitment());
        assertThat(store.piece(0, 0)).contains(own);
        assertThat(store.piece(0, 1)).isEmpty();
        assertThat(store.undropped(0)).contains(dispersed.compressed());
        assertThat(store.undroppedSegments()).containsExactly(0L);
        assertThat(store.piece(0, 0).orElseThrow().bytes())
                .isEqualTo(dispersed.pieces().getFirst().bytes());
        own.verify(store.commitment(0).orElseThrow());
    }

    @Test
    void commitmentWithoutPieceTakesItsPieceLater() throws Exception {
        Dispersed dispersed = ledger.next(PAYLOAD_BYTES);
        store.putSealed(dispersed.commitment(), Optional.empty(), Optional.empty());
        assertThat(store.piece(0, 0)).isEmpty();
        assertThat(store.undroppedSegments()).isEmpty();

        store.putPiece(dispersed.pieces().getFirst());

        assertThat(store.piece(0, 0)).contains(dispersed.pieces().getFirst());
    }

    @Test
    void commitmentsAreReadInRuns() throws Exception {
        List<Commitment> all = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            all.add(seal().commitment());
        }

        assertThat(store.commitments(0, 100)).isEqualTo(all);
        assertThat(store.commitments(2, 3)).isEqualTo(all.subList(2, 5));
        assertThat(store.commitments(5, 10)).isEqualTo(all.subList(5, 7));
        assertThat(store.commitments(7, 10)).isEmpty();
    }

    @Test
    void onlyTheNextSegmentIsTaken() throws Exception {
        Dispersed first = seal();
        Dispersed second = ledger.next(PAYLOAD_BYTES);
        Dispersed third = ledger.next(PAYLOAD_BYTES);

        assertThatThrownBy(() -> store.putSealed(first.commitment(), Optional.empty(), Optional.empty()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("segment 0 sealed, segment 1 is the next");
        assertThatThrownBy(() -> store.putSealed(third.commitment(), Optional.empty(), Optional.empty()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("segment 2 sealed, segment 1 is the next");
        assertThatThrownBy(() -> store.putSealed(
                        second.commitment(), Optional.of(first.pieces().getFirst()), Optional.empty()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a piece of segment 0 with the commitment of segment 1");
        assertThatThrownBy(() -> store.putSealed(
                        second.commitment(), Optional.empty(), Optional.of(ledger.bytes(PAYLOAD_BYTES))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("compressed bytes, not 5000");
        assertThat(store.commitmentCount()).isEqualTo(1);
    }

    @Test
    void pieceOfASegmentWithoutCommitmentIsRefused() throws Exception {
        Dispersed dispersed = ledger.next(PAYLOAD_BYTES);

        assertThatThrownBy(() -> store.putPiece(dispersed.pieces().getFirst()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("segment 0, there are commitments of the first 0");
    }

    @Test
    void hintsAreKeptBesideTheOwnPieceUntilDropped() throws Exception {
        Dispersed dispersed = seal();
        store.putPiece(dispersed.pieces().get(2));
        store.putPiece(dispersed.pieces().get(3));

        store.dropPiece(0, 2);
        store.dropPiece(0, 2);

        assertThat(store.piece(0, 0)).contains(dispersed.pieces().getFirst());
        assertThat(store.piece(0, 2)).isEmpty();
        assertThat(store.piece(0, 3)).contains(dispersed.pieces().get(3));
    }

    @Test
    void hintsAreListedByTheirOwners() throws Exception {
        for (int i = 0; i < 4; i++) {
            Dispersed dispersed = seal();
            if (i != 1) {
                store.putPieces(
                        List.of(dispersed.pieces().get(2), dispersed.pieces().get(3)));
            }
        }
        store.dropPiece(3, 3);

        assertThat(store.hints()).containsOnlyKeys(2, 3);
        assertThat(store.hints().get(2)).isEqualTo(SegmentSet.of(List.of(new Range(0, 1), new Range(2, 4))));
        assertThat(store.hints().get(3)).isEqualTo(SegmentSet.of(List.of(new Range(0, 1), new Range(2, 3))));
    }

    @Test
    void aSegmentIsSealedWithTheHintsThatItsReplicaOwes() throws Exception {
        Dispersed dispersed = ledger.next(PAYLOAD_BYTES);

        store.putSealed(
                dispersed.commitment(),
                List.of(dispersed.pieces().get(0), dispersed.pieces().get(3)),
                Optional.empty());

        assertThat(store.piece(0, 0)).contains(dispersed.pieces().get(0));
        assertThat(store.piece(0, 3)).contains(dispersed.pieces().get(3));
        assertThat(store.hints()).containsOnlyKeys(3);
    }

    @Test
    void theReceiptThatSaysMostIsKeptToBeShown() throws Exception {
        for (int i = 0; i < 6; i++) {
            seal();
        }
        StorageReceipt first = ledger.receipt(2, 0, 4);
        store.putReceipt(first);
        store.putReceipt(ledger.receipt(2, 1, 3));
        assertThat(store.signedReceipts()).containsExactly(first);

        StorageReceipt second = ledger.receipt(2, 0, 6);
        StorageReceipt another = ledger.receipt(1, 5, 6);
        store.putReceipt(second);
        store.putReceipt(another);
        assertThat(store.signedReceipts()).containsExactly(another, second);
        assertThat(store.receipts(2)).isEqualTo(SegmentSet.of(List.of(new Range(0, 6))));
        assertThat(store.receipts(1)).isEqualTo(SegmentSet.of(List.of(new Range(5, 6))));
        assertThat(store.receipts(0)).isEqualTo(new SegmentSet());
    }

    @Test
    void droppedBytesAreGoneAndThePieceStays() throws Exception {
        Dispersed first = seal();
        Dispersed second = seal();

        store.dropFullBytes(0);

        assertThat(store.undropped(0)).isEmpty();
        assertThat(store.undropped(1)).contains(second.compressed());
        assertThat(store.undroppedSegments()).containsExactly(1L);
        assertThat(store.piece(0, 0)).contains(first.pieces().getFirst());
    }

    @Test
    void compactionChangesNothing() throws Exception {
        List<Dispersed> all = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            Dispersed dispersed = seal();
            store.putPiece(dispersed.pieces().get(1));
            all.add(dispersed);
        }
        store.flushAndCompact();
        for (int i = 0; i < 9; i++) {
            store.dropFullBytes(i);
            store.dropPiece(i, 1);
        }
        store.flushAndCompact();

        assertThat(store.undroppedSegments()).containsExactly(9L);
        assertThat(store.undropped(9)).contains(all.get(9).compressed());
        assertThat(store.piece(8, 1)).isEmpty();
        assertThat(store.piece(9, 1)).contains(all.get(9).pieces().get(1));
        for (int i = 0; i < 10; i++) {
            assertThat(store.piece(i, 0)).contains(all.get(i).pieces().getFirst());
        }
    }

    @Test
    void certificatesOfOnePositionAreMerged() throws Exception {
        seal();
        CheckpointCertificate early = ledger.certificate(0, 1, 2);
        CheckpointCertificate late = ledger.certificate(1, 3);

        store.putCertificate(early);
        store.putCertificate(late);
        store.putCertificate(late);

        assertThat(store.latestCertificate()).contains(ledger.certificate(0, 1, 2, 3));
        assertThat(store.certificates(0, 10)).containsExactly(ledger.certificate(0, 1, 2, 3));
    }

    @Test
    void certificateOfAnotherStatementIsRefused() throws Exception {
        seal();
        store.putCertificate(ledger.certificate(0, 1, 2));
        TestLedger fork = new TestLedger(2);
        Dispersed _ = fork.next(PAYLOAD_BYTES);

        assertThatThrownBy(() -> store.putCertificate(fork.certificate(0, 1, 3)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("a certificate of another statement");
        assertThat(store.latestCertificate()).contains(ledger.certificate(0, 1, 2));
    }

    @Test
    void supersededCertificatesAreForgottenWhenAsked() throws Exception {
        List<CheckpointCertificate> all = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            seal();
            all.add(ledger.certificate(0, 1, 2));
            store.putCertificate(all.getLast());
        }
        assertThat(store.certificates(2, 2)).isEqualTo(all.subList(1, 3));

        store.dropCertificatesBelow(5);

        assertThat(store.certificates(0, 10)).containsExactly(all.getLast());
        assertThat(store.latestCertificate()).contains(all.getLast());
        assertThat(store.replicasWithoutReceipt(0, 4)).containsExactly(3);
    }

    @Test
    void signatureOfACertificateIsAReceiptForTheSegmentThatItCloses() throws Exception {
        seal();
        seal();
        store.putCertificate(ledger.certificate(0, 2, 3));

        assertThat(store.replicasWithoutReceipt(0, 4)).containsExactly(0, 1, 2, 3);
        assertThat(store.replicasWithoutReceipt(1, 4)).containsExactly(1);
    }

    @Test
    void receiptCoversItsRangeAndNoMore() throws Exception {
        for (int i = 0; i < 6; i++) {
            seal();
        }

        store.putReceipt(ledger.receipt(2, 2, 4));

        assertThat(store.replicasWithoutReceipt(1, 4)).containsExactly(0, 1, 2, 3);
        assertThat(store.replicasWithoutReceipt(2, 4)).containsExactly(0, 1, 3);
        assertThat(store.replicasWithoutReceipt(3, 4)).containsExactly(0, 1, 3);
        assertThat(store.replicasWithoutReceipt(4, 4)).containsExactly(0, 1, 2, 3);
    }

    @Test
    void closedEpochsFollowEachOther() throws Exception {
        seal();
        ClosedEpoch closed = ledger.closedEpoch();

        store.putClosedEpoch(closed);

        assertThat(store.closedEpochCount()).isEqualTo(1);
        assertThat(store.closedEpochs(0, 10)).containsExactly(closed);
        assertThat(store.closedEpochs(1, 10)).isEmpty();
        assertThatThrownBy(() -> store.putClosedEpoch(closed))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("epoch 0 closed, epoch 1 is the next");
    }

    /** Seals the ledger's next segment with the own piece and the full bytes. */
    Dispersed seal() throws StoreException {
        Dispersed dispersed = ledger.next(PAYLOAD_BYTES);
        store.putSealed(
                dispersed.commitment(),
                Optional.of(dispersed.pieces().getFirst()),
                Optional.of(dispersed.compressed()));
        return dispersed;
    }
}
