package io.sherd.archive.state;

import io.sherd.archive.state.StateTree.LeafChange;
import io.sherd.archive.store.DataDirectory;
import io.sherd.archive.store.DatabaseFiles;
import io.sherd.archive.store.DurableCounter;
import io.sherd.archive.store.RocksDatabase;
import io.sherd.archive.store.RocksDatabase.Durability;
import io.sherd.archive.store.RocksDatabase.Entry;
import io.sherd.archive.store.RocksDatabase.Family;
import io.sherd.archive.store.RocksDatabase.Writes;
import io.sherd.archive.store.StoreCorruptException;
import io.sherd.archive.store.StoreException;
import io.sherd.archive.store.StoreOwner;
import io.sherd.archive.store.UnsafeDirectoryException;
import io.sherd.merkle.Digest;
import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/**
 * The state in a {@link RocksDatabase} of its own.
 *
 * <pre>
 *   family   key                                         value
 *   nodes    nibble count (1) | nibbles | version (8)    inner node
 *   leaves   path (32) | version (8)                     leaf; nothing where the key was taken away
 *   records  'C' | sequence (8)                          root of a checkpoint that is kept
 *   records  'T' | version (8) | part (4)                keys of nodes and leaves that this version superseded
 *   records  'I'                                         an import under way, see {@link StateImport}
 * </pre>
 *
 * <p>A version is the position of the checkpoint that wrote something. Nothing that a kept checkpoint reaches is ever changed:
 * a new version stands beside the old one, which is listed as superseded and deleted when the last checkpoint that reaches it
 * is forgotten. So the cost of a checkpoint, with its part of the pruning, follows the keys changed. The latest value of a
 * key is its last version, found without the tree.
 *
 * <p>Every node and leaf that is read on the way from a root is checked against the digest its parent has. Beside the
 * database, the file {@code high-water} holds the position of the latest checkpoint ({@link DurableCounter}).
 */
public final class RocksStateStore implements StateStore {

    private static final String HIGH_WATER = "high-water";

    /** Entries that one scan takes into memory. */
    private static final int SCAN_LIMIT = 1024;

    private final RocksDatabase database;
    private final StoredTree stored;
    private final @Nullable DurableCounter highWater;
    private final long promisedSequence;
    private final ReadWriteLock lock = new ReentrantReadWriteLock();
    private volatile List<Kept> kept;
    private @Nullable ImportRecord importing;

    /** A checkpoint that can be read. */
    private record Kept(long sequence, Optional<NodeReference> root) {

        StateCheckpoint checkpoint() {
            return new StateCheckpoint(sequence, StateTree.digestOf(root));
        }
    }

    /** How far an import got: what was built so far, for which checkpoint; or that it is being taken back. */
    private record ImportRecord(StateCheckpoint target, Optional<NodeReference> root, boolean abandoned) {

        Bytes encoded() {
            ByteWriter writer = new ByteWriter()
                    .u8(abandoned ? 1 : 0)
                    .u64(target.sequence())
                    .digest(target.root());
            NodeReference.encodeRoot(writer, root);
            return writer.toBytes();
        }

        static ImportRecord decode(ByteReader reader) throws WireFormatException {
            boolean abandoned = reader.u8() != 0;
            StateCheckpoint target = new StateCheckpoint(reader.u64(), reader.digest());
            return new ImportRecord(target, NodeReference.decodeRoot(reader), abandoned);
        }
    }

