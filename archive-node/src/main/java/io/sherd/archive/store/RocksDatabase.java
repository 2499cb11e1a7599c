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
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.CompactRangeOptions;
import org.rocksdb.FlushOptions;
import org.rocksdb.LiveFileMetaData;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.SstFileReader;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * A RocksDB that refuses rather than loses, and names what it finds wrong.
 *
 * <p>Every value carries a checksum over family, key and payload ({@link StoredValue}), so that rot, and a value that turns up under
 * another key, is noticed here and named with store, key, expected and found. The options are in {@link RocksOptions}. Nothing is ever created by {@link #open}: a directory with a missing file is refused as it is, since a
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

    private static final Bytes FORMAT_KEY = Bytes.wrap("sherd".getBytes(StandardCharsets.US_ASCII));
    private static final String BACKGROUND_ERRORS = "rocksdb.background-errors";
    private static final int MAX_STORE_NAME_BYTES = 64;

    /** Entries that {@link #replaceFamily} writes together. */
    private static final int WRITES_AT_ONCE = 1024;

    private final Path directory;
    private final Schema schema;
    private final RocksOptions.Access access;
    private final RocksConnection connection;
    private final WriteOptions synced;
    private final WriteOptions unsynced;
    private volatile @Nullable String failedWrite;

    private RocksDatabase(Path directory, Schema schema, RocksOptions.Access access) throws StoreException {
        this.directory = directory;
        this.schema = schema;
        this.access = access;
        this.connection = new RocksConnection(directory, schema, access);
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

    /**
     * Opens a database as {@link #openReadOnly} does, to see what the disk has: no cache of this process is asked, and every file is
     * opened by its name, also one that another opening of this database still has open after it was deleted.
     */
    static RocksDatabase openOnDisk(Path directory, Schema schema) throws StoreException {
        return openChecked(directory, schema, RocksOptions.Access.ON_DISK);
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
        try {
            return connection.ask(open -> {
                byte[] stored = open.rocks().get(open.handle(family), key.readOnlyArray());
                return stored == null
                        ? Optional.empty()
                        : Optional.of(StoredValue.open(schema.store, family, key, stored));
            });
        } catch (RocksDBException e) {
            throw failure("key " + key.hex() + " of " + family.name, e);
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

    /**
     * What can be read of a family some of whose blocks are rotten.
     *
     * @param entries whose own checksum is right, ascending by key
     * @param rotten how many values were met whose checksum is wrong
     * @param complete whether all blocks could be walked through; if not, what is behind the place is missing
     */
    public record Rescue(List<Entry> entries, long rotten, boolean complete) {

        /** Copies the list. */
        public Rescue {
            entries = List.copyOf(entries);
        }
    }

    /**
     * Everything in a family that has its own checksum, whatever RocksDB thinks of the block around it: blocks are not compressed, so
     * rot in one spoils the value that it is in and hardly ever the way to the next. An older version of a value may come up where
     * the newer one is rotten. What counts is what the disk says: no cache is asked.
     */
    public Rescue rescue(Family family) throws StoreException {
        List<Entry> entries = new ArrayList<>();
        boolean complete = true;
        long[] rotten = {0};
        try (RocksDatabase disk = new RocksDatabase(directory, schema, RocksOptions.Access.ON_DISK);
                ReadOptions options =
                        new ReadOptions().setVerifyChecksums(false).setFillCache(false)) {
            disk.iterate(family, options, iterator -> {
                for (iterator.seekToFirst(); iterator.isValid(); iterator.next()) {
                    try {
                        entries.add(entry(family, iterator));
                    } catch (StoreCorruptException e) {
                        rotten[0]++;
                    }
                }
            });
        } catch (StoreCorruptException e) {
            complete = false;
        }
        return new Rescue(entries, rotten[0], complete);
    }

    /**
     * Throws a family away, files and all, and puts entries in its place; the other families are not looked at. The database must be
     * closed. A crash in between leaves the family missing or incomplete: the caller must know how to do it again.
     */
    static void replaceFamily(Path directory, Schema schema, Family family, List<Entry> entries) throws StoreException {
        try (RocksDatabase old = new RocksDatabase(directory, schema, RocksOptions.Access.MEND)) {
            old.connection.change(open -> open.rocks().dropColumnFamily(open.handle(family)));
        } catch (RocksDBException e) {
            throw RocksErrors.failure(schema.store, "dropping " + family.name, e);
        }
        try (RocksDatabase empty = new RocksDatabase(directory, schema, RocksOptions.Access.MEND)) {
            for (int from = 0; from < entries.size(); from += WRITES_AT_ONCE) {
                Writes writes = new Writes();
                entries.subList(from, Math.min(entries.size(), from + WRITES_AT_ONCE))
                        .forEach(entry -> writes.put(family, entry.key, entry.value));
                empty.write(writes, Durability.WITH_THE_NEXT);
            }
            empty.flushAndCompact();
        }
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
        if (access == RocksOptions.Access.READ_ONLY || access == RocksOptions.Access.ON_DISK) {
            throw new IllegalStateException(schema.store + " is open for reading only");
        }
        String failed = failedWrite;
        if (failed != null) {
            throw new StoreException("%s: no more writes after one failed (%s); open it again to find out what is there"
                    .formatted(schema.store, failed));
        }
        try {
            connection.change(open -> put(open, writes, durability == Durability.SYNCED ? synced : unsynced));
        } catch (RocksDBException e) {
            failedWrite = RocksErrors.describe(e);
            throw failure("a write of %d values".formatted(writes.list.size()), e);
        }
    }

    /**
     * Writes everything to its place and drops what is superseded; the write-ahead log is empty afterwards. What is superseded
     * stays while there is no compaction.
     */
    public void flushAndCompact() throws StoreException {
        try {
            connection.change(RocksDatabase::flushAndCompact);
        } catch (RocksDBException e) {
            throw failure("flush and compaction", e);
        }
    }

    /** Whether rot was met, and nothing is compacted until the database is opened again. */
    public boolean isDamaged() {
        return connection.isDamaged();
    }

    private void put(RocksConnection.Native open, Writes writes, WriteOptions options)
            throws RocksDBException, StoreException {
        try (WriteBatch batch = new WriteBatch()) {
            for (Writes.Write write : writes.list) {
                if (write.value == null) {
                    batch.delete(open.handle(write.family), write.key.readOnlyArray());
                } else {
                    batch.put(
                            open.handle(write.family),
                            write.key.readOnlyArray(),
                            StoredValue.seal(write.family, write.key, write.value));
                }
            }
            open.rocks().write(options, batch);
            if (open.rocks().getLongProperty(BACKGROUND_ERRORS) > 0) {
                // An error that stands refuses the second time. One that does not was a full disk: RocksDB has flushed
                // again and gone on, only the count of errors has stayed.
                open.rocks().write(options, batch);
                failedWrite = "a flush or compaction failed in the background";
                throw new StoreException("%s: %s: %s".formatted(schema.store, directory, failedWrite));
            }
        }
    }

    private static void flushAndCompact(RocksConnection.Native open) throws RocksDBException {
        try (FlushOptions flush = new FlushOptions().setWaitForFlush(true);
                CompactRangeOptions compact = new CompactRangeOptions()
                        .setBottommostLevelCompaction(CompactRangeOptions.BottommostLevelCompaction.kForceOptimized)) {
            open.rocks().flush(flush, List.copyOf(open.handles().values()));
            if (open.compacting()) {
                for (ColumnFamilyHandle handle : open.handles().values()) {
                    open.rocks().compactRange(handle, null, null, compact);
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
        try {
            boolean _ = connection.ask(open -> {
                open.rocks().verifyChecksum();
                return true;
            });
        } catch (RocksDBException e) {
            throw failure("the checksums of its blocks", e);
        }
    }

    /** Checks the checksum of every block of one family's files, on the disk and not in any cache. */
    public void verifyBlocks(Family family) throws StoreException {
        for (Map.Entry<Path, String> table : tables().entrySet()) {
            // One that compaction has replaced meanwhile was read for that.
            if (table.getValue().equals(family.name) && Files.exists(table.getKey())) {
                verifyBlocks(table.getKey());
            }
        }
    }

    /** The tables that it has now, and of which family each is. */
    Map<Path, String> tables() throws StoreException {
        try {
            return connection.ask(open -> {
                Map<Path, String> tables = new LinkedHashMap<>();
                for (LiveFileMetaData table : open.rocks().getLiveFilesMetaData()) {
                    tables.put(
                            fileOf(table.fileName()), new String(table.columnFamilyName(), StandardCharsets.US_ASCII));
                }
                return tables;
            });
        } catch (RocksDBException e) {
            throw failure("the list of its tables", e);
        }
    }

    /** Checks the checksum of every block of one table, on the disk and not in any cache. */
    void verifyBlocks(Path table) throws StoreException {
        try (Options options = new Options();
                SstFileReader reader = new SstFileReader(options)) {
            reader.open(table.toString());
            reader.verifyChecksum();
        } catch (RocksDBException e) {
            throw failure("the checksums of the blocks of " + table.getFileName(), e);
        }
    }

    /** Its files, to be looked at. */
    public DatabaseFiles files() {
        return new DatabaseFiles(this);
    }

    /** The files that make it up now, but for the log in use. */
    List<Path> liveFiles() throws StoreException {
        try {
            return connection.ask(open -> open.rocks().getLiveFiles(false).files.stream()
                    .map(this::fileOf)
                    .toList());
        } catch (RocksDBException e) {
            throw failure("the list of its files", e);
        }
    }

    private Path fileOf(String name) {
        return directory.resolve(name.replace("/", ""));
    }

    @Override
    public void close() throws StoreException {
        try {
            connection.close();
        } catch (RocksDBException e) {
            throw failure("closing", e);
        } finally {
            synced.close();
            unsynced.close();
        }
    }

    @FunctionalInterface
    private interface Walk {
        void over(RocksIterator iterator) throws StoreException;
    }

    private void iterate(Family family, Walk walk) throws StoreException {
        try (ReadOptions options = new ReadOptions()) {
            iterate(family, options, walk);
        }
    }

    private void iterate(Family family, ReadOptions options, Walk walk) throws StoreException {
        if (family.large) {
            // An iterator reads each value it passes, so one that is rotten would hide all that follow.
            throw new IllegalArgumentException(family.name + " is read by key only");
        }
        try {
            boolean _ = connection.ask(open -> {
                try (RocksIterator iterator = open.rocks().newIterator(open.handle(family), options)) {
                    walk.over(iterator);
                    iterator.status();
                    return true;
                }
            });
        } catch (RocksDBException e) {
            throw failure("a scan of " + family.name, e);
        }
    }

    private Entry entry(Family family, RocksIterator iterator) throws StoreException {
        Bytes key = Bytes.wrap(iterator.key());
        return new Entry(key, StoredValue.open(schema.store, family, key, iterator.value()));
    }

    private long property(Family family, String name) throws StoreException {
        try {
            return connection.ask(open -> open.rocks().getLongProperty(open.handle(family), name));
        } catch (RocksDBException e) {
            throw failure(name, e);
        }
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
        DataDirectory.requirePart(schema.store, directory);
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
        return RocksErrors.failure(schema.store, what, e, connection.namer());
    }
}
