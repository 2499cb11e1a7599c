package io.sherd.archive.store;

import io.sherd.archive.store.ArchiveSchema.RecordType;
import io.sherd.archive.store.RocksDatabase.Durability;
import io.sherd.archive.store.RocksDatabase.Entry;
import io.sherd.archive.store.RocksDatabase.Family;
import io.sherd.archive.store.RocksDatabase.Writes;
import io.sherd.replication.Quorums;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.ClosedEpoch;
import io.sherd.replication.checkpoint.StorageReceipt;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.piece.Piece;
import io.sherd.replication.retention.SegmentSet;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The archive of one replica in a {@link RocksDatabase}.
 *
 * <pre>
 *   family      key                                    value
 *   records     'C' | segment (8)                      commitment
 *   records     'S' | sequence (8)                     certificate
 *   records     'E' | epoch (8)                        closed epoch
 *   records     'R' | replica (2) | first segment (8)  end of the range, exclusive (8)
 *   records     'Q' | replica (2)                      the signed receipt that is shown to others
 *   records     'H' | segment (8) | piece index (2)    nothing: a hint is held
 *   records     'U' | segment (8)                      nothing: the compressed bytes are held
 *   pieces      segment (8) | piece index (2)          own piece with its path
 *   hints       segment (8) | piece index (2)          another replica's piece with its path
 *   undropped   segment (8)                            compressed bytes
 * </pre>
 *
 * <p>The three last families keep their values in files of their own: a rotten piece is one lost piece, and a repair is a
 * put. Receipts are ranges that are joined as they meet, normally one a replica. Beside the database, the file
 * {@code high-water} says how many commitments it must hold ({@link DurableCounter}).
 */
public final class RocksPieceStore implements PieceStore {

    private static final Logger LOG = LoggerFactory.getLogger(RocksPieceStore.class);

    private static final String HIGH_WATER = "high-water";

    /** Entries that one scan takes into memory. */
    private static final int SCAN_LIMIT = 1024;

    /** Hints and undropped bytes are rewritten when this part of their files, in percent, is garbage. */
    private static final int GARBAGE_PERCENT = 25;

    private final RocksDatabase database;
    private final ReceiptRanges receipts;
    private final int ownIndex;
    private final @Nullable DurableCounter highWater;
    private final long promisedCommitmentCount;
    private volatile long commitmentCount;
    private volatile long closedEpochCount;

    private RocksPieceStore(RocksDatabase database, @Nullable DurableCounter highWater, long promised)
            throws StoreException {
        this.database = database;
        this.receipts = new ReceiptRanges(database);
        this.ownIndex = database.owner().replica();
        this.highWater = highWater;
        this.promisedCommitmentCount = promised;
        this.commitmentCount = commitmentsThere();
        this.closedEpochCount = closedEpochsThere();
    }

    /**
     * Makes an empty archive: built aside and renamed.
     *
     * @param directory where; absent, or an empty directory
     * @param owner the replica whose archive it will be: the pieces of its own index are its own, all others are hints
     * @throws UnsafeDirectoryException if something is there
     */
    public static void create(Path directory, StoreOwner owner) throws StoreException {
        RocksDatabase.create(
                directory,
                ArchiveSchema.SCHEMA,
                owner,
                new Writes(),
                aside -> DurableCounter.create(aside.resolve(HIGH_WATER)));
    }

    /**
     * Opens an archive that {@link #create} made. One with damaged records opens too, so that what is sound can be served and the rest
     * {@linkplain #rescueRecords mended}: ask {@link #recordTrouble} before anything else is done with it.
     *
     * @throws StoreCorruptException if something in it is missing: also if it holds fewer commitments than were durable
     * @throws StoreException as {@link RocksDatabase#open} says
     */
    public static RocksPieceStore open(Path directory, StoreOwner owner) throws StoreException {
        RecordRescue.finish(directory);
        RocksDatabase database = RocksDatabase.open(directory, ArchiveSchema.SCHEMA, owner);
        @Nullable DurableCounter highWater = null;
        try {
            highWater = DurableCounter.open(directory.resolve(HIGH_WATER));
            RocksPieceStore store = new RocksPieceStore(database, highWater, highWater.value());
            if (store.commitmentCount < highWater.value()) {
                throw new StoreCorruptException(
                        "archive: %s holds %d commitments, %d were durable: its write-ahead log was lost"
                                .formatted(directory, store.commitmentCount, highWater.value()));
            }
            return store;
        } catch (StoreException e) {
            if (highWater != null) {
                highWater.close();
            }
            database.close();
            throw e;
        }
    }

