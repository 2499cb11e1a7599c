package io.sherd.archive.store;

import io.sherd.archive.store.RocksDatabase.Family;
import io.sherd.archive.store.RocksDatabase.OnRot;
import io.sherd.archive.store.RocksDatabase.Schema;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.UnaryOperator;
import org.rocksdb.AbstractNativeReference;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.DBOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The native database behind a {@link RocksDatabase}. It is never closed under a call, which would crash the process. Where rot
 * stopped it, and the schema says {@link OnRot#KEEP_WRITING}, it is opened again without compaction. Thread-safe.
 */
final class RocksConnection {

    private static final Logger LOG = LoggerFactory.getLogger(RocksConnection.class);

    private final Path directory;
    private final Schema schema;
    private final RocksOptions.Access access;
    private final ReadWriteLock lifecycle = new ReentrantReadWriteLock();

    // Changed only under the write lock.
    private Native database;
    private boolean closed;

    RocksConnection(Path directory, Schema schema, RocksOptions.Access access) throws StoreException {
        this.directory = directory;
        this.schema = schema;
        this.access = access;
        this.database = open(access != RocksOptions.Access.MEND && access != RocksOptions.Access.ON_DISK);
    }

    /** Asks the open database. */
    @FunctionalInterface
    interface Question<T> {

        T of(Native open) throws RocksDBException, StoreException;
    }

    /** Changes the open database. */
    @FunctionalInterface
    interface Change {

        void of(Native open) throws RocksDBException, StoreException;
    }

    /**
     * An open database of RocksDB, with everything that has to be closed with it.
     *
     * @param schema what it holds
     * @param compacting whether it compacts
     * @param rocks the database
     * @param handles its families
     * @param resources its options
     * @param links what was opened in the place of the directory, where it is only looked at
     */
    record Native(
            Schema schema,
            boolean compacting,
            RocksDB rocks,
            Map<Family, ColumnFamilyHandle> handles,
            List<AbstractNativeReference> resources,
            Optional<LinkedDirectory> links) {

        ColumnFamilyHandle handle(Family family) {
            ColumnFamilyHandle handle = handles.get(family);
            if (handle == null) {
                throw new IllegalArgumentException(schema.store() + " has no family " + family.name());
            }
            return handle;
        }

        private void close() throws RocksDBException {
            try {
                handles.values().forEach(ColumnFamilyHandle::close);
                rocks.closeE();
            } finally {
                RocksOptions.closeAll(resources);
                links.ifPresent(RocksConnection::remove);
            }
        }
    }

    /** The answer to a question. */
    <T> T ask(Question<T> question) throws RocksDBException, StoreException {
        Lock use = lifecycle.readLock();
        use.lock();
        try {
            return question.of(open());
        } finally {
            use.unlock();
        }
    }

    /**
     * Makes a change. If rot stopped it, and the schema says so, once more without compaction: such a change was refused before it
     * began, and doing a whole batch of writes twice is doing it once.
     */
    void change(Change change) throws RocksDBException, StoreException {
        RocksDBException rot;
        Lock use = lifecycle.readLock();
        use.lock();
        try {
            change.of(open());
            return;
        } catch (RocksDBException e) {
            if (schema.onRot() == OnRot.STOP_WRITING || !RocksErrors.isCorruption(e) || !database.compacting) {
                throw e;
            }
            rot = e;
        } finally {
            use.unlock();
        }
        stopCompacting(rot);
        use.lock();
        try {
            change.of(open());
        } finally {
            use.unlock();
        }
    }

    /** Whether rot was met, and nothing is compacted until the directory is opened again. */
    boolean isDamaged() {
        lifecycle.readLock().lock();
        try {
            return !database.compacting;
        } finally {
            lifecycle.readLock().unlock();
        }
    }

    /** What RocksDB says of files, with the names that they have for others. */
    UnaryOperator<String> namer() {
        lifecycle.readLock().lock();
        try {
            return namer(database.links);
        } finally {
            lifecycle.readLock().unlock();
        }
    }

    /** Closes the database once the calls that are under way have ended. */
    void close() throws RocksDBException {
        lifecycle.writeLock().lock();
        try {
            if (!closed) {
                closed = true;
                database.close();
            }
        } finally {
            lifecycle.writeLock().unlock();
        }
    }

    /** Under the read lock. */
    private Native open() throws StoreException {
        if (closed) {
            throw new StoreException(schema.store() + " is closed");
        }
        return database;
    }

    private void stopCompacting(RocksDBException rot) throws StoreException {
        lifecycle.writeLock().lock();
        try {
            if (closed || !database.compacting) {
                return;
            }
            LOG.error(
                    "{}: it goes on without compaction; verify and repair it: {}",
                    schema.store(),
                    RocksErrors.describe(rot));
            try {
                database.close();
            } catch (RocksDBException e) {
                // The rot again, or a second trouble that the next open tells of.
                LOG.warn("{}: while closing: {}", schema.store(), RocksErrors.describe(e));
            }
            closed = true;
            database = open(false);
            closed = false;
        } finally {
            lifecycle.writeLock().unlock();
        }
    }

    private Native open(boolean compacting) throws StoreException {
        List<AbstractNativeReference> resources = new ArrayList<>();
        List<Family> families = new ArrayList<>(List.of(RocksOptions.DEFAULT_FAMILY));
        families.addAll(schema.families());
        DBOptions options = RocksOptions.database(schema.store(), access, resources);
        List<ColumnFamilyDescriptor> descriptors = families.stream()
                .map(family -> new ColumnFamilyDescriptor(
                        family.name().getBytes(StandardCharsets.US_ASCII),
                        RocksOptions.family(family, access, compacting, resources)))
                .toList();
        List<ColumnFamilyHandle> opened = new ArrayList<>();
        boolean readOnly = access == RocksOptions.Access.READ_ONLY || access == RocksOptions.Access.ON_DISK;
        Optional<LinkedDirectory> links = readOnly ? Optional.of(linked()) : Optional.empty();
        try {
            RocksDB rocks = links.isPresent()
                    ? RocksDB.openReadOnly(options, links.get().path().toString(), descriptors, opened, false)
                    : RocksDB.open(options, directory.toString(), descriptors, opened);
            Map<Family, ColumnFamilyHandle> handles = new LinkedHashMap<>();
            for (int i = 0; i < families.size(); i++) {
                handles.put(families.get(i), opened.get(i));
            }
            return new Native(schema, compacting, rocks, handles, resources, links);
        } catch (RocksDBException e) {
            RocksOptions.closeAll(resources);
            StoreException failure = RocksErrors.openFailure(schema.store(), directory, e, namer(links));
            links.ifPresent(RocksConnection::remove);
            throw failure;
        }
    }

    private LinkedDirectory linked() throws StoreException {
        try {
            return LinkedDirectory.to(directory);
        } catch (IOException e) {
            throw new StoreException("%s: %s cannot be looked at".formatted(schema.store(), directory), e);
        }
    }

    private static UnaryOperator<String> namer(Optional<LinkedDirectory> links) {
        return links.isPresent() ? links.get()::named : UnaryOperator.identity();
    }

    private static void remove(LinkedDirectory links) {
        try {
            links.close();
        } catch (IOException e) {
            LOG.warn("{} stays behind: {}", links.path(), e.getMessage());
        }
    }
}
