package io.sherd.archive.store;

import io.sherd.archive.store.RocksDatabase.Durability;
import io.sherd.archive.store.RocksDatabase.Entry;
import io.sherd.archive.store.RocksDatabase.Family;
import io.sherd.archive.store.RocksDatabase.Schema;
import io.sherd.archive.store.RocksDatabase.Writes;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.ClosedEpoch;
import io.sherd.replication.checkpoint.StorageReceipt;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.piece.Piece;
import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
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

    private static final int FORMAT_VERSION = 1;
    private static final Family RECORDS = new Family("records", false);
    private static final Family PIECES = new Family("pieces", true);
    private static final Family HINTS = new Family("hints", true);
    private static final Family UNDROPPED = new Family("undropped", true);
    private static final Schema SCHEMA =
            new Schema("archive", FORMAT_VERSION, List.of(RECORDS, PIECES, HINTS, UNDROPPED));
    private static final String HIGH_WATER = "high-water";

    /** Entries that one scan takes into memory. */
    private static final int SCAN_LIMIT = 1024;

    /** Hints and undropped bytes are rewritten when this part of their files, in percent, is garbage. */
    private static final int GARBAGE_PERCENT = 25;

    private final RocksDatabase database;
    private final int ownIndex;
    private final @Nullable DurableCounter highWater;
    private final long promisedCommitmentCount;
    private volatile long commitmentCount;
    private volatile long closedEpochCount;

    private RocksPieceStore(RocksDatabase database, @Nullable DurableCounter highWater, long promised)
            throws StoreException {
        this.database = database;
        this.ownIndex = database.owner().replica();
        this.highWater = highWater;
        this.promisedCommitmentCount = promised;
        this.commitmentCount = countOf('C');
        this.closedEpochCount = countOf('E');
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
                directory, SCHEMA, owner, new Writes(), aside -> DurableCounter.create(aside.resolve(HIGH_WATER)));
    }

    /**
     * Opens an archive that {@link #create} made.
     *
     * @throws StoreCorruptException if something in it is missing: also if it holds fewer commitments than were durable
     * @throws StoreException as {@link RocksDatabase#open} says
     */
    public static RocksPieceStore open(Path directory, StoreOwner owner) throws StoreException {
        RocksDatabase database = RocksDatabase.open(directory, SCHEMA, owner);
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
        // Read first: the process that has the archive open may raise it in between.
        long promised = requireHighWater(directory);
        RocksDatabase database = RocksDatabase.openReadOnly(directory, SCHEMA);
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
        for (Entry entry : database.scan(RECORDS, prefix('C'), key('C', from), limit)) {
            Commitment commitment = decode(entry, Commitment::decode);
            long expected = from + commitments.size();
            if (commitment.context().segmentNumber() != expected || !entry.key().equals(key('C', expected))) {
                throw new StoreCorruptException("archive: commitment of segment %d expected, of segment %d found"
                        .formatted(expected, commitment.context().segmentNumber()));
            }
            commitments.add(commitment);
        }
        return commitments;
    }

    @Override
    public synchronized void putSealed(Commitment commitment, Optional<Piece> own, Optional<Bytes> undropped)
            throws StoreException {
        long segment = PieceStoreRules.checkSealed(commitmentCount, commitment, own, undropped);
        Writes writes = new Writes().put(RECORDS, key('C', segment), commitment.encoded());
        own.ifPresent(piece -> put(writes, piece));
        undropped.ifPresent(bytes ->
                writes.put(UNDROPPED, segmentKey(segment), bytes).put(RECORDS, key('U', segment), Bytes.EMPTY));
        database.write(writes, Durability.SYNCED);
        raiseHighWater(segment + 1);
        commitmentCount = segment + 1;
    }

    @Override
    public Optional<Piece> piece(long segment, int index) throws StoreException {
        Optional<Bytes> stored = database.get(pieceFamily(index), pieceKey(segment, index));
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
    public synchronized void putPiece(Piece piece) throws StoreException {
        PieceStoreRules.checkSegment(commitmentCount, piece.segmentNumber());
        Writes writes = new Writes();
        put(writes, piece);
        database.write(writes, Durability.SYNCED);
    }

    @Override
    public synchronized void dropPiece(long segment, int index) throws StoreException {
        database.write(
                new Writes()
                        .delete(pieceFamily(index), pieceKey(segment, index))
                        .delete(RECORDS, hintKey(segment, index)),
                Durability.WITH_THE_NEXT);
    }

    @Override
    public Optional<Bytes> undropped(long segment) throws StoreException {
        return database.get(UNDROPPED, segmentKey(segment));
    }

    @Override
    public synchronized void putFullBytes(long segment, Bytes bytes) throws StoreException {
        PieceStoreRules.checkSegment(commitmentCount, segment);
        PieceStoreRules.checkFullBytes(commitment(segment).orElseThrow(), bytes);
        database.write(
                new Writes().put(UNDROPPED, segmentKey(segment), bytes).put(RECORDS, key('U', segment), Bytes.EMPTY),
                Durability.SYNCED);
    }

    @Override
    public List<Long> undroppedSegments() throws StoreException {
        List<Long> segments = new ArrayList<>();
        for (Entry entry : database.scan(RECORDS, prefix('U'), prefix('U'), Integer.MAX_VALUE)) {
            segments.add(numberAt(entry.key(), 1));
        }
        return segments;
    }

    @Override
    public synchronized void dropFullBytes(long segment) throws StoreException {
        database.write(
                new Writes().delete(UNDROPPED, segmentKey(segment)).delete(RECORDS, key('U', segment)),
                Durability.WITH_THE_NEXT);
    }

    @Override
    public synchronized void putCertificate(CheckpointCertificate certificate) throws StoreException {
        long sequence = certificate.statement().sequence();
        Optional<Bytes> stored = database.get(RECORDS, key('S', sequence));
        CheckpointCertificate merged = certificate;
        if (stored.isPresent()) {
            CheckpointCertificate before =
                    decode(new Entry(key('S', sequence), stored.get()), CheckpointCertificate::decode);
            merged = PieceStoreRules.merge(before, certificate);
            if (merged.equals(before)) {
                return;
            }
        }
        Writes writes = new Writes().put(RECORDS, key('S', sequence), merged.encoded());
        long segmentCount = certificate.statement().segmentCount();
        for (int replica : certificate.signatures().keySet()) {
            addReceipt(writes, replica, segmentCount - 1, segmentCount);
        }
        database.write(writes, Durability.WITH_THE_NEXT);
    }

    @Override
    public Optional<CheckpointCertificate> latestCertificate() throws StoreException {
        Optional<Entry> last = database.lastUpTo(RECORDS, prefix('S'), key('S', Long.MAX_VALUE));
        return last.isEmpty() ? Optional.empty() : Optional.of(decode(last.get(), CheckpointCertificate::decode));
    }

    @Override
    public List<CheckpointCertificate> certificates(long fromSequence, int limit) throws StoreException {
        List<CheckpointCertificate> certificates = new ArrayList<>();
        for (Entry entry : database.scan(RECORDS, prefix('S'), key('S', fromSequence), limit)) {
            certificates.add(decode(entry, CheckpointCertificate::decode));
        }
        return certificates;
    }

    @Override
    public synchronized void dropCertificatesBelow(long sequence) throws StoreException {
        List<Entry> found;
        do {
            found = database.scan(RECORDS, prefix('S'), prefix('S'), SCAN_LIMIT).stream()
                    .filter(entry -> numberAt(entry.key(), 1) < sequence)
                    .toList();
            Writes writes = new Writes();
            found.forEach(entry -> writes.delete(RECORDS, entry.key()));
            database.write(writes, Durability.WITH_THE_NEXT);
        } while (found.size() == SCAN_LIMIT);
    }

    @Override
    public synchronized void putClosedEpoch(ClosedEpoch closed) throws StoreException {
        PieceStoreRules.checkClosedEpoch(closedEpochCount, closed);
        database.write(new Writes().put(RECORDS, key('E', closed.epoch()), closed.encoded()), Durability.SYNCED);
        closedEpochCount = closed.epoch() + 1;
    }

    @Override
    public long closedEpochCount() {
        return closedEpochCount;
    }

    @Override
    public List<ClosedEpoch> closedEpochs(long fromEpoch, int limit) throws StoreException {
        List<ClosedEpoch> closed = new ArrayList<>();
        for (Entry entry : database.scan(RECORDS, prefix('E'), key('E', fromEpoch), limit)) {
            closed.add(decode(entry, reader -> ClosedEpoch.decode(reader.rest())));
        }
        return closed;
    }

    @Override
    public synchronized void putReceipt(StorageReceipt receipt) throws StoreException {
        PieceStoreRules.checkSegment(commitmentCount, receipt.segmentCount() - 1);
        Writes writes = new Writes();
        addReceipt(writes, receipt.replica(), receipt.firstSegment(), receipt.segmentCount());
        database.write(writes, Durability.WITH_THE_NEXT);
    }

    @Override
    public List<Integer> replicasWithoutReceipt(long segment, int replicaCount) throws StoreException {
        List<Integer> without = new ArrayList<>();
        for (int replica = 0; replica < replicaCount; replica++) {
            Optional<Entry> range = rangeUpTo(replica, segment);
            if (range.isEmpty() || numberAt(range.get().value(), 0) <= segment) {
                without.add(replica);
            }
        }
        return without;
    }

    @Override
    public void flushAndCompact() throws StoreException {
        database.flushAndCompact();
        boolean hints = rewriteIfWorthIt(HINTS, 'H');
        boolean undropped = rewriteIfWorthIt(UNDROPPED, 'U');
        if (hints || undropped) {
            database.flushAndCompact();
        }
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
        if (!Files.isDirectory(directory)) {
            throw new DirectoryAbsentException("archive: there is no directory " + directory);
        }
        return DurableCounter.requireValue(directory.resolve(HIGH_WATER));
    }

    private void put(Writes writes, Piece piece) {
        writes.put(pieceFamily(piece.index()), pieceKey(piece.segmentNumber(), piece.index()), piece.encoded());
        if (piece.index() != ownIndex) {
            writes.put(RECORDS, hintKey(piece.segmentNumber(), piece.index()), Bytes.EMPTY);
        }
    }

    private void raiseHighWater(long count) throws StoreException {
        if (highWater != null) {
            highWater.raise(count);
        }
    }

    /**
     * Adds a range to a replica's receipts, joined with those that it touches. A range that is held already changes nothing.
     */
    private void addReceipt(Writes writes, int replica, long first, long end) throws StoreException {
        long joinedFirst = first;
        long joinedEnd = end;
        Optional<Entry> before = rangeUpTo(replica, first);
        if (before.isPresent() && numberAt(before.get().value(), 0) >= first) {
            if (numberAt(before.get().value(), 0) >= end) {
                return;
            }
            joinedFirst = numberAt(before.get().key(), 3);
            joinedEnd = Math.max(joinedEnd, numberAt(before.get().value(), 0));
        }
        Bytes from = rangeKey(replica, first);
        List<Entry> next;
        do {
            next = database.scan(RECORDS, rangePrefix(replica), from, SCAN_LIMIT);
            for (Entry range : next) {
                long rangeFirst = numberAt(range.key(), 3);
                if (rangeFirst > joinedEnd) {
                    next = List.of();
                    break;
                }
                joinedEnd = Math.max(joinedEnd, numberAt(range.value(), 0));
                writes.delete(RECORDS, range.key());
                from = rangeKey(replica, rangeFirst + 1);
            }
        } while (next.size() == SCAN_LIMIT);
        writes.put(
                RECORDS,
                rangeKey(replica, joinedFirst),
                new ByteWriter(8).u64(joinedEnd).toBytes());
    }

    private Optional<Entry> rangeUpTo(int replica, long segment) throws StoreException {
        return database.lastUpTo(RECORDS, rangePrefix(replica), rangeKey(replica, segment));
    }

    /**
     * Puts the values of a family again when much of its files is garbage, so that compaction drops the old files whole. A
     * value that is rotten stays where it is: it is named by whoever reads it.
     */
    private boolean rewriteIfWorthIt(Family family, char marker) throws StoreException {
        if (database.garbageBytes(family) * 100 <= database.largeValueBytes(family) * GARBAGE_PERCENT) {
            return false;
        }
        Bytes from = prefix(marker);
        List<Entry> markers;
        do {
            markers = database.scan(RECORDS, prefix(marker), from, SCAN_LIMIT);
            for (Entry entry : markers) {
                rewrite(family, entry.key());
                from = Bytes.wrap(new ByteWriter().raw(entry.key()).u8(0).toByteArray());
            }
        } while (markers.size() == SCAN_LIMIT);
        return true;
    }

    private synchronized void rewrite(Family family, Bytes marker) throws StoreException {
        if (database.get(RECORDS, marker).isEmpty()) {
            return;
        }
        Bytes key = Bytes.copyOf(Arrays.copyOfRange(marker.readOnlyArray(), 1, marker.size()));
        try {
            Optional<Bytes> value = database.get(family, key);
            if (value.isPresent()) {
                database.write(new Writes().put(family, key, value.get()), Durability.WITH_THE_NEXT);
            }
        } catch (StoreCorruptException e) {
            LOG.warn("left where it is: {}", e.getMessage());
        }
    }

    private long countOf(char type) throws StoreException {
        Optional<Entry> last = database.lastUpTo(RECORDS, prefix(type), key(type, Long.MAX_VALUE));
        return last.isEmpty() ? 0 : numberAt(last.get().key(), 1) + 1;
    }

    private Family pieceFamily(int index) {
        return index == ownIndex ? PIECES : HINTS;
    }

    @FunctionalInterface
    private interface Decoder<T> {
        T decode(ByteReader reader) throws WireFormatException;
    }

    private static <T> T decode(Entry entry, Decoder<T> decoder) throws StoreCorruptException {
        ByteReader reader = new ByteReader(entry.value());
        try {
            T value = decoder.decode(reader);
            reader.end();
            return value;
        } catch (WireFormatException e) {
            throw new StoreCorruptException(
                    "archive: key %s: %s".formatted(entry.key().hex(), e.getMessage()), e);
        }
    }

    private static long numberAt(Bytes bytes, int offset) {
        long number = 0;
        for (int i = 0; i < Long.BYTES; i++) {
            number = number << 8 | (bytes.at(offset + i) & 0xff);
        }
        return number;
    }

    private static Bytes prefix(char type) {
        return new ByteWriter(1).u8(type).toBytes();
    }

    private static Bytes key(char type, long number) {
        return new ByteWriter(9).u8(type).u64(number).toBytes();
    }

    private static Bytes segmentKey(long segment) {
        return new ByteWriter(8).u64(segment).toBytes();
    }

    private static Bytes pieceKey(long segment, int index) {
        return new ByteWriter(10).u64(segment).u16(index).toBytes();
    }

    private static Bytes hintKey(long segment, int index) {
        return new ByteWriter(11).u8('H').u64(segment).u16(index).toBytes();
    }

    private static Bytes rangePrefix(int replica) {
        return new ByteWriter(3).u8('R').u16(replica).toBytes();
    }

    private static Bytes rangeKey(int replica, long first) {
        return new ByteWriter(11).u8('R').u16(replica).u64(first).toBytes();
    }
}