    /**
     * Opens an archive to look at it: nothing in the directory is ever written, and a call that would write throws
     * {@link IllegalStateException}. An archive that is emptier than it must be opens too, so that the rest can be
     * examined: compare {@link #promisedCommitmentCount()}.
     */
    public static RocksPieceStore openReadOnly(Path directory) throws StoreException {
        return openReadOnly(directory, RocksDatabase::openReadOnly);
    }

    /**
     * Opens an archive as {@link #openReadOnly} does, to see what the disk has, also while this process has the archive open: no cache of
     * the process is asked, and what was deleted under it is missing.
     */
    public static RocksPieceStore openOnDisk(Path directory) throws StoreException {
        return openReadOnly(directory, RocksDatabase::openOnDisk);
    }

    @FunctionalInterface
    private interface Opening {
        RocksDatabase open(Path directory, RocksDatabase.Schema schema) throws StoreException;
    }

    private static RocksPieceStore openReadOnly(Path directory, Opening opening) throws StoreException {
        // Read first: the process that has the archive open may raise it in between.
        long promised = requireHighWater(directory);
        RocksDatabase database = opening.open(directory, ArchiveSchema.SCHEMA);
        try {
            return new RocksPieceStore(database, null, promised);
        } catch (StoreException e) {
            database.close();
            throw e;
        }
    }

    /** Whose archive this is. */
    public StoreOwner owner() throws StoreException {
        return database.owner();
    }

    /** The format of what is stored, such as {@code archive/1}. */
    public String format() {
        return database.format();
    }

    /** How many commitments were durable when this was opened; more than {@link #commitmentCount()} if some were lost. */
    public long promisedCommitmentCount() {
        return promisedCommitmentCount;
    }

    @Override
    public long commitmentCount() {
        return commitmentCount;
    }

    @Override
    public Optional<Commitment> commitment(long segment) throws StoreException {
        List<Commitment> found = commitments(segment, 1);
        return found.stream().findFirst();
    }

    @Override
    public List<Commitment> commitments(long from, int limit) throws StoreException {
        List<Commitment> commitments = new ArrayList<>();
        for (Entry entry : database.scan(
                ArchiveSchema.RECORDS, RecordType.COMMITMENT.prefix(), RecordType.COMMITMENT.key(from), limit)) {
            Commitment commitment = ArchiveSchema.decode(entry, Commitment::decode);
            long expected = from + commitments.size();
            if (commitment.context().segmentNumber() != expected
                    || !entry.key().equals(RecordType.COMMITMENT.key(expected))) {
                throw new StoreCorruptException("archive: commitment of segment %d expected, of segment %d found"
                        .formatted(expected, commitment.context().segmentNumber()));
            }
            commitments.add(commitment);
        }
        return commitments;
    }

    @Override
    public synchronized void putSealed(Commitment commitment, List<Piece> pieces, Optional<Bytes> undropped)
            throws StoreException {
        long segment = PieceStoreRules.checkSealed(commitmentCount, commitment, pieces, undropped);
        Writes writes =
                new Writes().put(ArchiveSchema.RECORDS, RecordType.COMMITMENT.key(segment), commitment.encoded());
        pieces.forEach(piece -> put(writes, piece));
        undropped.ifPresent(bytes -> writes.put(ArchiveSchema.UNDROPPED, ArchiveSchema.segment(segment), bytes)
                .put(ArchiveSchema.RECORDS, RecordType.UNDROPPED_HELD.key(segment), Bytes.EMPTY));
        database.write(writes, Durability.SYNCED);
        raiseHighWater(segment + 1);
        commitmentCount = segment + 1;
    }