    private RocksStateStore(RocksDatabase database, @Nullable DurableCounter highWater, long promisedSequence)
            throws StoreException {
        this.database = database;
        this.stored = new StoredTree(database);
        this.highWater = highWater;
        this.promisedSequence = promisedSequence;
        List<Kept> found = new ArrayList<>();
        for (Entry entry : database.scan(
                StateSchema.RECORDS, StateSchema.CHECKPOINTS, StateSchema.CHECKPOINTS, Integer.MAX_VALUE)) {
            found.add(new Kept(
                    StateSchema.numberAt(entry.key(), 1), StateSchema.decode(entry, NodeReference::decodeRoot)));
        }
        if (found.isEmpty()) {
            throw new StoreCorruptException("state: there is no checkpoint in it");
        }
        this.kept = List.copyOf(found);
        Optional<Bytes> record = database.get(StateSchema.RECORDS, StateSchema.IMPORT);
        if (record.isPresent()) {
            importing = StateSchema.decode(new Entry(StateSchema.IMPORT, record.get()), ImportRecord::decode);
        }
    }

    /**
     * Makes a store of the empty state: built aside and renamed.
     *
     * @param directory where; absent, or an empty directory
     * @param owner whose it will be
     * @throws UnsafeDirectoryException if something is there
     */
    public static void create(Path directory, StoreOwner owner) throws StoreException {
        ByteWriter empty = new ByteWriter();
        NodeReference.encodeRoot(empty, Optional.empty());
        RocksDatabase.create(
                directory,
                StateSchema.SCHEMA,
                owner,
                new Writes().put(StateSchema.RECORDS, StateSchema.checkpoint(0), empty.toBytes()),
                aside -> DurableCounter.create(aside.resolve(HIGH_WATER)));
    }

