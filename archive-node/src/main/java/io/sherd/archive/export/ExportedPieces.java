package io.sherd.archive.export;

import io.sherd.archive.store.PieceStore;
import io.sherd.archive.store.StoreCorruptException;
import io.sherd.archive.store.StoreException;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.ClosedEpoch;
import io.sherd.replication.checkpoint.StorageReceipt;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.piece.Piece;
import io.sherd.replication.retention.SegmentSet;
import io.sherd.replication.wire.Bytes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * Exported archives as the archive of a replica that holds all of their segments whole and no piece by itself. Read-only: whatever
 * would change it is refused. Thread-safe.
 */
public final class ExportedPieces implements PieceStore {

    private final List<ExportFile> files;

    /**
     * The archives as one.
     *
     * @param files open files of one cluster; where several have a segment, the first that has it undamaged is read
     */
    public ExportedPieces(List<ExportFile> files) {
        this.files = files.stream()
                .sorted(Comparator.comparingLong(file -> file.range().firstSegment()))
                .toList();
    }

    @Override
    public long commitmentCount() {
        return files.stream().mapToLong(file -> file.range().segmentEnd()).max().orElse(0);
    }

    @Override
    public Optional<Commitment> commitment(long segment) throws StoreException {
        return commitments(segment, 1).stream().findFirst();
    }

    @Override
    public List<Commitment> commitments(long from, int limit) throws StoreException {
        List<Commitment> found = new ArrayList<>();
        for (Optional<ExportFile> file = with(from);
                file.isPresent() && found.size() < limit;
                file = with(from + found.size())) {
            found.addAll(file.get().commitments(from + found.size(), limit - found.size()));
        }
        return found;
    }

    @Override
    public Optional<Bytes> undropped(long segment) throws StoreException {
        StoreCorruptException damage = null;
        for (ExportFile file : files) {
            if (file.has(segment)) {
                try {
                    return Optional.of(file.compressed(segment));
                } catch (StoreCorruptException e) {
                    // Another file may have it whole.
                    damage = damage == null ? e : damage;
                }
            }
        }
        if (damage != null) {
            throw damage;
        }
        return Optional.empty();
    }

    @Override
    public List<Long> undroppedSegments() {
        return LongStream.range(0, commitmentCount())
                .filter(segment -> with(segment).isPresent())
                .boxed()
                .toList();
    }

    @Override
    public Optional<CheckpointCertificate> latestCertificate() {
        return files.stream()
                .map(file -> file.range().certified().certificate())
                .max(Comparator.comparingLong(one -> one.statement().sequence()));
    }

    @Override
    public List<CheckpointCertificate> certificates(long fromSequence, int limit) {
        SortedMap<Long, CheckpointCertificate> found = new TreeMap<>();
        for (ExportFile file : files) {
            CheckpointCertificate certificate = file.range().certified().certificate();
            if (certificate.statement().sequence() >= fromSequence) {
                found.put(certificate.statement().sequence(), certificate);
            }
        }
        return found.values().stream().limit(limit).toList();
    }

    @Override
    public long closedEpochCount() {
        return epochs().size();
    }

    @Override
    public List<ClosedEpoch> closedEpochs(long fromEpoch, int limit) {
        return epochs().stream().skip(fromEpoch).limit(limit).toList();
    }

    @Override
    public Optional<Piece> piece(long segment, int index) {
        return Optional.empty();
    }

    @Override
    public SortedMap<Integer, SegmentSet> hints() {
        return new TreeMap<>();
    }

    @Override
    public List<StorageReceipt> signedReceipts() {
        return List.of();
    }

    @Override
    public SegmentSet receipts(int replica) {
        return new SegmentSet();
    }

    @Override
    public List<Integer> replicasWithoutReceipt(long segment, int replicaCount) {
        return IntStream.range(0, replicaCount).boxed().toList();
    }

    @Override
    public void putSealed(Commitment commitment, List<Piece> pieces, Optional<Bytes> undropped) {
        throw readOnly();
    }

    @Override
    public void putPieces(List<Piece> pieces) {
        throw readOnly();
    }

    @Override
    public List<Integer> hintsOf(long segment) {
        return List.of();
    }

    @Override
    public void putUndropped(long segment, Bytes compressed) {
        throw readOnly();
    }

    @Override
    public void dropPiece(long segment, int index) {
        throw readOnly();
    }

    @Override
    public void dropFullBytes(long segment) {
        throw readOnly();
    }

    @Override
    public void putCertificate(CheckpointCertificate certificate) {
        throw readOnly();
    }

    @Override
    public void dropCertificatesBelow(long sequence) {
        throw readOnly();
    }

    @Override
    public void putClosedEpoch(ClosedEpoch closed) {
        throw readOnly();
    }

    @Override
    public void putReceipt(StorageReceipt receipt) {
        throw readOnly();
    }

    @Override
    public void flushAndCompact() {
        throw readOnly();
    }

    @Override
    public void close() throws StoreException {
        for (ExportFile file : files) {
            file.close();
        }
    }

    private Optional<ExportFile> with(long segment) {
        return files.stream().filter(file -> file.has(segment)).findFirst();
    }

    private List<ClosedEpoch> epochs() {
        return files.stream()
                .map(file -> file.range().certified().closed())
                .max(Comparator.comparingInt(List::size))
                .orElse(List.of());
    }

    private static UnsupportedOperationException readOnly() {
        return new UnsupportedOperationException("exported archives are never written to");
    }
}