    @Override
    public Optional<Piece> piece(long segment, int index) throws StoreException {
        Optional<Bytes> stored = database.get(pieceFamily(index), ArchiveSchema.piece(segment, index));
        if (stored.isEmpty()) {
            return Optional.empty();
        }
        try {
            Piece piece = Piece.decode(stored.get());
            if (piece.segmentNumber() != segment || piece.index() != index) {
                throw new StoreCorruptException("archive: piece %d of segment %d expected, piece %d of segment %d found"
                        .formatted(index, segment, piece.index(), piece.segmentNumber()));
            }
            return Optional.of(piece);
        } catch (WireFormatException e) {
            throw new StoreCorruptException(
                    "archive: piece %d of segment %d: %s".formatted(index, segment, e.getMessage()), e);
        }
    }

    @Override
    public synchronized void putPieces(List<Piece> pieces) throws StoreException {
        Writes writes = new Writes();
        for (Piece piece : pieces) {
            PieceStoreRules.checkSegment(commitmentCount, piece.segmentNumber());
            put(writes, piece);
        }
        database.write(writes, Durability.SYNCED);
    }

    @Override
    public SortedMap<Integer, SegmentSet> hints() throws StoreException {
        SortedMap<Integer, SegmentSet> hints = new TreeMap<>();
        Bytes from = RecordType.HINT_HELD.prefix();
        List<Entry> markers;
        do {
            markers = database.scan(ArchiveSchema.RECORDS, RecordType.HINT_HELD.prefix(), from, SCAN_LIMIT);
            for (Entry marker : markers) {
                long segment = ArchiveSchema.numberOf(marker);
                hints.computeIfAbsent(ArchiveSchema.indexOf(marker.key()), _ -> new SegmentSet())
                        .add(segment, segment + 1);
                from = ArchiveSchema.after(marker.key());
            }
        } while (markers.size() == SCAN_LIMIT);
        return hints;
    }

    @Override
    public List<Integer> hintsOf(long segment) throws StoreException {
        Bytes markers = RecordType.HINT_HELD.key(segment);
        return database.scan(ArchiveSchema.RECORDS, markers, markers, Quorums.MAX_REPLICAS).stream()
                .map(marker -> ArchiveSchema.indexOf(marker.key()))
                .toList();
    }

    @Override
    public synchronized void dropPiece(long segment, int index) throws StoreException {
        database.write(
                new Writes()
                        .delete(pieceFamily(index), ArchiveSchema.piece(segment, index))
                        .delete(ArchiveSchema.RECORDS, ArchiveSchema.hintHeld(segment, index)),
                Durability.WITH_THE_NEXT);
    }

    @Override
    public Optional<Bytes> undropped(long segment) throws StoreException {
        return database.get(ArchiveSchema.UNDROPPED, ArchiveSchema.segment(segment));
    }

    @Override
    public synchronized void putUndropped(long segment, Bytes compressed) throws StoreException {
        PieceStoreRules.checkFullBytes(commitment(segment).orElseThrow(), compressed);
        database.write(
                new Writes()
                        .put(ArchiveSchema.UNDROPPED, ArchiveSchema.segment(segment), compressed)
                        .put(ArchiveSchema.RECORDS, RecordType.UNDROPPED_HELD.key(segment), Bytes.EMPTY),
                Durability.SYNCED);
    }

    @Override
    public List<Long> undroppedSegments() throws StoreException {
        List<Long> segments = new ArrayList<>();
        for (Entry entry : database.scan(
                ArchiveSchema.RECORDS,
                RecordType.UNDROPPED_HELD.prefix(),
                RecordType.UNDROPPED_HELD.prefix(),
                Integer.MAX_VALUE)) {
            segments.add(ArchiveSchema.numberOf(entry));
        }
        return segments;
    }

    @Override
    public synchronized void dropFullBytes(long segment) throws StoreException {
        database.write(
                new Writes()
                        .delete(ArchiveSchema.UNDROPPED, ArchiveSchema.segment(segment))
                        .delete(ArchiveSchema.RECORDS, RecordType.UNDROPPED_HELD.key(segment)),
                Durability.WITH_THE_NEXT);
    }

