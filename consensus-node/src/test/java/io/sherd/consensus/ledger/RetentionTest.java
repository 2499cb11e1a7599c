package io.sherd.consensus.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.sherd.archive.store.MemoryPieceStore;
import io.sherd.archive.store.PieceStore;
import io.sherd.merkle.Digest;
import io.sherd.merkle.MerkleTree;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.StorageReceipt;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.retention.ReplicaSet;
import io.sherd.replication.retention.SegmentSet;
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
    private long nanos;

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
        retention.sweep(ledger.members());

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
        retention.sweep(ledger.members());
        assertThat(log.first()).isEqualTo(3);
        assertThat(retention.awaited()).isEqualTo(new Retention.Awaited(5, List.of(4L, 4L, 4L, 5L)));

        stable(retention, 1, 3);
        retention.sweep(ledger.members());
        assertThat(log.first()).isEqualTo(7);
        assertThat(retention.awaited().segments()).isEqualTo(4);
    }

    @Test
    void logIsNotLetGoAboveTheDurableState() throws Exception {
        Retention retention = retention(NO_LIMIT, 2);

        for (int segment = 0; segment < 4; segment++) {
            stable(retention, segment, 0, 1, 2, 3);
        }
        retention.sweep(ledger.members());
        assertThat(log.first()).isEqualTo(3);

        retention.onStateCheckpoint(4);
        retention.sweep(ledger.members());
        assertThat(log.first()).isEqualTo(5);
    }

    @Test
    void aHintIsMadeForWhoeverHasBeenSilentForAWhile() throws Exception {
        Retention retention = retention(NO_LIMIT, 16);
        for (int segment = 0; segment < 4; segment++) {
            stable(retention, segment, 0, 1, 2);
        }
        retention.sweep(ledger.members());
        assertThat(pieces.hints()).isEmpty();

        letReceiptsBeLate(retention);

        assertThat(pieces.hints()).containsOnlyKeys(3);
        assertThat(retention.hintCounts()).containsExactly(0L, 0L, 0L, 4L);
        for (int segment = 0; segment < 4; segment++) {
            pieces.piece(segment, 3).orElseThrow().verify(naive.commitments.get(segment));
        }
        assertThat(log.first()).as("who comes back soon reads the log").isEqualTo(1);
    }

    @Test
    void fullBytesGoWithoutAReceiptWhenTheLogIsOverItsLimitAndTheHintIsHeld() throws Exception {
        Retention retention = retention(plainBytesAfter(1), 16);
        for (int segment = 0; segment < 4; segment++) {
            stable(retention, segment, 0, 1, 2);
        }

        retention.sweep(ledger.members());

        assertThat(log.first()).isEqualTo(3);
        assertThat(pieces.undroppedSegments()).isEmpty();
        pieces.piece(0, 3).orElseThrow().verify(naive.commitments.getFirst());
        assertThat(retention.held().getFirst()).isEqualTo(new HeldRange(0, 1, false, ReplicaSet.of(3)));
    }

    @Test
    void hintsGoWithTheirOwnersReceipt() throws Exception {
        Retention retention = retention(plainBytesAfter(1), 16);
        for (int segment = 0; segment < 4; segment++) {
            stable(retention, segment, 0, 1, 2);
        }
        letReceiptsBeLate(retention);
        assertThat(retention.hintCounts()).containsExactly(0L, 0L, 0L, 4L);

        assertThat(retention.onReceipt(receipt(3, 0, 2), ledger.members())).isEqualTo(Retention.ReceiptVerdict.TAKEN);
        retention.sweep(ledger.members());
        assertThat(pieces.hints().get(3)).isEqualTo(SegmentSet.of(List.of(new SegmentSet.Range(2, 4))));

        assertThat(retention.onReceipt(receipt(3, 0, 4), ledger.members())).isEqualTo(Retention.ReceiptVerdict.TAKEN);
        retention.sweep(ledger.members());
        assertThat(pieces.hints()).isEmpty();
        assertThat(log.first()).isEqualTo(7);
    }

    @Test
    void hintsAndReceiptsAreFoundAgainAfterAStart() throws Exception {
        Retention before = retention(NO_LIMIT, 16);
        for (int segment = 0; segment < 4; segment++) {
            stable(before, segment, 0, 1, 2);
        }
        letReceiptsBeLate(before);

        Retention after = retention(plainBytesAfter(2), 16);
        assertThat(after.hintCounts()).isEqualTo(before.hintCounts());
        assertThat(after.awaited()).isEqualTo(before.awaited());
        after.sweep(ledger.members());
        assertThat(log.first()).isEqualTo(5);
    }

    @Test
    void nobodyMakesHintsOfOldSegmentsForAReplicaThatJoinedAgain() throws Exception {
        Retention retention = retention(plainBytesAfter(1), 16);
        MemberTable rejoined = new SmallLedger(1).addRejoin(3).members();
        for (int segment = 0; segment < 4; segment++) {
            stable(retention, segment, 0, 1, 2);
        }

        retention.sweep(rejoined);

        assertThat(pieces.hints()).isEmpty();
        assertThat(log.first()).isEqualTo(3);
    }

    /** What a restored replica has not executed yet is in its archive, and goes by the same rule. */
    @Test
    void fullBytesInTheArchiveGoWhenTheirHintsAreHeld() throws Exception {
        MemoryPieceStore archive = new MemoryPieceStore();
        for (int segment = 0; segment < SEGMENTS; segment++) {
            archive.putSealed(
                    naive.commitments.get(segment), Optional.empty(), Optional.of(naive.compressed.get(segment)));
        }
        log.truncateBelow(Long.MAX_VALUE);
        Retention retention = retention(ledger.genesis, archive, NO_LIMIT, 16);
        for (int segment = 0; segment < 4; segment++) {
            stable(retention, segment, 0, 1, 2);
        }
        retention.sweep(ledger.members());
        assertThat(archive.undroppedSegments()).hasSize(SEGMENTS);

        letReceiptsBeLate(retention);

        assertThat(archive.undroppedSegments()).containsExactly(4L, 5L, 6L, 7L);
        assertThat(archive.hints()).containsOnlyKeys(3);
        archive.piece(0, 3).orElseThrow().verify(naive.commitments.getFirst());
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
        Retention retention = retention(ledger.genesis, empty, NO_LIMIT, 0);

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
        Retention retention = retention(longer.genesis, store, NO_LIMIT, 0);

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
        return retention(ledger.genesis, pieces, logBytesLimit, stateSequence);
    }

    private Retention retention(Genesis genesis, PieceStore store, long logBytesLimit, long stateSequence)
            throws Exception {
        return new Retention(
                new Retention.Ground(genesis, 0, store, log, this::historyRoot, logBytesLimit, () -> nanos),
                stateSequence);
    }

    /** So long that nobody waits for a receipt any more. */
    private void letReceiptsBeLate(Retention retention) throws Exception {
        for (int i = 0; i < 2; i++) {
            nanos += Retention.GRACE_NANOS;
            retention.sweep(ledger.members());
        }
    }

    /** The plain bytes of all but the first segments. */
    private long plainBytesAfter(int segments) {
        return naive.commitments.stream()
                .skip(segments)
                .mapToLong(commitment -> commitment.context().plainLength())
                .sum();
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
