package io.sherd.archive.store;

import java.util.List;
import java.util.Properties;
import org.rocksdb.AbstractNativeReference;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Cache;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.Filter;
import org.rocksdb.LRUCache;
import org.rocksdb.WALRecoveryMode;

/**
 * The options of every database, each chosen so that it refuses rather than loses, or so that it stays small.
 *
 * <ul>
 *   <li>{@code TolerateCorruptedTailRecords}: a write-ahead log whose end is torn opens without that end, which was never
 *       answered; rot anywhere before it refuses. RocksDB's own default opens with whatever came before the rot.
 *   <li>{@code track_and_verify_wals_in_manifest}: a finished log that is missing or short refuses. The log in use is not
 *       tracked: for its loss there is {@link DurableCounter}.
 *   <li>{@code max_bgerror_resume_count} 0: a flush that failed is not tried again behind our back. Every later write fails, and
 *       whoever opens the directory next finds out what is there. A full disk is the exception, where another part of RocksDB goes
 *       on as soon as there is space: {@link RocksDatabase#write} notices that.
 *   <li>Nothing is created except by {@link Access#CREATE}: with createIfMissing a second open would begin anew.
 *   <li>No preallocation and no log files: the space taken is the space used, and a warning goes to the program's log.
 *   <li>Large values in files of their own, never collected in the background: collecting reads values, and one that is
 *       rotten would stop the whole database. Their owner rewrites them when it is worth it.
 * </ul>
 */
final class RocksOptions {

    /** The family that every database has; it holds the format record. */
    static final RocksDatabase.Family DEFAULT_FAMILY = new RocksDatabase.Family("default", false);

    private static final int MIB = 1 << 20;

    /** Shared by every database of the process: blocks of keys and small values. */
    private static final long BLOCK_CACHE_BYTES = 16 * MIB;

    /**
     * Of one family, before it is written to its files; at most two are held. Votes and full bytes are deleted again within seconds:
     * what is deleted before its buffer is full is never written to a file.
     */
    private static final long WRITE_BUFFER_BYTES = 32 * MIB;

    /** Of all families of one database together. */
    private static final long ALL_WRITE_BUFFERS_BYTES = 64 * MIB;

    /** Families that were not written for long are flushed so that the log does not grow beyond this. */
    private static final long WRITE_AHEAD_LOG_BYTES = 64 * MIB;

    private static final int MAX_OPEN_FILES = 128;
    private static final long MANIFEST_BYTES = MIB;
    private static final int BITS_PER_KEY = 10;

    static {
        NativeLibraries.load();
    }

    private static final Cache BLOCK_CACHE = new LRUCache(BLOCK_CACHE_BYTES);
    private static final Filter FILTER = new BloomFilter(BITS_PER_KEY, false);

    private RocksOptions() {}

    /** What a database is opened for. */
    enum Access {
        CREATE,
        READ_WRITE,
        READ_ONLY,
        /** As {@link #READ_ONLY}, and nothing is taken from a cache: what counts is what the disk says. */
        ON_DISK,
        /** To put a family anew whose files cannot be read: they are not looked at, and nothing is compacted. */
        MEND
    }

    static DBOptions database(String store, Access access, List<AbstractNativeReference> resources) {
        // These options have no setters in Java.
        Properties properties = new Properties();
        properties.setProperty("track_and_verify_wals_in_manifest", "true");
        properties.setProperty("max_bgerror_resume_count", "0");
        DBOptions options = DBOptions.getDBOptionsFromProps(properties);
        RocksLog log = new RocksLog(store);
        resources.add(options);
        resources.add(log);
        return options.setCreateIfMissing(access == Access.CREATE)
                .setCreateMissingColumnFamilies(access == Access.CREATE || access == Access.MEND)
                .setErrorIfExists(access == Access.CREATE)
                .setParanoidChecks(access != Access.MEND)
                .setWalRecoveryMode(WALRecoveryMode.TolerateCorruptedTailRecords)
                .setAllowFAllocate(false)
                .setLogger(log)
                .setMaxManifestFileSize(MANIFEST_BYTES)
                .setManifestPreallocationSize(0)
                .setMaxOpenFiles(MAX_OPEN_FILES)
                .setDbWriteBufferSize(ALL_WRITE_BUFFERS_BYTES)
                .setMaxTotalWalSize(WRITE_AHEAD_LOG_BYTES)
                .setMaxBackgroundJobs(2)
                .setStatsDumpPeriodSec(0)
                .setStatsPersistPeriodSec(0);
    }

    static ColumnFamilyOptions family(
            RocksDatabase.Family family, Access access, boolean compacting, List<AbstractNativeReference> resources) {
        ColumnFamilyOptions options = new ColumnFamilyOptions();
        resources.add(options);
        return options.setWriteBufferSize(WRITE_BUFFER_BYTES)
                .setMaxWriteBufferNumber(2)
                .setDisableAutoCompactions(!compacting)
                .setCompressionType(CompressionType.NO_COMPRESSION)
                .setParanoidFileChecks(true)
                .setForceConsistencyChecks(true)
                .setTableFormatConfig(table(access))
                .setEnableBlobFiles(family.large())
                .setMinBlobSize(0)
                .setBlobCompressionType(CompressionType.NO_COMPRESSION)
                .setEnableBlobGarbageCollection(false);
    }

    private static BlockBasedTableConfig table(Access access) {
        BlockBasedTableConfig table = new BlockBasedTableConfig().setFilterPolicy(FILTER);
        return access == Access.ON_DISK
                ? table.setNoBlockCache(true)
                : table.setBlockCache(BLOCK_CACHE).setCacheIndexAndFilterBlocks(true);
    }

    static void closeAll(List<AbstractNativeReference> resources) {
        for (AbstractNativeReference resource : resources) {
            resource.close();
        }
        resources.clear();
    }
}