    @Override
    public synchronized void putCertificate(CheckpointCertificate certificate) throws StoreException {
        long sequence = certificate.statement().sequence();
        Optional<Bytes> stored = database.get(ArchiveSchema.RECORDS, RecordType.CERTIFICATE.key(sequence));
        CheckpointCertificate merged = certificate;
        if (stored.isPresent()) {
            CheckpointCertificate before = ArchiveSchema.decode(
                    new Entry(RecordType.CERTIFICATE.key(sequence), stored.get()), CheckpointCertificate::decode);
            merged = PieceStoreRules.merge(before, certificate);
            if (merged.equals(before)) {
                return;
            }
        }
        Writes writes = new Writes().put(ArchiveSchema.RECORDS, RecordType.CERTIFICATE.key(sequence), merged.encoded());
        long segmentCount = certificate.statement().segmentCount();
        for (int replica : certificate.signatures().keySet()) {
            receipts.add(writes, replica, segmentCount - 1, segmentCount);
        }
        database.write(writes, Durability.WITH_THE_NEXT);
    }

    @Override
    public Optional<CheckpointCertificate> latestCertificate() throws StoreException {
        Optional<Entry> last = database.lastUpTo(
                ArchiveSchema.RECORDS, RecordType.CERTIFICATE.prefix(), RecordType.CERTIFICATE.key(Long.MAX_VALUE));
        return last.isEmpty()
                ? Optional.empty()
                : Optional.of(ArchiveSchema.decode(last.get(), CheckpointCertificate::decode));
    }

    @Override
    public List<CheckpointCertificate> certificates(long fromSequence, int limit) throws StoreException {
        List<CheckpointCertificate> certificates = new ArrayList<>();
        for (Entry entry : database.scan(
                ArchiveSchema.RECORDS,
                RecordType.CERTIFICATE.prefix(),
                RecordType.CERTIFICATE.key(fromSequence),
                limit)) {
            certificates.add(ArchiveSchema.decode(entry, CheckpointCertificate::decode));
        }
        return certificates;
    }

    @Override
    public synchronized void dropCertificatesBelow(long sequence) throws StoreException {
        List<Entry> found;
        do {
            found = database
                    .scan(
                            ArchiveSchema.RECORDS,
                            RecordType.CERTIFICATE.prefix(),
                            RecordType.CERTIFICATE.prefix(),
                            SCAN_LIMIT)
                    .stream()
                    .filter(entry -> ArchiveSchema.numberOf(entry) < sequence)
                    .toList();
            Writes writes = new Writes();
            found.forEach(entry -> writes.delete(ArchiveSchema.RECORDS, entry.key()));
            database.write(writes, Durability.WITH_THE_NEXT);
        } while (found.size() == SCAN_LIMIT);
    }

    @Override
    public synchronized void putClosedEpoch(ClosedEpoch closed) throws StoreException {
        PieceStoreRules.checkClosedEpoch(closedEpochCount, closed);
        database.write(
                new Writes().put(ArchiveSchema.RECORDS, RecordType.CLOSED_EPOCH.key(closed.epoch()), closed.encoded()),
                Durability.SYNCED);
        closedEpochCount = closed.epoch() + 1;
    }

    @Override
    public long closedEpochCount() {
        return closedEpochCount;
    }

    @Override
    public List<ClosedEpoch> closedEpochs(long fromEpoch, int limit) throws StoreException {
        List<ClosedEpoch> closed = new ArrayList<>();
        for (Entry entry : database.scan(
                ArchiveSchema.RECORDS,
                RecordType.CLOSED_EPOCH.prefix(),
                RecordType.CLOSED_EPOCH.key(fromEpoch),
                limit)) {
            closed.add(ArchiveSchema.decode(entry, reader -> ClosedEpoch.decode(reader.rest())));
        }
        return closed;
    }