    /**
     * Opens a store that {@link #create} made.
     *
     * @throws StoreCorruptException if something in it is missing: also if its latest checkpoint is older than one that was
     *     durable
     * @throws StoreException as {@link RocksDatabase#open} says
     */
    public static RocksStateStore open(Path directory, StoreOwner owner) throws StoreException {
        RocksDatabase database = RocksDatabase.open(directory, StateSchema.SCHEMA, owner);
        @Nullable DurableCounter highWater = null;
        try {
            highWater = DurableCounter.open(directory.resolve(HIGH_WATER));
            RocksStateStore store = new RocksStateStore(database, highWater, highWater.value());
            long latest = store.latest().sequence();
            if (latest < highWater.value()) {
                throw new StoreCorruptException(
                        "state: %s is of position %d, position %d was durable: its write-ahead log was lost"
                                .formatted(directory, latest, highWater.value()));
            }
            if (store.importing != null && store.importing.abandoned) {
                store.abandonImport();
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
     * Opens a store to look at it: nothing in the directory is ever written, and a call that would write throws
     * {@link IllegalStateException}. A store that is older than it must be opens too, so that what is there can be examined:
     * compare {@link #promisedSequence()}.
     */
    public static RocksStateStore openReadOnly(Path directory) throws StoreException {
        DataDirectory.requirePart("state", directory);
        // Read first: the process that has the store open may raise it in between.
        long promised = DurableCounter.requireValue(directory.resolve(HIGH_WATER));
        RocksDatabase database = RocksDatabase.openReadOnly(directory, StateSchema.SCHEMA);
        try {
            return new RocksStateStore(database, null, promised);
        } catch (StoreException e) {
            database.close();
            throw e;
        }
    }

    /** Whose state this is. */
    public StoreOwner owner() throws StoreException {
        return database.owner();
    }

    /** The format of what is stored, such as {@code state/1}. */
    public String format() {
        return database.format();
    }

    /** The position of the latest checkpoint that was durable when this was opened; above {@link #latest} if it was lost. */
    public long promisedSequence() {
        return promisedSequence;
    }

    @Override
    public StateCheckpoint latest() {
        return kept.getLast().checkpoint();
    }

    @Override
    public List<StateCheckpoint> checkpoints() {
        return kept.stream().map(Kept::checkpoint).toList();
    }

    @Override
    public Optional<Bytes> get(int space, Bytes key) throws StoreException {
        Bytes path = StateSchema.path(space, key);
        lock.readLock().lock();
        try {
            Optional<Entry> last = database.lastUpTo(
                    StateSchema.LEAVES,
                    path,
                    StateSchema.leaf(path, kept.getLast().sequence()));
            if (last.isEmpty() || last.get().value().isEmpty()) {
                return Optional.empty();
            }
            StateLeaf leaf = StateSchema.decode(last.get(), reader -> StateLeaf.decode(reader, Integer.MAX_VALUE));
            if (leaf.space() != space || !leaf.key().equals(key)) {
                throw new StoreCorruptException(
                        "state: key %d/%s expected, %d/%s found".formatted(space, key, leaf.space(), leaf.key()));
            }
            return Optional.of(leaf.value());
        } finally {
            lock.readLock().unlock();
        }
    }

    @Override
    public Digest commit(long sequence, Collection<StateChange> changes) throws StoreException {
        if (importing != null) {
            throw new IllegalStateException("an import is under way: finish it, or abandon it");
        }
        if (sequence <= latest().sequence()) {
            throw new IllegalArgumentException(
                    "checkpoint at position %d after one at %d".formatted(sequence, latest().sequence()));
        }
        List<LeafChange> leafChanges = new ArrayList<>(changes.size());
        for (StateChange change : changes) {
            Optional<StateLeaf> leaf = change.value().map(value -> new StateLeaf(change.space(), change.key(), value));
            leafChanges.add(
                    leaf.isPresent()
                            ? LeafChange.put(leaf.get(), sequence)
                            : LeafChange.delete(StateSchema.path(change.space(), change.key())));
        }
        Writes writes = new Writes();
        Optional<NodeReference> root = update(writes, kept.getLast().root(), sequence, leafChanges);
        return addCheckpoint(writes, new Kept(sequence, root));
    }

    @Override
    public Optional<StateChunk> chunk(long sequence, Digest root, Bytes prefix, int limitBytes) throws StoreException {
        if (!Nibbles.areValid(prefix)) {
            return Optional.empty();
        }
        lock.readLock().lock();
        try {
            Optional<Kept> checkpoint = find(sequence, root);
            if (checkpoint.isEmpty()) {
                return Optional.empty();
            }
            if (checkpoint.get().root().isEmpty() && prefix.isEmpty()) {
                return Optional.of(new StateChunk.Leaves(List.of()));
            }
            Optional<NodeReference> subtree = stored.subtree(checkpoint.get().root(), prefix);
            if (subtree.isEmpty()) {
                return Optional.empty();
            }
            if (subtree.get() instanceof NodeReference.Inner inner && inner.leafBytes() > limitBytes) {
                return Optional.of(
                        new StateChunk.Inner(stored.load(prefix, inner).digests()));
            }
            List<StateLeaf> leaves = new ArrayList<>();
            for (NodeReference.Leaf leaf : stored.leavesUnder(prefix, subtree)) {
                leaves.add(stored.load(leaf));
            }
            return Optional.of(new StateChunk.Leaves(leaves));
        } finally {
            lock.readLock().unlock();
        }
    }

    @Override
    public Optional<StateProof> prove(long sequence, Digest root, int space, Bytes key) throws StoreException {
        Bytes path = StateSchema.path(space, key);
        lock.readLock().lock();
        try {
            Optional<Kept> checkpoint = find(sequence, root);
            if (checkpoint.isEmpty()) {
                return Optional.empty();
            }
            List<SortedMap<Integer, Digest>> nodes = new ArrayList<>();
            Optional<NodeReference> reference = checkpoint.get().root();
            while (reference.isPresent() && reference.get() instanceof NodeReference.Inner inner) {
                StateNode node = stored.load(Nibbles.prefix(path, nodes.size()), inner);
                reference = Optional.ofNullable(node.child(Nibbles.at(path, nodes.size())));
                nodes.add(node.digests());
            }
            Optional<StateLeaf> leaf = reference.isPresent() && reference.get() instanceof NodeReference.Leaf found
                    ? Optional.of(stored.load(found))
                    : Optional.empty();
            return Optional.of(new StateProof(space, key, nodes, leaf));
        } finally {
            lock.readLock().unlock();
        }
    }

    /** The files of its database. */
    public DatabaseFiles files() {
        return database.files();
    }

    /** Drops what is superseded from the disk as far as possible. */
    public void flushAndCompact() throws StoreException {
        database.flushAndCompact();
    }

    /** How far an import got that was begun and neither finished nor abandoned: the checkpoint it was for. */
    public Optional<StateCheckpoint> importing() {
        return Optional.ofNullable(importing).map(ImportRecord::target);
    }

    /**
     * Takes back an import that was begun: the latest checkpoint is again all there is. Its cost follows the size of the state.
     */
    public void abandonImport() throws StoreException {
        ImportRecord record = importing;
        if (record == null) {
            return;
        }
        // Marked first: half of the import's nodes are of no use to anybody who would go on with it.
        ImportRecord abandoned = new ImportRecord(record.target, record.root, true);
        database.write(
                new Writes().put(StateSchema.RECORDS, StateSchema.IMPORT, abandoned.encoded()), Durability.SYNCED);
        long latest = latest().sequence();
        deleteVersionsAbove(
                latest, StateSchema.NODES, Bytes.EMPTY, key -> StateSchema.numberAt(key, key.size() - Long.BYTES));
        deleteVersionsAbove(
                latest, StateSchema.LEAVES, Bytes.EMPTY, key -> StateSchema.numberAt(key, key.size() - Long.BYTES));
        deleteVersionsAbove(latest, StateSchema.RECORDS, StateSchema.SUPERSEDED, key -> StateSchema.numberAt(key, 1));
        database.write(new Writes().delete(StateSchema.RECORDS, StateSchema.IMPORT), Durability.SYNCED);
        importing = null;
    }

    @Override
    public void close() throws StoreException {
        try {
            database.close();
        } finally {
            if (highWater != null) {
                highWater.close();
            }
        }
    }

    // What an import does to the store; only StateImport calls these.

    /** Begins an import, or goes on with the one that is under way. */
    void beginImport(StateCheckpoint target) {
        if (target.sequence() <= latest().sequence()) {
            throw new IllegalArgumentException("the state of position %d cannot become that of position %d"
                    .formatted(latest().sequence(), target.sequence()));
        }
        ImportRecord record = importing;
        if (record != null && target.sequence() < record.target.sequence()) {
            throw new IllegalArgumentException("an import of position %d is under way, it cannot go on to position %d"
                    .formatted(record.target.sequence(), target.sequence()));
        }
        importing = new ImportRecord(target, record == null ? kept.getLast().root() : record.root, false);
    }

    /** What was built so far under a prefix. */
    Optional<NodeReference> importedSubtree(Bytes prefix) throws StoreException {
        return stored.subtree(requireImport().root, prefix);
    }

    /** All leaves that were built so far under a prefix, ascending. */
    List<NodeReference.Leaf> importedLeaves(Bytes prefix) throws StoreException {
        return stored.leavesUnder(prefix, importedSubtree(prefix));
    }

    /** Takes leaves away and adds others, all or nothing; not durable before the import is finished. */
    void importLeaves(Collection<Bytes> removed, List<StateLeaf> added) throws StoreException {
        ImportRecord record = requireImport();
        long version = record.target.sequence();
        List<LeafChange> changes = new ArrayList<>(removed.size() + added.size());
        removed.forEach(path -> changes.add(LeafChange.delete(path)));
        added.forEach(leaf -> changes.add(LeafChange.put(leaf, version)));
        Writes writes = new Writes();
        Optional<NodeReference> root = update(writes, record.root, version, changes);
        ImportRecord next = new ImportRecord(record.target, root, false);
        database.write(writes.put(StateSchema.RECORDS, StateSchema.IMPORT, next.encoded()), Durability.WITH_THE_NEXT);
        importing = next;
    }

    /** Makes what was built the latest checkpoint, if it has the target's root. */
    void finishImport() throws StoreException {
        ImportRecord record = requireImport();
        Digest found = StateTree.digestOf(record.root);
        if (!found.equals(record.target.root())) {
            throw new StoreCorruptException("state: the import for position %d has root %s, not %s"
                    .formatted(record.target.sequence(), found, record.target.root()));
        }
        Writes writes = new Writes().delete(StateSchema.RECORDS, StateSchema.IMPORT);
        Digest _ = addCheckpoint(writes, new Kept(record.target.sequence(), record.root));
        importing = null;
    }

    private ImportRecord requireImport() {
        ImportRecord record = importing;
        if (record == null) {
            throw new IllegalStateException("no import is under way");
        }
        return record;
    }

    /** Applies changes, in any order, to a tree and appends what must be written for it. */
    private Optional<NodeReference> update(
            Writes writes, Optional<NodeReference> root, long version, List<LeafChange> changes) throws StoreException {
        changes.sort(Comparator.comparing(LeafChange::path));
        for (int i = 1; i < changes.size(); i++) {
            if (changes.get(i).path().equals(changes.get(i - 1).path())) {
                throw new IllegalArgumentException(
                        "two changes at path " + changes.get(i).path().hex());
            }
        }
        StateTree tree = new StateTree(stored::load, version);
        Optional<NodeReference> next = tree.update(root, changes);
        Superseded superseded =
                new Superseded(database, writes, version, kept.getLast().sequence());
        tree.staleNodes().forEach(superseded::add);
        tree.staleLeaves().forEach(superseded::add);
        superseded.writeRecords();
        for (StateTree.WrittenNode written : tree.written()) {
            StateTree.NodeKey key = written.key();
            writes.put(
                    StateSchema.NODES,
                    StateSchema.node(key.prefix(), key.version()),
                    written.node().encoded());
        }
        for (LeafChange added : tree.addedLeaves()) {
            writes.put(StateSchema.LEAVES, StateSchema.leaf(added.path(), version), added.encoded());
        }
        return next;
    }

    private Digest addCheckpoint(Writes writes, Kept checkpoint) throws StoreException {
        ByteWriter root = new ByteWriter();
        NodeReference.encodeRoot(root, checkpoint.root());
        writes.put(StateSchema.RECORDS, StateSchema.checkpoint(checkpoint.sequence()), root.toBytes());
        List<Kept> next = new ArrayList<>(kept);
        next.add(checkpoint);
        while (next.size() > KEPT_CHECKPOINTS) {
            writes.delete(
                    StateSchema.RECORDS,
                    StateSchema.checkpoint(next.removeFirst().sequence()));
        }
        Superseded.prune(database, writes, next.getFirst().sequence());
        lock.writeLock().lock();
        try {
            database.write(writes, Durability.SYNCED);
            kept = List.copyOf(next);
        } finally {
            lock.writeLock().unlock();
        }
        if (highWater != null) {
            highWater.raise(checkpoint.sequence());
        }
        return checkpoint.checkpoint().root();
    }

    @FunctionalInterface
    private interface VersionOf {
        long version(Bytes key);
    }

    private void deleteVersionsAbove(long version, Family family, Bytes prefix, VersionOf versionOf)
            throws StoreException {
        Bytes from = prefix;
        List<Entry> page;
        do {
            page = database.scan(family, prefix, from, SCAN_LIMIT);
            Writes deletes = new Writes();
            for (Entry entry : page) {
                if (versionOf.version(entry.key()) > version) {
                    deletes.delete(family, entry.key());
                }
                from = new ByteWriter().raw(entry.key()).u8(0).toBytes();
            }
            database.write(deletes, Durability.WITH_THE_NEXT);
        } while (page.size() == SCAN_LIMIT);
    }

    private Optional<Kept> find(long sequence, Digest root) {
        return kept.stream()
                .filter(checkpoint -> checkpoint.checkpoint().equals(new StateCheckpoint(sequence, root)))
                .findFirst();
    }
}
