package io.sherd.consensus.durable;

import io.sherd.archive.store.RocksDatabase;
import io.sherd.archive.store.RocksDatabase.Durability;
import io.sherd.archive.store.RocksDatabase.Writes;
import io.sherd.archive.store.StoreCorruptException;
import io.sherd.archive.store.StoreException;
import io.sherd.archive.store.StoreOwner;
import io.sherd.archive.store.UnsafeDirectoryException;
import io.sherd.consensus.core.Ballot;
import io.sherd.consensus.core.DecidedEntry;
import io.sherd.consensus.core.Message;
import io.sherd.consensus.core.Recovered;
import io.sherd.consensus.core.VoteRecord;
import io.sherd.consensus.durable.HighWater.Mark;
import io.sherd.consensus.durable.VoteKeys.SlotKind;
import io.sherd.consensus.wire.MessageCodec;
import io.sherd.merkle.Digest;
import io.sherd.replication.Invariant;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.ClosedEpoch;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.ledger.Batch;
import io.sherd.replication.ledger.DirectoryId;
import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The votes of one replica and the batches they are about, in a database of their own.
 *
 * <p>{@link #append} returns when its records are durable; what speaks of them is sent after that. After it failed nothing may
 * be sent any more and the process must exit: whether the records are there is found out by opening the log again. Never try
 * the same append a second time: after a failed sync the system may say yes without having written anything.
 *
 * <p>A log is made by {@link #create} and never by {@link #open}, and it is not opened when it holds less than was appended
 * ({@link VotesMissingException}), whichever of its files went missing.
 *
 * <p>One thread appends and truncates; any thread may read meanwhile.
 */
public final class VoteLog implements AutoCloseable {

    /** The file beside the database that says how much it must hold. */
    static final String HIGH_WATER = "high-water";

    private final RocksDatabase database;
    private final HighWater highWater;
    private final int replica;
    private final DirectoryId directory;
    private final VoteMarks marks;
    private final VoteIndex index = new VoteIndex();
    private final VoteReader reader;
    private Mark mark;

    private VoteLog(
            RocksDatabase database,
            HighWater highWater,
            Mark mark,
            int replica,
            DirectoryId directory,
            VoteMarks marks) {
        this.database = database;
        this.highWater = highWater;
        this.mark = mark;
        this.replica = replica;
        this.directory = directory;
        this.marks = marks;
        this.reader = new VoteReader(database, index);
    }

    /**
     * Makes an empty log.
     *
     * @param path where; absent, or an empty directory
     * @param genesis of the cluster
     * @param replica whose votes it will hold
     * @param directory the data directory that it is part of
     * @throws UnsafeDirectoryException if something is there
     */
    public static void create(Path path, Genesis genesis, int replica, DirectoryId directory) throws StoreException {
        StoreOwner owner = new StoreOwner(genesis.clusterId(), replica);
        RocksDatabase.create(
                path,
                VoteKeys.SCHEMA,
                owner,
                new Writes()
                        .put(VoteKeys.MARKS, VoteKeys.DIRECTORY, directory.bytes())
                        .put(VoteKeys.MARKS, VoteKeys.APPENDS, counter(0)),
                aside -> HighWater.create(aside.resolve(HIGH_WATER), directory));
    }

    /**
     * Opens a log that {@link #create} made, and creates nothing.
     *
     * @param path where it is
     * @param genesis of the cluster
     * @param replica whose it must be
     * @param directory the data directory that it must be part of
     * @return the log, to be closed
     * @throws VotesMissingException if it holds less than was appended
     * @throws UnsafeDirectoryException if it is another replica's, cluster's or directory's
     * @throws StoreException if something of it is missing or damaged
     */
    public static VoteLog open(Path path, Genesis genesis, int replica, DirectoryId directory) throws StoreException {
        StoreOwner owner = new StoreOwner(genesis.clusterId(), replica);
        RocksDatabase database = RocksDatabase.open(path, VoteKeys.SCHEMA, owner);
        try {
            return open(path, genesis, replica, directory, database);
        } catch (StoreException e) {
            database.close();
            throw e;
        }
    }

    private static VoteLog open(Path path, Genesis genesis, int replica, DirectoryId directory, RocksDatabase database)
            throws StoreException {
        Optional<Bytes> found = database.get(VoteKeys.MARKS, VoteKeys.DIRECTORY);
        if (!found.equals(Optional.of(directory.bytes()))) {
            throw new UnsafeDirectoryException("%s is of data directory %s, not of %s"
                    .formatted(path, found.map(Bytes::hex).orElse("none"), directory));
        }
        HighWater highWater = HighWater.open(path.resolve(HIGH_WATER), directory);
        try {
            long appends = readCounter(database);
            if (appends < highWater.mark().appends()) {
                throw new VotesMissingException(
                        "%s: %s were made durable, the log holds %d: votes that were sent are gone"
                                .formatted(path, highWater.mark(), appends));
            }
            MessageCodec codec = new MessageCodec(genesis.limits(), genesis.quorums());
            VoteLog log = new VoteLog(
                    database,
                    highWater,
                    highWater.mark().counted(appends),
                    replica,
                    directory,
                    VoteMarks.read(database, codec));
            log.reader.readIndex();
            return log;
        } catch (StoreException e) {
            highWater.close();
            throw e;
        }
    }

    /**
     * Appends records, all or none.
     *
     * @param records in the order in which the core gave them
     * @param sync whether they, and all before them, must survive a power failure when this returns; else only a killed process
     * @throws StoreException if the disk refuses: then send nothing, and exit
     */
    public synchronized void append(List<VoteRecord> records, boolean sync) throws StoreException {
        if (records.isEmpty() && !sync) {
            return;
        }
        Writes writes = new Writes();
        Mark next = mark;
        for (VoteRecord record : records) {
            next = put(writes, record, next);
        }
        next = next.counted(mark.appends() + 1);
        writes.put(VoteKeys.MARKS, VoteKeys.APPENDS, counter(next.appends()));
        database.write(writes, sync ? Durability.SYNCED : Durability.WITH_THE_NEXT);
        mark = next;
        if (sync) {
            highWater.raise(next);
        }
    }

    /**
     * {@return what the replica knows when it starts}
     *
     * <p>All batches above the stable checkpoint are read into memory: at most the window's bytes.
     *
     * @param start what the archive and the state say
     * @throws IllegalArgumentException if the log knows of a later epoch than {@code start}
     * @throws StoreException if something in the log cannot be read
     */
    public Recovered recover(StartingPoint start) throws StoreException {
        return new VoteRecovery(reader, marks, start, replica, directory).recovered();
    }

    /** {@return the newest certificate that was appended} */
    public synchronized Optional<CheckpointCertificate> stable() {
        return marks.stable();
    }

    /** {@return the closings that were appended, by epoch ascending} */
    public synchronized List<ClosedEpoch> closedEpochs() {
        return marks.closed();
    }

    /**
     * {@return decided entries of consecutive positions, ending before the first that is not here}
     *
     * @param from the first position
     * @param limit at most so many
     * @param limitBytes no entry after the one at which the batches reach so many bytes
     * @throws StoreException if one cannot be read
     */
    public List<DecidedEntry> decided(long from, int limit, int limitBytes) throws StoreException {
        return reader.decided(from, limit, limitBytes);
    }

    /**
     * {@return the batch of a digest, if the log has it: of a proposal or a decision that is not truncated}
     *
     * @param digest the batch's
     * @throws StoreException if it cannot be read
     */
    public Optional<Batch> batch(Digest digest) throws StoreException {
        return reader.batch(digest);
    }

    /**
     * Drops votes, decisions and batches of all positions below one. What voting needs is above the last stable checkpoint;
     * below it, entries are kept for peers that are behind, as long as the caller likes. Durable with the next synced append.
     *
     * @param sequence the first position that is kept
     * @throws StoreException if the disk refuses: then exit, as after {@link #append}
     */
    public synchronized void truncateBelow(long sequence) throws StoreException {
        VoteIndex.Removed removed = index.removeBelow(sequence);
        if (removed.slots().isEmpty() && removed.batches().isEmpty()) {
            return;
        }
        Writes writes = new Writes();
        removed.slots().forEach(key -> writes.delete(VoteKeys.SLOTS, key));
        removed.batches().forEach(key -> writes.delete(VoteKeys.BATCHES, key));
        database.write(writes, Durability.WITH_THE_NEXT);
    }

    @Override
    public synchronized void close() throws StoreException {
        try (highWater) {
            database.close();
        }
    }

    private Mark put(Writes writes, VoteRecord record, Mark before) {
        switch (record) {
            case VoteRecord.Proposal(Message.PrePrepare proposal) -> {
                Ballot ballot = proposal.ballot();
                putVote(writes, SlotKind.PROPOSAL, ballot, SlotCodec.proposal(proposal));
                putBatch(writes, ballot.sequence(), proposal.batch());
                return after(before, ballot);
            }
            case VoteRecord.OwnPrepare(Message.Prepare prepare) -> {
                putVote(writes, SlotKind.PREPARE, prepare.ballot(), SlotCodec.prepare(prepare));
                return after(before, prepare.ballot());
            }
            case VoteRecord.OwnCommit own -> {
                putVote(writes, SlotKind.COMMIT, own.commit().ballot(), SlotCodec.commit(own));
                return after(before, own.commit().ballot());
            }
            case VoteRecord.Decided(DecidedEntry decided) -> {
                long sequence = decided.entry().sequence();
                Batch batch = decided.entry().batch();
                Bytes key = VoteKeys.decided(sequence);
                var _ = index.putSlot(sequence, key, batch.digest());
                writes.put(VoteKeys.SLOTS, key, SlotCodec.decided(decided));
                putBatch(writes, sequence, batch);
                return before;
            }
            case VoteRecord.InView view -> {
                marks.put(writes, view);
                return before.after(view.epoch(), view.view(), 0);
            }
            case VoteRecord.OwnViewChange(Message.ViewChange change) -> {
                marks.put(writes, change);
                return before.after(change.epoch(), change.view(), 0);
            }
            case VoteRecord.AcceptedNewView(Message.NewView newView) -> marks.put(writes, newView);
            case VoteRecord.StableCheckpoint(var certificate) -> marks.put(writes, certificate);
            case VoteRecord.Closed(ClosedEpoch closed) -> marks.put(writes, closed);
            case VoteRecord.OwnRejoin(var rejoin) -> marks.put(writes, rejoin);
        }
        return before;
    }

    private static Mark after(Mark before, Ballot ballot) {
        return before.after(ballot.epoch(), ballot.view(), ballot.sequence());
    }

    /** A replica that votes twice for one place, and not the same, is a liar: it must not become one by our own mistake. */
    private void putVote(Writes writes, SlotKind kind, Ballot ballot, Bytes value) {
        Bytes key = SlotCodec.key(kind, ballot);
        Optional<Digest> other = index.putSlot(ballot.sequence(), key, ballot.digest());
        Invariant.holds(
                other.isEmpty(),
                "%s at position %d in view %d of epoch %d for %s, after one for %s",
                kind,
                ballot.sequence(),
                ballot.view(),
                ballot.epoch(),
                ballot.digest().shortHex(),
                other.map(Digest::shortHex).orElse(""));
        writes.put(VoteKeys.SLOTS, key, value);
    }

    private void putBatch(Writes writes, long sequence, Batch batch) {
        if (!batch.requests().isEmpty() && index.putBatch(sequence, batch.digest())) {
            writes.put(VoteKeys.BATCHES, VoteKeys.batch(sequence, batch.digest()), batch.encoded());
        }
    }

    private static Bytes counter(long value) {
        return new ByteWriter(8).u64(value).toBytes();
    }

    /** How many appends a database holds. */
    static long readCounter(RocksDatabase database) throws StoreException {
        Optional<Bytes> stored = database.get(VoteKeys.MARKS, VoteKeys.APPENDS);
        try {
            return stored.isEmpty() ? 0 : new ByteReader(stored.get()).u64();
        } catch (WireFormatException e) {
            throw new StoreCorruptException("votes: the counter of appends: " + e.getMessage(), e);
        }
    }
}
