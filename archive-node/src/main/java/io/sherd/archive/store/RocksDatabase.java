package io.sherd.archive.store;

import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.rocksdb.AbstractNativeReference;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.CompactRangeOptions;
import org.rocksdb.DBOptions;
import org.rocksdb.FlushOptions;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Status;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A RocksDB that refuses rather than loses, and names what it finds wrong.
 *
 * <p>Every value is stored as {@code payload | CRC-32C (4)} with the checksum over family, key and payload, so that rot, and a
 * value that turns up under another key, is noticed here and named with store, key, expected and found. The options are in
 * {@link RocksOptions}. Nothing is ever created by {@link #open}: a directory with a missing file is refused as it is, since a
 * database that creates what it misses would open empty the second time.
 *
 * <p>After a write failed it is unknown, not undone: every later write is refused, and what is on the disk is found out by
 * opening the directory again. The same holds after a flush or compaction failed in the background, even where RocksDB goes on by
 * itself. Thread-safe; a call after {@link #close} is refused.
 *
 * <p>Rot that compaction meets would stop every later write of the database. Where the schema says {@link OnRot#KEEP_WRITING},
 * the database is opened again without compaction instead: files grow in number until the directory is repaired or restored,
 * what is rotten is named by whoever reads it, and everything else goes on.
 */
public final class RocksDatabase implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(RocksDatabase.class);

    private static final Bytes FORMAT_KEY = Bytes.wrap("sherd".getBytes(StandardCharsets.US_ASCII));
    private static final String BACKGROUND_ERRORS = "rocksdb.background-errors";
    private static final int MAX_STORE_NAME_BYTES = 64;
    private static final int CHECKSUM_BYTES = 4;

    private final Path directory;
    private final Schema schema;
    private final RocksOptions.Access access;
    private final WriteOptions synced;
    private final WriteOptions unsynced;
    private final ReadWriteLock lifecycle = new ReentrantReadWriteLock();
    private volatile @Nullable String failedWrite;

    // Changed only under the write lock.
    private Native database;
    private boolean closed;
    private boolean compacting = true;

    private RocksDatabase(Path directory, Schema schema, RocksOptions.Access access) throws StoreException {
        this.directory = directory;
        this.schema = schema;
        this.access = access;
        this.database = Native.open(directory, schema, access, true);
        this.synced = new WriteOptions().setSync(true);
        this.unsynced = new WriteOptions();
    }

    /** What a database does when compaction meets a block that is not what was written. */
    public enum OnRot {
        /** Refuses every later write. */
        STOP_WRITING,
        /** Compacts no more, and goes on. */
        KEEP_WRITING
    }

    /** An open database of RocksDB, with everything that has to be closed with it. */
    private record Native(
            RocksDB rocks, Map<Family, ColumnFamilyHandle> handles, List<AbstractNativeReference> resources) {

        static Native open(Path directory, Schema schema, RocksOptions.Access access, boolean compacting)
                throws StoreException {
            List<AbstractNativeReference> resources = new ArrayList<>();
            List<Family> families = new ArrayList<>(List.of(RocksOptions.DEFAULT_FAMILY));
            families.addAll(schema.families);
            DBOptions options = RocksOptions.database(schema.store, access, resources);
            List<ColumnFamilyDescriptor> descriptors = families.stream()
                    .map(family -> new ColumnFamilyDescriptor(
                            family.name.getBytes(StandardCharsets.US_ASCII),
                            RocksOptions.family(family, compacting, resources)))
                    .toList();
            List<ColumnFamilyHandle> opened = new ArrayList<>();
            try {
                RocksDB rocks = access == RocksOptions.Access.READ_ONLY
                        ? RocksDB.openReadOnly(options, directory.toString(), descriptors, opened, false)
                        : RocksDB.open(options, directory.toString(), descriptors, opened);
                Map<Family, ColumnFamilyHandle> handles = new LinkedHashMap<>();
                for (int i = 0; i < families.size(); i++) {
                    handles.put(families.get(i), opened.get(i));
                }
                return new Native(rocks, handles, resources);
            } catch (RocksDBException e) {
                RocksOptions.closeAll(resources);
                String message = "%s: %s cannot be opened: %s".formatted(schema.store, directory, describe(e));
                throw isCorruption(e) ? new StoreCorruptException(message, e) : new StoreException(message, e);
            }
        }

        void close() throws RocksDBException {
            try {
                handles.values().forEach(ColumnFamilyHandle::close);
                rocks.closeE();
            } finally {
                RocksOptions.closeAll(resources);
            }
        }
    }

    /**
     * What a database holds.
     *
     * @param store its name in messages and in its format record
     * @param formatVersion the only version of keys and values that is read
     * @param families its key spaces
     * @param onRot what it does about rot that compaction meets
     */
    public record Schema(String store, int formatVersion, List<Family> families, OnRot onRot) {

        /** Copies the list. */
        public Schema {
            families = List.copyOf(families);
        }
    }

    /**
     * A key space of its own.
     *
     * @param name its name on disk
     * @param large whether values are kept in files apart from the keys: rot in one hurts only that one, and keys can be
     *     compacted without reading values. Such a family is read by key only, never scanned
     */
    public record Family(String name, boolean large) {}

    /**
     * A key and its value, checked.
     *
     * @param key the key
     * @param value the payload
     */
    public record Entry(Bytes key, Bytes value) {}

    /** Makes the files that a store keeps beside its database. */
    @FunctionalInterface
    public interface Companions {

        /** Makes them in the directory that will get its name when they are there. */
        void makeIn(Path directory) throws IOException;
    }

    /** When a write that returned survives a power failure. */
    public enum Durability {
        /** At once. */
        SYNCED,
        /** With the next synced write; a killed process loses nothing. */
        WITH_THE_NEXT
    }

    /** Writes that happen together or not at all. Not thread-safe; used once. */
    public static final class Writes {

        private record Write(
                Family family, Bytes key, @Nullable Bytes value) {}

        private final List<Write> list = new ArrayList<>();

        /** No writes yet. */
        public Writes() {}

        /** Gives a key a value. */
        public Writes put(Family family, Bytes key, Bytes value) {
            list.add(new Write(family, key, value));
            return this;
        }

        /** Takes a key's value away, if it has one. */
        public Writes delete(Family family, Bytes key) {
            list.add(new Write(family, key, null));
            return this;
        }
    }

    /**
     * Makes an empty database: built aside and renamed, so that a crash leaves nothing under this name.
     *
     * @param directory where; absent, or an empty directory
     * @param schema what it will hold
     * @param owner whose data it will hold
     * @param content what it holds from the beginning
     * @param companions makes what else stands in the directory
     * @throws UnsafeDirectoryException if something is there
     */
    public static void create(Path directory, Schema schema, StoreOwner owner, Writes content, Companions companions)
            throws StoreException {
        Path aside = DurableFiles.aside(directory);
        try {
            DurableFiles.requireVacant(directory);
            DurableFiles.deleteTree(aside);
            Files.createDirectories(aside);
            try (RocksDatabase database = new RocksDatabase(aside, schema, RocksOptions.Access.CREATE)) {
                database.write(
                        content.put(RocksOptions.DEFAULT_FAMILY, FORMAT_KEY, formatRecord(schema, owner)),
                        Durability.SYNCED);
                database.flushAndCompact();
            }
            companions.makeIn(aside);
            DurableFiles.syncDirectory(aside);
            DurableFiles.rename(aside, directory);
        } catch (IOException e) {
            throw new StoreException(schema.store + ": cannot be created in " + directory, e);
        }
    }

    /**
     * Opens a database that {@link #create} made.
     *
     * @throws DirectoryAbsentException if there is no directory
     * @throws UnsafeDirectoryException if it is another owner's
     * @throws UnsupportedFormatException if it is of another format
     * @throws StoreCorruptException if something in it is missing or not what was written
     */
    public static RocksDatabase open(Path directory, Schema schema, StoreOwner owner) throws StoreException {
        RocksDatabase database = openChecked(directory, schema, RocksOptions.Access.READ_WRITE);
        StoreOwner found = database.owner();
        if (!found.equals(owner)) {
            database.close();
            throw new UnsafeDirectoryException(
                    "%s: %s holds the data of %s, not of %s".formatted(schema.store, directory, found, owner));
        }
        return database;
    }

    /**
     * Opens a database without ever writing to its directory, also while another process has it open; what that process
     * writes later is not seen. Fails as {@link #open} does, but takes any owner.
     */
    public static RocksDatabase openReadOnly(Path directory, Schema schema) throws StoreException {
        return openChecked(directory, schema, RocksOptions.Access.READ_ONLY);
    }

    /** The format of its keys and values, as {@code store/version}: the only one that {@link #owner} lets pass. */
    public String format() {
        return schema.store + "/" + schema.formatVersion;
    }

    /** Whose data this is. */
    public StoreOwner owner() throws StoreException {
        Bytes format = get(RocksOptions.DEFAULT_FAMILY, FORMAT_KEY)
                .orElseThrow(() ->
                        new StoreCorruptException("%s: %s has no format record".formatted(schema.store, directory)));
        ByteReader reader = new ByteReader(format);
        try {
            String store = reader.text(MAX_STORE_NAME_BYTES);
            int version = reader.u16();
            if (!store.equals(schema.store) || version != schema.formatVersion) {
                throw new UnsupportedFormatException("%s holds format %s/%d, this program reads %s/%d"
                        .formatted(directory, store, version, schema.store, schema.formatVersion));
            }
            StoreOwner owner = StoreOwner.decode(reader);
            reader.end();
            return owner;
        } catch (WireFormatException e) {
            throw new StoreCorruptException(schema.store + ": the format record: " + e.getMessage(), e);
        }
    }

    /** The value of a key. */
    public Optional<Bytes> get(Family family, Bytes key) throws StoreException {
        Lock use = use();
        try {
            byte[] stored = database.rocks.get(handle(family), key.readOnlyArray());
            return stored == null ? Optional.empty() : Optional.of(checked(family, key, stored));
        } catch (RocksDBException e) {
            throw failure("key " + key.hex() + " of " + family.name, e);
        } finally {
            use.unlock();
        }
    }

    /** Entries whose keys have a prefix, ascending from the first key at or after {@code from}, at most {@code limit}. */
    public List<Entry> scan(Family family, Bytes prefix, Bytes from, int limit) throws StoreException {
        List<Entry> entries = new ArrayList<>();
        iterate(family, iterator -> {
            for (iterator.seek(from.readOnlyArray());
                    entries.size() < limit && iterator.isValid() && startsWith(iterator.key(), prefix);
                    iterator.next()) {
                entries.add(entry(family, iterator));
            }
        });
        return entries;
    }

    /** The last entry at or before {@code last} whose key has a prefix. */
    public Optional<Entry> lastUpTo(Family family, Bytes prefix, Bytes last) throws StoreException {
        List<Entry> entries = new ArrayList<>(1);
        iterate(family, iterator -> {
            iterator.seekForPrev(last.readOnlyArray());
            if (iterator.isValid() && startsWith(iterator.key(), prefix)) {
                entries.add(entry(family, iterator));
            }
        });
        return entries.stream().findFirst();
    }

    /** Performs writes, all or none. */
    public void write(Writes writes, Durability durability) throws StoreException {
        if (access == RocksOptions.Access.READ_ONLY) {
            throw new IllegalStateException(schema.store + " is open for reading only");
        }
        String failed = failedWrite;
        if (failed != null) {
            throw new StoreException("%s: no more writes after one failed (%s); open it again to find out what is there"
                    .formatted(schema.store, failed));
        }
        try {
            unlessRotten(() -> put(writes, durability == Durability.SYNCED ? synced : unsynced));
        } catch (RocksDBException e) {
            failedWrite = describe(e);
            throw failure("a write of %d values".formatted(writes.list.size()), e);
        }
    }

    /**
     * Writes everything to its place and drops what is superseded; the write-ahead log is empty afterwards. What is superseded
     * stays while there is no compaction.
     */
    public void flushAndCompact() throws StoreException {
        try {
            unlessRotten(this::flushNative);
        } catch (RocksDBException e) {
            throw failure("flush and compaction", e);
        }
    }

    /** Whether rot was met, and nothing is compacted until the database is opened again. */
    public boolean isDamaged() {
        lifecycle.readLock().lock();
        try {
            return !compacting;
        } finally {
            lifecycle.readLock().unlock();
        }
    }

    @FunctionalInterface
    private interface Work {
        void run() throws RocksDBException, StoreException;
    }

    /**
     * Does work that changes the database. If rot stopped it, and the schema says so, once more without compaction: such work
     * was refused before it began, and doing a whole batch of writes twice is doing it once.
     */
    private void unlessRotten(Work work) throws StoreException, RocksDBException {
        RocksDBException rot;
        Lock use = use();
        try {
            work.run();
            return;
        } catch (RocksDBException e) {
            if (schema.onRot == OnRot.STOP_WRITING || !isCorruption(e) || !compacting) {
                throw e;
            }
            rot = e;
        } finally {
            use.unlock();
        }
        stopCompacting(rot);
        Lock again = use();
        try {
            work.run();
        } finally {
            again.unlock();
        }
    }

    private void stopCompacting(RocksDBException rot) throws StoreException {
        lifecycle.writeLock().lock();
        try {
            if (closed || !compacting) {
                return;
            }
            LOG.error("{}: it goes on without compaction; verify and repair it: {}", schema.store, describe(rot));
            try {
                database.close();
            } catch (RocksDBException e) {
                // The rot again, or a second trouble that the next open tells of.
                LOG.warn("{}: while closing: {}", schema.store, describe(e));
            }
            closed = true;
            database = Native.open(directory, schema, access, false);
            closed = false;
            compacting = false;
        } finally {
            lifecycle.writeLock().unlock();
        }
    }

    /** Under the read lock. */
    private void put(Writes writes, WriteOptions options) throws RocksDBException, StoreException {
        try (WriteBatch batch = new WriteBatch()) {
            for (Writes.Write write : writes.list) {
                if (write.value == null) {
                    batch.delete(handle(write.family), write.key.readOnlyArray());
                } else {
                    batch.put(
                            handle(write.family),
                            write.key.readOnlyArray(),
                            withChecksum(write.family, write.key, write.value));
                }
            }
            database.rocks.write(options, batch);
            if (database.rocks.getLongProperty(BACKGROUND_ERRORS) > 0) {
                // An error that stands refuses the second time. One that does not was a full disk: RocksDB has flushed
                // again and
                // gone on, only the count of errors has stayed.
                database.rocks.write(options, batch);
                failedWrite = "a flush or compaction failed in the background";
                throw new StoreException("%s: %s: %s".formatted(schema.store, directory, failedWrite));
            }
        }
    }

    /** Under the read lock. */
    private void flushNative() throws RocksDBException {
        try (FlushOptions flush = new FlushOptions().setWaitForFlush(true);
                CompactRangeOptions compact = new CompactRangeOptions()
                        .setBottommostLevelCompaction(CompactRangeOptions.BottommostLevelCompaction.kForceOptimized)) {
            database.rocks.flush(flush, List.copyOf(database.handles.values()));
            if (compacting) {
                for (ColumnFamilyHandle handle : database.handles.values()) {
                    database.rocks.compactRange(handle, null, null, compact);
                }
            }
        }
    }

    /** Bytes of values of a large family that nothing refers to any more, but that still take space. */
    public long garbageBytes(Family family) throws StoreException {
        return property(family, "rocksdb.live-blob-file-garbage-size");
    }

    /** Bytes of the value files of a large family. */
    public long largeValueBytes(Family family) throws StoreException {
        return property(family, "rocksdb.live-blob-file-size");
    }

    /** Checks the checksum of every block of keys and small values; of large values none, they are checked when read. */
    public void verifyBlocks() throws StoreException {
        Lock use = use();
        try {
            database.rocks.verifyChecksum();
        } catch (RocksDBException e) {
            throw failure("the checksums of its blocks", e);
        } finally {
            use.unlock();
        }
    }

    @Override
    public void close() throws StoreException {
        lifecycle.writeLock().lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            synced.close();
            unsynced.close();
            database.close();
        } catch (RocksDBException e) {
            throw failure("closing", e);
        } finally {
            lifecycle.writeLock().unlock();
        }
    }

    @FunctionalInterface
    private interface Walk {
        void over(RocksIterator iterator) throws StoreException;
    }

    private void iterate(Family family, Walk walk) throws StoreException {
        if (family.large) {
            // An iterator reads each value it passes, so one that is rotten would hide all that follow.
            throw new IllegalArgumentException(family.name + " is read by key only");
        }
        Lock use = use();
        try (ReadOptions options = new ReadOptions();
                RocksIterator iterator = database.rocks.newIterator(handle(family), options)) {
            walk.over(iterator);
            iterator.status();
        } catch (RocksDBException e) {
            throw failure("a scan of " + family.name, e);
        } finally {
            use.unlock();
        }
    }

    private Entry entry(Family family, RocksIterator iterator) throws StoreException {
        Bytes key = Bytes.wrap(iterator.key());
        return new Entry(key, checked(family, key, iterator.value()));
    }

    private long property(Family family, String name) throws StoreException {
        Lock use = use();
        try {
            return database.rocks.getLongProperty(handle(family), name);
        } catch (RocksDBException e) {
            throw failure(name, e);
        } finally {
            use.unlock();
        }
    }

    private ColumnFamilyHandle handle(Family family) {
        ColumnFamilyHandle handle = database.handles.get(family);
        if (handle == null) {
            throw new IllegalArgumentException(schema.store + " has no family " + family.name);
        }
        return handle;
    }

    /** Keeps the native database from being closed under a call: without it, that call would crash the process. */
    private Lock use() throws StoreException {
        Lock lock = lifecycle.readLock();
        lock.lock();
        if (closed) {
            lock.unlock();
            throw new StoreException(schema.store + " is closed");
        }
        return lock;
    }

    private Bytes checked(Family family, Bytes key, byte[] stored) throws StoreCorruptException {
        int payloadBytes = stored.length - CHECKSUM_BYTES;
        if (payloadBytes < 0) {
            throw new StoreCorruptException("%s: key %s of %s: a value of %d bytes, shorter than its checksum"
                    .formatted(schema.store, key.hex(), family.name, stored.length));
        }
        int expected = checksum(family, key, stored, payloadBytes);
        int found = (stored[payloadBytes] & 0xff) << 24
                | (stored[payloadBytes + 1] & 0xff) << 16
                | (stored[payloadBytes + 2] & 0xff) << 8
                | (stored[payloadBytes + 3] & 0xff);
        if (expected != found) {
            throw new StoreCorruptException("%s: key %s of %s: checksum %08x expected, %08x found"
                    .formatted(schema.store, key.hex(), family.name, expected, found));
        }
        return Bytes.wrap(Arrays.copyOf(stored, payloadBytes));
    }

    private static byte[] withChecksum(Family family, Bytes key, Bytes value) {
        int size = value.size();
        byte[] stored = Arrays.copyOf(value.readOnlyArray(), size + CHECKSUM_BYTES);
        int checksum = checksum(family, key, stored, size);
        stored[size] = (byte) (checksum >>> 24);
        stored[size + 1] = (byte) (checksum >>> 16);
        stored[size + 2] = (byte) (checksum >>> 8);
        stored[size + 3] = (byte) checksum;
        return stored;
    }

    private static int checksum(Family family, Bytes key, byte[] payload, int payloadBytes) {
        CRC32C checksum = new CRC32C();
        checksum.update(family.name.getBytes(StandardCharsets.US_ASCII));
        checksum.update(key.readOnlyArray());
        checksum.update(payload, 0, payloadBytes);
        return (int) checksum.getValue();
    }

    private static boolean startsWith(byte[] key, Bytes prefix) {
        int size = prefix.size();
        return key.length >= size && Arrays.equals(key, 0, size, prefix.readOnlyArray(), 0, size);
    }

    private static Bytes formatRecord(Schema schema, StoreOwner owner) {
        ByteWriter writer = new ByteWriter().text(schema.store).u16(schema.formatVersion);
        owner.encode(writer);
        return writer.toBytes();
    }

    private static RocksDatabase openChecked(Path directory, Schema schema, RocksOptions.Access access)
            throws StoreException {
        if (!Files.isDirectory(directory)) {
            throw new DirectoryAbsentException("%s: there is no directory %s".formatted(schema.store, directory));
        }
        if (!Files.exists(directory.resolve("CURRENT"))) {
            throw new StoreCorruptException(
                    "%s: %s has no file CURRENT; nothing was created".formatted(schema.store, directory));
        }
        RocksDatabase database = new RocksDatabase(directory, schema, access);
        try {
            StoreOwner _ = database.owner();
            return database;
        } catch (StoreException e) {
            database.close();
            throw e;
        }
    }

    private StoreException failure(String what, RocksDBException e) {
        String message = "%s: %s: %s".formatted(schema.store, what, describe(e));
        return isCorruption(e) ? new StoreCorruptException(message, e) : new StoreException(message, e);
    }

    private static boolean isCorruption(RocksDBException e) {
        Status status = e.getStatus();
        return status != null && status.getCode() == Status.Code.Corruption;
    }

    private static String describe(RocksDBException e) {
        Status status = e.getStatus();
        return (status == null ? "" : status.getCodeString() + ": ") + e.getMessage();
    }
}