    @Override
    public synchronized void putReceipt(StorageReceipt receipt) throws StoreException {
        PieceStoreRules.checkSegment(commitmentCount, receipt.segmentCount() - 1);
        Writes writes = new Writes();
        receipts.add(writes, receipt.replica(), receipt.firstSegment(), receipt.segmentCount());
        Optional<StorageReceipt> kept = signedReceipt(receipt.replica());
        if (kept.isEmpty() || PieceStoreRules.replaces(kept.get(), receipt)) {
            writes.put(ArchiveSchema.RECORDS, ArchiveSchema.signedReceipt(receipt.replica()), receipt.encoded());
        }
        database.write(writes, Durability.WITH_THE_NEXT);
    }

    @Override
    public List<StorageReceipt> signedReceipts() throws StoreException {
        List<StorageReceipt> signed = new ArrayList<>();
        for (Entry entry : database.scan(
                ArchiveSchema.RECORDS,
                RecordType.SIGNED_RECEIPT.prefix(),
                RecordType.SIGNED_RECEIPT.prefix(),
                Quorums.MAX_REPLICAS)) {
            signed.add(ArchiveSchema.decode(entry, StorageReceipt::decode));
        }
        return signed;
    }

    @Override
    public SegmentSet receipts(int replica) throws StoreException {
        return receipts.of(replica);
    }

    @Override
    public List<Integer> replicasWithoutReceipt(long segment, int replicaCount) throws StoreException {
        List<Integer> without = new ArrayList<>();
        for (int replica = 0; replica < replicaCount; replica++) {
            if (!receipts.contains(replica, segment)) {
                without.add(replica);
            }
        }
        return without;
    }

    @Override
    public void flushAndCompact() throws StoreException {
        database.flushAndCompact();
        boolean hints = rewriteIfWorthIt(ArchiveSchema.HINTS, RecordType.HINT_HELD);
        boolean undropped = rewriteIfWorthIt(ArchiveSchema.UNDROPPED, RecordType.UNDROPPED_HELD);
        if (hints || undropped) {
            database.flushAndCompact();
        }
    }

    /**
     * What is wrong with the records (commitments, certificates, closed epochs, receipts, markers); empty if all of them can be
     * read. Reads each.
     */
    public Optional<String> recordTrouble() throws StoreException {
        return recordTrouble(_ -> {});
    }

    /**
     * The same for whoever has not all the time.
     *
     * @param onRead told of bytes after they were read, a few thousand records at a time
     */
    public Optional<String> recordTrouble(LongConsumer onRead) throws StoreException {
        return RecordRescue.trouble(database, commitmentCount, closedEpochCount, onRead);
    }

    /** The files of its database. */
    public DatabaseFiles files() {
        return database.files();
    }

    /**
     * The records that are right, to be completed and handed to {@link #replaceRecords}.
     *
     * @param replicaCount how many pieces a segment has
     */
    public ArchiveRecords rescueRecords(int replicaCount) throws StoreException {
        return RecordRescue.rescue(database, commitmentCount, replicaCount, ownIndex);
    }

    /**
     * Throws the records of an archive that is closed away, and puts others in their place; pieces, hints and full bytes stay. A crash in
     * between is made good by the next {@link #open}.
     *
     * @throws IllegalArgumentException if a commitment is missing
     */
    public static void replaceRecords(Path directory, ArchiveRecords records) throws StoreException {
        List<Long> missing = records.missingCommitments();
        if (!missing.isEmpty()) {
            throw new IllegalArgumentException("the commitments of segments " + missing + " are missing");
        }
        RecordRescue.replace(directory, records);
    }

    /** Goes on with a {@link #replaceRecords} that a crash interrupted, if there was one: before the archive is opened for reading. */
    public static void finishReplacement(Path directory) throws StoreException {
        RecordRescue.finish(directory);
    }

    /** Whether a file of its database holds records, which {@link #recordTrouble} speaks of. */
    public static boolean holdsRecords(DatabaseFiles.DatabaseFile file) {
        return file.family().equals(Optional.of(ArchiveSchema.RECORDS.name()));
    }

    /** Whether rot was met that keeps the archive from being compacted; see {@link RocksDatabase#isDamaged}. */
    public boolean isDamaged() {
        return database.isDamaged();
    }

    /** Checks the checksums of everything but pieces and undropped bytes, which are checked when they are read. */
    public void verifyBlocks() throws StoreException {
        database.verifyBlocks();
    }

