package io.sherd.consensus.durable;

import io.sherd.archive.store.DataDirectory;
import io.sherd.archive.store.RocksDatabase;
import io.sherd.archive.store.StoreCorruptException;
import io.sherd.archive.store.StoreException;
import io.sherd.archive.store.StoreOwner;
import io.sherd.consensus.core.DecidedEntry;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.ledger.DirectoryId;
import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A vote log to look at: nothing in its directory is ever written, also while a replica has it open; what that writes later is
 * not seen. A log that holds less than it must opens too, so that the rest can be examined: compare {@link #appends} and
 * {@link #promised}.
 */
public final class VoteLogView implements AutoCloseable {

    private final RocksDatabase database;
    private final VoteReader reader;
    private final DirectoryId directory;
    private final Promise promised;
    private final long appends;

    /**
     * What the high-water record says: what the log must hold.
     *
     * @param appends so many appends
     * @param epoch the highest epoch that was spoken of
     * @param view the highest view in it
     * @param sequence the highest position
     */
    public record Promise(long appends, long epoch, long view, long sequence) {}

    private VoteLogView(RocksDatabase database, DirectoryId directory, Promise promised, long appends) {
        this.database = database;
        this.reader = new VoteReader(database, new VoteIndex());
        this.directory = directory;
        this.promised = promised;
        this.appends = appends;
    }

    /**
     * Opens a log that {@link VoteLog#create} made.
     *
     * @param path where it is
     * @return the log, to be closed
     * @throws StoreException if something of it is missing, damaged or of another format
     */
    public static VoteLogView open(Path path) throws StoreException {
        DataDirectory.requirePart("votes", path);
        // Read first: the process that has the log open may raise it in between.
        HighWater.Latest latest = HighWater.read(path.resolve(VoteLog.HIGH_WATER));
        RocksDatabase database = RocksDatabase.openReadOnly(path, VoteKeys.SCHEMA);
        try {
            StoreOwner _ = database.owner();
            DirectoryId directory = directoryOf(database);
            if (!latest.directory().equals(directory)) {
                throw new StoreCorruptException("votes: the log is of data directory %s, its high-water record of %s"
                        .formatted(directory, latest.directory()));
            }
            HighWater.Mark mark = latest.mark();
            Promise promised = new Promise(mark.appends(), mark.epoch(), mark.view(), mark.sequence());
            return new VoteLogView(database, directory, promised, VoteLog.readCounter(database));
        } catch (StoreException e) {
            database.close();
            throw e;
        }
    }

    /** {@return the format of what is stored, such as {@code votes/1}} */
    public String format() {
        return database.format();
    }

    /** {@return the data directory that the log is part of} */
    public DirectoryId directory() {
        return directory;
    }

    /** {@return what the log must hold} */
    public Promise promised() {
        return promised;
    }

    /** {@return how many appends the log holds; less than promised if some were lost} */
    public long appends() {
        return appends;
    }

    /**
     * {@return the newest certificate that was appended}
     *
     * @throws StoreException if it cannot be read
     */
    public Optional<CheckpointCertificate> stable() throws StoreException {
        try {
            return VoteMarks.readStable(database);
        } catch (WireFormatException e) {
            throw new StoreCorruptException("votes: the newest certificate: " + e.getMessage(), e);
        }
    }

    /**
     * {@return the decided entry of a position, if the log has it}
     *
     * @param sequence the position
     * @throws StoreException if it cannot be read
     */
    public Optional<DecidedEntry> decided(long sequence) throws StoreException {
        return reader.decided(sequence, 1, Integer.MAX_VALUE).stream().findFirst();
    }

    /**
     * Consecutive decided entries.
     *
     * @param from the first position wanted
     * @param limit at most so many
     * @param limitBytes stops before the batches take more than this, but not before the first
     * @return none if the entry at {@code from} is not held
     * @throws StoreException if they cannot be read
     */
    public List<DecidedEntry> decided(long from, int limit, int limitBytes) throws StoreException {
        return reader.decided(from, limit, limitBytes);
    }

    @Override
    public void close() throws StoreException {
        database.close();
    }

    private static DirectoryId directoryOf(RocksDatabase database) throws StoreException {
        Bytes stored = database.get(VoteKeys.MARKS, VoteKeys.DIRECTORY)
                .orElseThrow(() -> new StoreCorruptException("votes: no data directory is named"));
        try {
            ByteReader reader = new ByteReader(stored);
            DirectoryId directory = DirectoryId.decode(reader);
            reader.end();
            return directory;
        } catch (WireFormatException e) {
            throw new StoreCorruptException("votes: the data directory's name: " + e.getMessage(), e);
        }
    }
}
