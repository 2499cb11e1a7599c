package io.sherd.archive.store;

import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.ClosedEpoch;
import io.sherd.replication.checkpoint.StorageReceipt;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.piece.Piece;
import io.sherd.replication.wire.Bytes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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

    /** An empty archive. */
    public MemoryPieceStore() {}

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
    public synchronized void putSealed(Commitment commitment, Optional<Piece> own, Optional<Bytes> fullBytes) {
        long segment = PieceStoreRules.checkSealed(commitments.size(), commitment, own, fullBytes);
        commitments.add(commitment);
        own.ifPresent(this::put);
        fullBytes.ifPresent(bytes -> undropped.put(segment, bytes));
    }

    @Override
    public synchronized Optional<Piece> piece(long segment, int index) {
        return Optional.ofNullable(pieces.get(new PieceKey(segment, index)));
    }

    @Override
    public synchronized void putPiece(Piece piece) {
        PieceStoreRules.checkSegment(commitments.size(), piece.segmentNumber());
        put(piece);
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
    public synchronized void putFullBytes(long segment, Bytes bytes) {
        PieceStoreRules.checkSegment(commitments.size(), segment);
        PieceStoreRules.checkFullBytes(commitments.get((int) segment), bytes);
        undropped.put(segment, bytes);
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
