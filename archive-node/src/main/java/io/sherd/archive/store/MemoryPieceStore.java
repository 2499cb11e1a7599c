package io.sherd.archive.store;

import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.ClosedEpoch;
import io.sherd.replication.checkpoint.StorageReceipt;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.piece.Piece;
import io.sherd.replication.retention.SegmentSet;
import io.sherd.replication.wire.Bytes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** An archive in memory, for simulations and tests: what {@link PieceStore} says, in the plainest way. */
public final class MemoryPieceStore implements PieceStore {

    private record PieceKey(long segment, int index) {}

    private record Receipt(long segment, int replica) {}

    private final List<Commitment> commitments = new ArrayList<>();
    private final Map<PieceKey, Piece> pieces = new HashMap<>();
    private final TreeMap<Long, Bytes> undropped = new TreeMap<>();
    private final TreeMap<Long, CheckpointCertificate> certificates = new TreeMap<>();
    private final List<ClosedEpoch> closedEpochs = new ArrayList<>();
    private final Set<Receipt> receipts = new HashSet<>();
    private final SortedMap<Integer, StorageReceipt> signedReceipts = new TreeMap<>();
    private final int ownIndex;

    /** An empty archive of replica 0. */
    public MemoryPieceStore() {
        this(0);
    }

    /** An empty archive of a replica: pieces of other indexes are hints. */
    public MemoryPieceStore(int replica) {
        this.ownIndex = replica;
    }

    @Override
    public synchronized long commitmentCount() {
        return commitments.size();
    }

    @Override
    public synchronized Optional<Commitment> commitment(long segment) {
        return commitments(segment, 1).stream().findFirst();
    }

    @Override
    public synchronized List<Commitment> commitments(long from, int limit) {
        return commitments.stream().skip(from).limit(limit).toList();
    }

    @Override
    public synchronized void putSealed(Commitment commitment, List<Piece> made, Optional<Bytes> fullBytes) {
        long segment = PieceStoreRules.checkSealed(commitments.size(), commitment, made, fullBytes);
        commitments.add(commitment);
        made.forEach(this::put);
        fullBytes.ifPresent(bytes -> undropped.put(segment, bytes));
    }

    @Override
    public synchronized Optional<Piece> piece(long segment, int index) {
        return Optional.ofNullable(pieces.get(new PieceKey(segment, index)));
    }

    @Override
    public synchronized void putPieces(List<Piece> added) {
        added.forEach(piece -> PieceStoreRules.checkSegment(commitments.size(), piece.segmentNumber()));
        added.forEach(this::put);
    }

    @Override
    public synchronized SortedMap<Integer, SegmentSet> hints() {
        SortedMap<Integer, SegmentSet> hints = new TreeMap<>();
        for (PieceKey key : pieces.keySet()) {
            if (key.index() != ownIndex) {
                hints.computeIfAbsent(key.index(), _ -> new SegmentSet()).add(key.segment(), key.segment() + 1);
            }
        }
        return hints;
    }

    @Override
    public synchronized List<Integer> hintsOf(long segment) {
        return pieces.keySet().stream()
                .filter(key -> key.segment() == segment && key.index() != ownIndex)
                .map(PieceKey::index)
                .sorted()
                .toList();
    }

    @Override
    public synchronized void dropPiece(long segment, int index) {
        pieces.remove(new PieceKey(segment, index));
    }

    @Override
    public synchronized Optional<Bytes> undropped(long segment) {
        return Optional.ofNullable(undropped.get(segment));
    }

    @Override
    public synchronized void putUndropped(long segment, Bytes compressed) {
        PieceStoreRules.checkFullBytes(commitments.get((int) segment), compressed);
        undropped.put(segment, compressed);
    }

    @Override
    public synchronized List<Long> undroppedSegments() {
        return List.copyOf(undropped.keySet());
    }

    @Override
    public synchronized void dropFullBytes(long segment) {
        undropped.remove(segment);
    }

    @Override
    public synchronized void putCertificate(CheckpointCertificate certificate) {
        long sequence = certificate.statement().sequence();
        certificates.merge(sequence, certificate, PieceStoreRules::merge);
        long segment = certificate.statement().segmentCount() - 1;
        certificate.signatures().keySet().forEach(replica -> receipts.add(new Receipt(segment, replica)));
    }

    @Override
    public synchronized Optional<CheckpointCertificate> latestCertificate() {
        return Optional.ofNullable(certificates.lastEntry()).map(Map.Entry::getValue);
    }

    @Override
    public synchronized List<CheckpointCertificate> certificates(long fromSequence, int limit) {
        return certificates.tailMap(fromSequence).values().stream().limit(limit).toList();
    }

    @Override
    public synchronized void dropCertificatesBelow(long sequence) {
        certificates.headMap(sequence).clear();
    }

    @Override
    public synchronized void putClosedEpoch(ClosedEpoch closed) {
        PieceStoreRules.checkClosedEpoch(closedEpochs.size(), closed);
        closedEpochs.add(closed);
    }

    @Override
    public synchronized long closedEpochCount() {
        return closedEpochs.size();
    }

    @Override
    public synchronized List<ClosedEpoch> closedEpochs(long fromEpoch, int limit) {
        return closedEpochs.stream().skip(fromEpoch).limit(limit).toList();
    }

    @Override
    public synchronized void putReceipt(StorageReceipt receipt) {
        PieceStoreRules.checkSegment(commitments.size(), receipt.segmentCount() - 1);
        for (long segment = receipt.firstSegment(); segment < receipt.segmentCount(); segment++) {
            receipts.add(new Receipt(segment, receipt.replica()));
        }
        signedReceipts.merge(
                receipt.replica(), receipt, (kept, added) -> PieceStoreRules.replaces(kept, added) ? added : kept);
    }

    @Override
    public synchronized List<StorageReceipt> signedReceipts() {
        return List.copyOf(signedReceipts.values());
    }

    @Override
    public synchronized SegmentSet receipts(int replica) {
        SegmentSet held = new SegmentSet();
        for (Receipt receipt : receipts) {
            if (receipt.replica() == replica) {
                held.add(receipt.segment(), receipt.segment() + 1);
            }
        }
        return held;
    }

    @Override
    public synchronized List<Integer> replicasWithoutReceipt(long segment, int replicaCount) {
        List<Integer> without = new ArrayList<>();
        for (int replica = 0; replica < replicaCount; replica++) {
            if (!receipts.contains(new Receipt(segment, replica))) {
                without.add(replica);
            }
        }
        return without;
    }

    @Override
    public void flushAndCompact() {}

    @Override
    public void close() {}

    private void put(Piece piece) {
        pieces.put(new PieceKey(piece.segmentNumber(), piece.index()), piece);
    }
}
