package io.sherd.consensus.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.sherd.archive.store.MemoryPieceStore;
import io.sherd.merkle.Digest;
import io.sherd.merkle.MerkleTree;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.StorageReceipt;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.segment.SegmentCompression;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RetentionTest {

    private static final long NO_LIMIT = Long.MAX_VALUE;

    /** Eight entries, each closed by a seal of its own: segment i is positions 2i + 1 and 2i + 2. */
    private static final int SEGMENTS = 8;

    private final SmallLedger ledger = new SmallLedger(1);
    private final MemoryPieceStore pieces = new MemoryPieceStore();
    private final MemoryEntryLog log = new MemoryEntryLog();
    private NaiveLedger naive;

    RetentionTest() throws Exception {
        for (int i = 0; i < SEGMENTS; i++) {
            ledger.addOperations(2).addSeal();
        }
        naive = new NaiveLedger(ledger.genesis, ledger.entries());
        ledger.entries().forEach(log::add);
    }

    @BeforeEach
    void sealEverything() throws Exception {
        for (Commitment commitment : naive.commitments) {
            pieces.putSealed(commitment, Optional.empty(), Optional.empty());
        }
    }

    @Test
    void logIsLetGoUpToTheStableCheckpointBeforeTheLast() throws Exception {
        Retention retention = retention(NO_LIMIT, 16);

        stable(retention, 0, 0, 1, 2, 3);
        stable(retention, 1, 0, 1, 2, 3);
        stable(retention, 2, 0, 1, 2, 3);
        retention.sweep();

        assertThat(log.first()).isEqualTo(5);
        assertThat(pieces.undroppedSegments()).isEmpty();
    }

    @Test
    void logStaysWhileAReceiptIsMissing() throws Exception {
        Retention retention = retention(NO_LIMIT, 16);

        stable(retention, 0, 0, 1, 2, 3);
        stable(retention, 1, 0, 1, 2);
        stable(retention, 2, 0, 1, 2, 3);
        stable(retention, 3, 0, 1, 2, 3);
        retention.sweep();
        assertThat(log.first()).isEqualTo(3);
        assertThat(retention.awaited()).isEqualTo(new Retention.Awaited(5, List.of(4L, 4L, 4L, 5L)));

        stable(retention, 1, 3);
        retention.sweep();
        assertThat(log.first()).isEqualTo(7);
        assertThat(retention.awaited().segments()).isEqualTo(4);
    }

    @Test
    void logIsNotLetGoAboveTheDurableState() throws Exception {
        Retention retention = retention(NO_LIMIT, 2);

        for (int segment = 0; segment < 4; segment++) {
            stable(retention, segment, 0, 1, 2, 3);
        }
        retention.sweep();
        assertThat(log.first()).isEqualTo(3);

        retention.onStateCheckpoint(4);
        retention.sweep();
        assertThat(log.first()).isEqualTo(5);
    }

    @Test
    void fullBytesMoveToTheArchiveWhenTheLogIsOverItsLimitAndGoWithTheLastReceipt() throws Exception {
        long limit = naive.commitments.stream()
                .skip(1)
                .mapToLong(commitment -> commitment.context().plainLength())
                .sum();
        Retention retention = retention(limit, 16);

        for (int segment = 0; segment < 4; segment++) {
            stable(retention, segment, 0, 1, 2);
        }
        retention.sweep();

        assertThat(log.first()).isEqualTo(3);
        assertThat(pieces.undroppedSegments()).containsExactly(0L);
        assertThat(retention.awaited().missingReceipts().get(3))
                .as("in the archive and in the log")
                .isEqualTo(8L);
        Commitment first = naive.commitments.getFirst();
        assertThat(pieces.undropped(0)).contains(naive.compressed.getFirst());
        assertThat(SegmentCompression.decompress(
                                first.context().codec(),
                                pieces.undropped(0).orElseThrow(),
                                first.context().plainLength(),
                                1 << 20)
                        .size())
                .isEqualTo(first.context().plainLength());

        assertThat(retention.onReceipt(receipt(3, 0, 4), ledger.members())).isEqualTo(Retention.ReceiptVerdict.TAKEN);
        retention.sweep();
        assertThat(pieces.undroppedSegments()).isEmpty();
        assertThat(log.first()).isEqualTo(7);
    }

    @Test
    void receiptForAnotherHistoryIsRefused() throws Exception {
        Retention retention = retention(NO_LIMIT, 16);
        StorageReceipt other = StorageReceipt.sign(
                ledger.genesis.signingDomain(),
                SmallLedger.signer("key3"),
                0,
                3,
                0,
                4,
                SmallLedger.digest("another history"));

        assertThat(retention.onReceipt(other, ledger.members())).isEqualTo(Retention.ReceiptVerdict.OTHER_HISTORY);
        assertThat(pieces.replicasWithoutReceipt(0, 4)).containsExactly(0, 1, 2, 3);
    }

    @Test
    void receiptForSegmentsToComeWaitsForThem() throws Exception {
        Retention retention = retention(NO_LIMIT, 16);
        SmallLedger longer = new SmallLedger(1);
        for (int i = 0; i <= SEGMENTS; i++) {
            longer.addOperations(2).addSeal();
        }
        naive = new NaiveLedger(longer.genesis, longer.entries());

        assertThat(retention.onReceipt(receipt(3, 0, SEGMENTS + 1), ledger.members()))
                .isEqualTo(Retention.ReceiptVerdict.LATER);
        assertThat(pieces.replicasWithoutReceipt(0, 4)).contains(3);

        pieces.putSealed(naive.commitments.getLast(), Optional.empty(), Optional.empty());
        retention.onSealed(naive.commitments.getLast());
        assertThat(pieces.replicasWithoutReceipt(0, 4)).doesNotContain(3);
    }

    @Test
    void receiptOfAnEarlierIncarnationIsRefused() throws Exception {
        Retention retention = retention(NO_LIMIT, 16);
        MemberTable rejoined = new SmallLedger(1).addRejoin(3).members();

        assertThat(retention.onReceipt(receipt(3, 0, 4), rejoined)).isEqualTo(Retention.ReceiptVerdict.OLD_INCARNATION);
        assertThat(pieces.replicasWithoutReceipt(0, 4)).contains(3);
    }

    @Test
    void certificateOfAClosingThatIsNotSealedYetIsStoredOnceItIs() throws Exception {
        MemoryPieceStore empty = new MemoryPieceStore();
        Retention retention = new Retention(ledger.genesis, empty, log, this::historyRoot, NO_LIMIT, 0);

        stable(retention, 0, 0, 1, 2);
        assertThat(empty.latestCertificate()).isEmpty();

        empty.putSealed(naive.commitments.getFirst(), Optional.empty(), Optional.empty());
        retention.onSealed(naive.commitments.getFirst());
        assertThat(empty.latestCertificate()).contains(certificate(0, 0, 1, 2));
    }

    @Test
    void onlyTheNewestCertificatesAreKept() throws Exception {
        SmallLedger longer = new SmallLedger(1);
        for (int i = 0; i < 20; i++) {
            longer.addOperations(1).addSeal();
        }
        naive = new NaiveLedger(longer.genesis, longer.entries());
        MemoryPieceStore store = new MemoryPieceStore();
        Retention retention = new Retention(longer.genesis, store, log, this::historyRoot, NO_LIMIT, 0);

        for (int segment = 0; segment < 20; segment++) {
            store.putSealed(naive.commitments.get(segment), Optional.empty(), Optional.empty());
            retention.onSealed(naive.commitments.get(segment));
            stable(retention, segment, 0, 1, 2, 3);
        }

        List<CheckpointCertificate> kept = store.certificates(0, 100);
        assertThat(kept).hasSize(Retention.KEPT_CERTIFICATES);
        assertThat(kept.getLast().statement().segmentCount()).isEqualTo(20);
    }

    private Retention retention(long logBytesLimit, long stateSequence) throws Exception {
        return new Retention(ledger.genesis, pieces, log, this::historyRoot, logBytesLimit, stateSequence);
    }

    private void stable(Retention retention, int segment, int... signers) throws Exception {
        retention.onStable(certificate(segment, signers));
    }

    private CheckpointCertificate certificate(int segment, int... signers) {
        return RunningPipeline.certificate(naive.checkpoints.get(segment).statement(), signers);
    }

    private StorageReceipt receipt(int replica, long first, long count) {
        return StorageReceipt.sign(
                ledger.genesis.signingDomain(),
                SmallLedger.signer("key" + replica),
                0,
                replica,
                first,
                count,
                historyRoot(count).orElseThrow());
    }

    private Optional<Digest> historyRoot(long count) {
        return Optional.of(MerkleTree.of(naive.commitments.stream()
                        .limit(count)
                        .map(Commitment::leaf)
                        .toList())
                .root());
    }
}
