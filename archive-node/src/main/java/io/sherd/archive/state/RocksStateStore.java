package io.sherd.archive.state;

import io.sherd.archive.state.StateTree.LeafChange;
import io.sherd.archive.store.DirectoryAbsentException;
import io.sherd.archive.store.DurableCounter;
import io.sherd.archive.store.RocksDatabase;
import io.sherd.archive.store.RocksDatabase.Durability;
import io.sherd.archive.store.RocksDatabase.Entry;
import io.sherd.archive.store.RocksDatabase.Family;
import io.sherd.archive.store.RocksDatabase.Schema;
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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
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

    private static final int FORMAT_VERSION = 1;
    private static final Family NODES = new Family("nodes", false);
    private static final Family LEAVES = new Family("leaves", false);
    private static final Family RECORDS = new Family("records", false);
    private static final Schema SCHEMA = new Schema("state", FORMAT_VERSION, List.of(NODES, LEAVES, RECORDS));
    private static final String HIGH_WATER = "high-water";

    /** Keys in one record of superseded ones. */
    private static final int SUPERSEDED_KEYS = 1024;

    /** Records of superseded keys that one checkpoint prunes; what is left over waits for the next. */
    private static final int PRUNED_RECORDS = 256;

    /** Entries that one scan takes into memory. */
    private static final int SCAN_LIMIT = 1024;

    private static final int MAX_STORED_KEY_BYTES = 64;

    private final RocksDatabase database;
    private final @Nullable DurableCounter highWater;
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

    private RocksStateStore(RocksDatabase database, @Nullable DurableCounter highWater) throws StoreException {
        this.database = database;
        this.highWater = highWater;
        List<Kept> found = new ArrayList<>();
        for (Entry entry : database.scan(RECORDS, prefix('C'), prefix('C'), Integer.MAX_VALUE)) {
            found.add(new Kept(numberAt(entry.key(), 1), decode(entry, NodeReference::decodeRoot)));
        }
        if (found.isEmpty()) {
            throw new StoreCorruptException("state: there is no checkpoint in it");
        }
        this.kept = List.copyOf(found);
        Optional<Bytes> record = database.get(RECORDS, prefix('I'));
        if (record.isPresent()) {
            importing = decode(new Entry(prefix('I'), record.get()), ImportRecord::decode);
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
                SCHEMA,
                owner,
                new Writes().put(RECORDS, key('C', 0), empty.toBytes()),
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
        RocksDatabase database = RocksDatabase.open(directory, SCHEMA, owner);
        @Nullable DurableCounter highWater = null;
        try {
            highWater = DurableCounter.open(directory.resolve(HIGH_WATER));
            RocksStateStore store = new RocksStateStore(database, highWater);
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
     * {@link IllegalStateException}.
     */
    public static RocksStateStore openReadOnly(Path directory) throws StoreException {
        if (!Files.isDirectory(directory)) {
            throw new DirectoryAbsentException("state: there is no directory " + directory);
        }
        RocksDatabase database = RocksDatabase.openReadOnly(directory, SCHEMA);
        try {
            return new RocksStateStore(database, null);
        } catch (StoreException e) {
            database.close();
            throw e;
        }
    }

    /** Whose state this is. */
    public StoreOwner owner() throws StoreException {
        return database.owner();
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
        Bytes path = Bytes.wrap(StateLeaf.path(space, key).toByteArray());
        lock.readLock().lock();
        try {
            Optional<Entry> last =
                    database.lastUpTo(LEAVES, path, leafKey(path, kept.getLast().sequence()));
            if (last.isEmpty() || last.get().value().isEmpty()) {
                return Optional.empty();
            }
            StateLeaf leaf = decode(last.get(), reader -> StateLeaf.decode(reader, Integer.MAX_VALUE));
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
        SortedMap<Bytes, LeafChange> sorted = new TreeMap<>();
        Map<Bytes, StateLeaf> leaves = new HashMap<>();
        for (StateChange change : changes) {
            Bytes path = Nibbles.of(StateLeaf.path(change.space(), change.key()));
            Optional<StateLeaf> leaf = change.value().map(value -> new StateLeaf(change.space(), change.key(), value));
            leaf.ifPresent(present -> leaves.put(path, present));
            LeafChange before = sorted.put(path, change(path, leaf, sequence));
            if (before != null) {
                throw new IllegalArgumentException("two changes of key " + change.key());
            }
        }
        Writes writes = new Writes();
        Optional<NodeReference> root =
                update(writes, kept.getLast().root(), sequence, List.copyOf(sorted.values()), leaves);
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
            Optional<NodeReference> subtree = subtree(checkpoint.get().root(), prefix);
            if (subtree.isEmpty()) {
                return Optional.empty();
            }
            if (subtree.get() instanceof NodeReference.Inner inner && inner.leafBytes() > limitBytes) {
                return Optional.of(new StateChunk.Inner(load(prefix, inner).digests()));
            }
            List<StateLeaf> leaves = new ArrayList<>();
            for (NodeReference.Leaf leaf : leavesUnder(prefix, subtree)) {
                leaves.add(loadLeaf(leaf));
            }
            return Optional.of(new StateChunk.Leaves(leaves));
        } finally {
            lock.readLock().unlock();
        }
    }

    @Override
    public Optional<StateProof> prove(long sequence, Digest root, int space, Bytes key) throws StoreException {
        Bytes path = Nibbles.of(StateLeaf.path(space, key));
        lock.readLock().lock();
        try {
            Optional<Kept> checkpoint = find(sequence, root);
            if (checkpoint.isEmpty()) {
                return Optional.empty();
            }
            List<SortedMap<Integer, Digest>> nodes = new ArrayList<>();
            Optional<NodeReference> reference = checkpoint.get().root();
            while (reference.isPresent() && reference.get() instanceof NodeReference.Inner inner) {
                StateNode node = load(Nibbles.head(path, nodes.size()), inner);
                reference = Optional.ofNullable(node.children().get((int) path.at(nodes.size())));
                nodes.add(node.digests());
            }
            Optional<StateLeaf> leaf = reference.isPresent() && reference.get() instanceof NodeReference.Leaf found
                    ? Optional.of(loadLeaf(found))
                    : Optional.empty();
            return Optional.of(new StateProof(space, key, nodes, leaf));
        } finally {
            lock.readLock().unlock();
        }
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
        database.write(new Writes().put(RECORDS, prefix('I'), abandoned.encoded()), Durability.SYNCED);
        long latest = latest().sequence();
        deleteVersionsAbove(latest, NODES, Bytes.EMPTY, key -> numberAt(key, key.size() - Long.BYTES));
        deleteVersionsAbove(latest, LEAVES, Bytes.EMPTY, key -> numberAt(key, key.size() - Long.BYTES));
        deleteVersionsAbove(latest, RECORDS, prefix('T'), key -> numberAt(key, 1));
        database.write(new Writes().delete(RECORDS, prefix('I')), Durability.SYNCED);
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
        return subtree(requireImport().root, prefix);
    }

    /** All leaves that were built so far under a prefix, ascending. */
    List<NodeReference.Leaf> importedLeaves(Bytes prefix) throws StoreException {
        return leavesUnder(prefix, importedSubtree(prefix));
    }

    /** Takes leaves away and adds others, all or nothing; not durable before the import is finished. */
    void importLeaves(Collection<Bytes> removed, List<StateLeaf> added) throws StoreException {
        ImportRecord record = requireImport();
        long version = record.target.sequence();
        SortedMap<Bytes, LeafChange> changes = new TreeMap<>();
        Map<Bytes, StateLeaf> leaves = new HashMap<>();
        removed.forEach(path -> changes.put(path, change(path, Optional.empty(), version)));
        for (StateLeaf leaf : added) {
            Bytes path = Nibbles.of(leaf.path());
            leaves.put(path, leaf);
            changes.put(path, change(path, Optional.of(leaf), version));
        }
        Writes writes = new Writes();
        Optional<NodeReference> root = update(writes, record.root, version, List.copyOf(changes.values()), leaves);
        ImportRecord next = new ImportRecord(record.target, root, false);
        database.write(writes.put(RECORDS, prefix('I'), next.encoded()), Durability.WITH_THE_NEXT);
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
        Writes writes = new Writes().delete(RECORDS, prefix('I'));
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

    private static LeafChange change(Bytes path, Optional<StateLeaf> leaf, long version) {
        return new LeafChange(path, leaf.map(present -> {
            Bytes encoded = present.encoded();
            return new NodeReference.Leaf(StateLeaf.digest(encoded), version, encoded.size(), path);
        }));
    }

    /** Applies changes to a tree and appends what must be written for it. */
    private Optional<NodeReference> update(
            Writes writes,
            Optional<NodeReference> root,
            long version,
            List<LeafChange> changes,
            Map<Bytes, StateLeaf> leaves)
            throws StoreException {
        StateTree tree = new StateTree(this::load, version);
        Optional<NodeReference> next = tree.update(root, changes);
        Set<Bytes> replaced = new HashSet<>();
        tree.addedLeaves().forEach(leaf -> replaced.add(leaf.path()));
        Superseded superseded = new Superseded(writes, version, kept.getLast().sequence());
        for (StateTree.NodeKey node : tree.staleNodes()) {
            superseded.add(Superseded.NODE, NODES, nodeKey(node.prefix(), node.version()), node.version());
        }
        for (NodeReference.Leaf leaf : tree.staleLeaves()) {
            superseded.add(Superseded.LEAF, LEAVES, leafKey(packed(leaf), leaf.version()), leaf.version());
            if (!replaced.contains(leaf.path())) {
                writes.put(LEAVES, leafKey(packed(leaf), version), Bytes.EMPTY);
                superseded.list(Superseded.TAKEN_AWAY, leafKey(packed(leaf), version));
            }
        }
        superseded.write();
        tree.written()
                .forEach((node, content) ->
                        writes.put(NODES, nodeKey(node.prefix(), node.version()), content.encoded()));
        for (NodeReference.Leaf leaf : tree.addedLeaves()) {
            writes.put(
                    LEAVES,
                    leafKey(packed(leaf), version),
                    Objects.requireNonNull(leaves.get(leaf.path())).encoded());
        }
        return next;
    }

    /**
     * Things that a version supersedes. What a kept checkpoint may reach is listed and stays until that is forgotten; what an
     * import wrote and the same import replaces is deleted at once, before anything is put under the same key.
     */
    private final class Superseded {

        static final int NODE = 0;
        static final int LEAF = 1;
        static final int TAKEN_AWAY = 2;

        private final Writes writes;
        private final long version;
        private final long reachableUpTo;
        private final List<Bytes> listed = new ArrayList<>();

        Superseded(Writes writes, long version, long reachableUpTo) {
            this.writes = writes;
            this.version = version;
            this.reachableUpTo = reachableUpTo;
        }

        void add(int kind, Family family, Bytes key, long writtenAt) {
            if (writtenAt <= reachableUpTo) {
                list(kind, key);
            } else {
                writes.delete(family, key);
            }
        }

        void list(int kind, Bytes key) {
            listed.add(new ByteWriter(key.size() + 5).u8(kind).sized(key).toBytes());
        }

        void write() throws StoreException {
            int part = nextPart();
            for (int from = 0; from < listed.size(); from += SUPERSEDED_KEYS) {
                ByteWriter record = new ByteWriter();
                listed.subList(from, Math.min(from + SUPERSEDED_KEYS, listed.size()))
                        .forEach(record::raw);
                writes.put(
                        RECORDS,
                        new ByteWriter(13).u8('T').u64(version).u32(part++).toBytes(),
                        record.toBytes());
            }
        }

        private int nextPart() throws StoreException {
            Bytes lists = key('T', version);
            Bytes last = new ByteWriter(13).raw(lists).u32(Integer.MAX_VALUE).toBytes();
            Optional<Entry> found = database.lastUpTo(RECORDS, lists, last);
            // The part's number is the low half of the key's last eight bytes.
            return found.isEmpty() ? 0 : (int) (numberAt(found.get().key(), 5) & Integer.MAX_VALUE) + 1;
        }
    }

    private Digest addCheckpoint(Writes writes, Kept checkpoint) throws StoreException {
        ByteWriter root = new ByteWriter();
        NodeReference.encodeRoot(root, checkpoint.root());
        writes.put(RECORDS, key('C', checkpoint.sequence()), root.toBytes());
        List<Kept> next = new ArrayList<>(kept);
        next.add(checkpoint);
        while (next.size() > KEPT_CHECKPOINTS) {
            writes.delete(RECORDS, key('C', next.removeFirst().sequence()));
        }
        prune(writes, next.getFirst().sequence());
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

    /** Deletes what was superseded at or before the oldest checkpoint kept: no checkpoint reaches it any more. */
    private void prune(Writes writes, long oldest) throws StoreException {
        for (Entry record : database.scan(RECORDS, prefix('T'), prefix('T'), PRUNED_RECORDS)) {
            if (numberAt(record.key(), 1) > oldest) {
                return;
            }
            ByteReader reader = new ByteReader(record.value());
            try {
                while (reader.remaining() > 0) {
                    int kind = reader.u8();
                    Bytes key = reader.sized(MAX_STORED_KEY_BYTES);
                    // A key that was taken away may have been given back under the same version by an import.
                    if (kind != Superseded.TAKEN_AWAY
                            || database.get(LEAVES, key).equals(Optional.of(Bytes.EMPTY))) {
                        writes.delete(kind == Superseded.NODE ? NODES : LEAVES, key);
                    }
                }
            } catch (WireFormatException e) {
                throw new StoreCorruptException("state: superseded keys: " + e.getMessage(), e);
            }
            writes.delete(RECORDS, record.key());
        }
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

    /** The subtree of exactly the leaves under a prefix. */
    private Optional<NodeReference> subtree(Optional<NodeReference> root, Bytes prefix) throws StoreException {
        Optional<NodeReference> reference = root;
        for (int depth = 0; reference.isPresent(); depth++) {
            switch (reference.get()) {
                case NodeReference.Leaf leaf -> {
                    return Nibbles.startsWith(leaf.path(), prefix) ? reference : Optional.empty();
                }
                case NodeReference.Inner inner -> {
                    if (depth == prefix.size()) {
                        return reference;
                    }
                    StateNode node = load(Nibbles.head(prefix, depth), inner);
                    reference = Optional.ofNullable(node.children().get((int) prefix.at(depth)));
                }
            }
        }
        return Optional.empty();
    }

    private List<NodeReference.Leaf> leavesUnder(Bytes prefix, Optional<NodeReference> subtree) throws StoreException {
        List<NodeReference.Leaf> leaves = new ArrayList<>();
        if (subtree.isPresent()) {
            collectLeaves(prefix, subtree.get(), leaves);
        }
        return leaves;
    }

    private void collectLeaves(Bytes prefix, NodeReference subtree, List<NodeReference.Leaf> leaves)
            throws StoreException {
        switch (subtree) {
            case NodeReference.Leaf leaf -> leaves.add(leaf);
            case NodeReference.Inner inner -> {
                for (var child : load(prefix, inner).children().entrySet()) {
                    collectLeaves(Nibbles.append(prefix, child.getKey()), child.getValue(), leaves);
                }
            }
        }
    }

    private StateNode load(Bytes prefix, NodeReference.Inner reference) throws StoreException {
        Bytes key = nodeKey(prefix, reference.version());
        Entry entry = new Entry(
                key,
                database.get(NODES, key)
                        .orElseThrow(() -> new StoreCorruptException("state: node %s of version %d is missing"
                                .formatted(Nibbles.text(prefix), reference.version()))));
        StateNode node = decode(entry, reader -> StateNode.decode(reader.rest()));
        if (!node.digest().equals(reference.digest())) {
            throw new StoreCorruptException("state: node %s of version %d has digest %s, its parent says %s"
                    .formatted(Nibbles.text(prefix), reference.version(), node.digest(), reference.digest()));
        }
        return node;
    }

    private StateLeaf loadLeaf(NodeReference.Leaf reference) throws StoreException {
        Bytes key = leafKey(packed(reference), reference.version());
        Bytes stored = database.get(LEAVES, key)
                .orElseThrow(() -> new StoreCorruptException("state: leaf %s of version %d is missing"
                        .formatted(Nibbles.text(reference.path()), reference.version())));
        if (!StateLeaf.digest(stored).equals(reference.digest())) {
            throw new StoreCorruptException("state: leaf %s of version %d has digest %s, its parent says %s"
                    .formatted(
                            Nibbles.text(reference.path()),
                            reference.version(),
                            StateLeaf.digest(stored),
                            reference.digest()));
        }
        return decode(new Entry(key, stored), reader -> StateLeaf.decode(reader, Integer.MAX_VALUE));
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
                    "state: key %s: %s".formatted(entry.key().hex(), e.getMessage()), e);
        }
    }

    private static Bytes packed(NodeReference.Leaf leaf) {
        return Bytes.wrap(Nibbles.digest(leaf.path()).toByteArray());
    }

    private static Bytes nodeKey(Bytes prefix, long version) {
        ByteWriter writer = new ByteWriter(48);
        Nibbles.encodePacked(writer, prefix);
        return writer.u64(version).toBytes();
    }

    private static Bytes leafKey(Bytes path, long version) {
        return new ByteWriter(40).raw(path).u64(version).toBytes();
    }

    private static Bytes prefix(char type) {
        return new ByteWriter(1).u8(type).toBytes();
    }

    private static Bytes key(char type, long number) {
        return new ByteWriter(9).u8(type).u64(number).toBytes();
    }

    private static long numberAt(Bytes bytes, int offset) {
        long number = 0;
        for (int i = 0; i < Long.BYTES; i++) {
            number = number << 8 | (bytes.at(offset + i) & 0xff);
        }
        return number;
    }
}