    @Override
    public synchronized void close() throws StoreException {
        try {
            database.close();
        } finally {
            if (highWater != null) {
                highWater.close();
            }
        }
    }

    private static long requireHighWater(Path directory) throws StoreException {
        DataDirectory.requirePart("archive", directory);
        return DurableCounter.requireValue(directory.resolve(HIGH_WATER));
    }

    private void put(Writes writes, Piece piece) {
        writes.put(
                pieceFamily(piece.index()), ArchiveSchema.piece(piece.segmentNumber(), piece.index()), piece.encoded());
        if (piece.index() != ownIndex) {
            writes.put(
                    ArchiveSchema.RECORDS, ArchiveSchema.hintHeld(piece.segmentNumber(), piece.index()), Bytes.EMPTY);
        }
    }

    /** One that rotted is as good as none: the next one takes its place. */
    private Optional<StorageReceipt> signedReceipt(int replica) throws StoreException {
        Bytes key = ArchiveSchema.signedReceipt(replica);
        try {
            Optional<Bytes> kept = database.get(ArchiveSchema.RECORDS, key);
            return kept.isEmpty()
                    ? Optional.empty()
                    : Optional.of(ArchiveSchema.decode(new Entry(key, kept.get()), StorageReceipt::decode));
        } catch (StoreCorruptException e) {
            LOG.warn("the kept receipt of replica {} is not shown any more: {}", replica, e.getMessage());
            return Optional.empty();
        }
    }

    private void raiseHighWater(long count) throws StoreException {
        if (highWater != null) {
            highWater.raise(count);
        }
    }

    /**
     * Puts the values of a family again when much of its files is garbage, so that compaction drops the old files whole. A
     * value that is rotten stays where it is: it is named by whoever reads it.
     */
    private boolean rewriteIfWorthIt(Family family, RecordType marker) throws StoreException {
        if (database.garbageBytes(family) * 100 <= database.largeValueBytes(family) * GARBAGE_PERCENT) {
            return false;
        }
        Bytes from = marker.prefix();
        List<Entry> markers;
        do {
            markers = database.scan(ArchiveSchema.RECORDS, marker.prefix(), from, SCAN_LIMIT);
            for (Entry entry : markers) {
                rewrite(family, entry.key());
                from = ArchiveSchema.after(entry.key());
            }
        } while (markers.size() == SCAN_LIMIT);
        return true;
    }

    private synchronized void rewrite(Family family, Bytes marker) throws StoreException {
        if (database.get(ArchiveSchema.RECORDS, marker).isEmpty()) {
            return;
        }
        Bytes key = ArchiveSchema.held(marker);
        try {
            Optional<Bytes> value = database.get(family, key);
            if (value.isPresent()) {
                database.write(new Writes().put(family, key, value.get()), Durability.WITH_THE_NEXT);
            }
        } catch (StoreCorruptException e) {
            LOG.warn("left where it is: {}", e.getMessage());
        }
    }

    /** Behind rot there are as many as were durable. */
    private long commitmentsThere() throws StoreException {
        try {
            return countOf(RecordType.COMMITMENT);
        } catch (StoreCorruptException e) {
            LOG.error("the newest commitment cannot be read: {}", e.getMessage());
            return promisedCommitmentCount;
        }
    }

    private long closedEpochsThere() throws StoreException {
        try {
            return countOf(RecordType.CLOSED_EPOCH);
        } catch (StoreCorruptException e) {
            LOG.error("the newest closed epoch cannot be read: {}", e.getMessage());
            return RecordRescue.closedEpochs(database);
        }
    }

    private long countOf(RecordType type) throws StoreException {
        Optional<Entry> last = database.lastUpTo(ArchiveSchema.RECORDS, type.prefix(), type.key(Long.MAX_VALUE));
        return last.isEmpty() ? 0 : ArchiveSchema.numberOf(last.get()) + 1;
    }

    private Family pieceFamily(int index) {
        return index == ownIndex ? ArchiveSchema.PIECES : ArchiveSchema.HINTS;
    }
}
