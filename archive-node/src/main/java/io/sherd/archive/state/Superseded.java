package io.sherd.archive.state;

import io.sherd.archive.store.RocksDatabase;
import io.sherd.archive.store.RocksDatabase.Entry;
import io.sherd.archive.store.RocksDatabase.Family;
import io.sherd.archive.store.RocksDatabase.Writes;
import io.sherd.archive.store.StoreCorruptException;
import io.sherd.archive.store.StoreException;
import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The nodes and leaves that one version supersedes.
 *
 * <p>What a kept checkpoint may reach is listed, in records of {@code (kind (1) | length (4) | key)*}, and stays until that
 * checkpoint is forgotten. What an import wrote and a later batch of it replaces, no checkpoint reaches: it is deleted at once,
 * before anything is put under the same key. Used once.
 */
final class Superseded {

    private static final int NODE = 0;
    private static final int LEAF = 1;
    private static final int TAKEN_AWAY = 2;

    /** Keys in one record. */
    private static final int KEYS_IN_A_RECORD = 1024;

    /** Records that one checkpoint prunes; what is left over waits for the next. */
    private static final int PRUNED_RECORDS = 256;

    private static final int MAX_KEY_BYTES = 64;

    private final RocksDatabase database;
    private final Writes writes;
    private final long version;
    private final long reachableUpTo;
    private final List<Bytes> listed = new ArrayList<>();

    /**
     * Nothing superseded yet.
     *
     * @param writes what is appended to
     * @param version the version that supersedes
     * @param reachableUpTo the latest checkpoint: of what was written later, none reaches anything
     */
    Superseded(RocksDatabase database, Writes writes, long version, long reachableUpTo) {
        this.database = database;
        this.writes = writes;
        this.version = version;
        this.reachableUpTo = reachableUpTo;
    }

    void add(StateTree.NodeKey node) {
        add(NODE, StateSchema.NODES, StateSchema.node(node.prefix(), node.version()), node.version());
    }

    /** Adds a leaf; where no other takes its place, a mark of this version says that the key was taken away. */
    void add(StateTree.StaleLeaf stale) {
        NodeReference.Leaf leaf = stale.leaf();
        add(LEAF, StateSchema.LEAVES, StateSchema.leaf(leaf.path(), leaf.version()), leaf.version());
        if (stale.isTakenAway()) {
            Bytes mark = StateSchema.leaf(leaf.path(), version);
            writes.put(StateSchema.LEAVES, mark, Bytes.EMPTY);
            list(TAKEN_AWAY, mark);
        }
    }

    /** Appends the records. */
    void writeRecords() throws StoreException {
        int part = nextPart();
        for (int from = 0; from < listed.size(); from += KEYS_IN_A_RECORD) {
            ByteWriter record = new ByteWriter(64 * KEYS_IN_A_RECORD);
            listed.subList(from, Math.min(from + KEYS_IN_A_RECORD, listed.size()))
                    .forEach(record::raw);
            writes.put(StateSchema.RECORDS, StateSchema.supersededBy(version, part), record.toBytes());
            part++;
        }
    }

    /** Deletes what was superseded at or before the oldest checkpoint kept: no checkpoint reaches it any more. */
    static void prune(RocksDatabase database, Writes writes, long oldest) throws StoreException {
        for (Entry record :
                database.scan(StateSchema.RECORDS, StateSchema.SUPERSEDED, StateSchema.SUPERSEDED, PRUNED_RECORDS)) {
            if (StateSchema.numberAt(record.key(), 1) > oldest) {
                return;
            }
            ByteReader reader = new ByteReader(record.value());
            try {
                while (reader.remaining() > 0) {
                    prune(database, writes, reader.u8(), reader.sized(MAX_KEY_BYTES));
                }
            } catch (WireFormatException e) {
                throw new StoreCorruptException("state: superseded keys: " + e.getMessage(), e);
            }
            writes.delete(StateSchema.RECORDS, record.key());
        }
    }

    private static void prune(RocksDatabase database, Writes writes, int kind, Bytes key)
            throws StoreException, WireFormatException {
        switch (kind) {
            case NODE -> writes.delete(StateSchema.NODES, key);
            case LEAF -> writes.delete(StateSchema.LEAVES, key);
            case TAKEN_AWAY -> {
                // An import may have given the key a value again under the same version.
                if (database.get(StateSchema.LEAVES, key).equals(Optional.of(Bytes.EMPTY))) {
                    writes.delete(StateSchema.LEAVES, key);
                }
            }
            default -> throw new WireFormatException("unknown kind " + kind);
        }
    }

    private void add(int kind, Family family, Bytes key, long writtenAt) {
        if (writtenAt <= reachableUpTo) {
            list(kind, key);
        } else {
            writes.delete(family, key);
        }
    }

    private void list(int kind, Bytes key) {
        listed.add(new ByteWriter(key.size() + 5).u8(kind).sized(key).toBytes());
    }

    /** The batches of one import have one version; each goes on behind the records of those before it. */
    private int nextPart() throws StoreException {
        Optional<Entry> last = database.lastUpTo(
                StateSchema.RECORDS,
                StateSchema.supersededBy(version),
                StateSchema.supersededBy(version, Integer.MAX_VALUE));
        // The part's number is the low half of the key's last eight bytes.
        return last.isEmpty() ? 0 : (int) (StateSchema.numberAt(last.get().key(), 5) & Integer.MAX_VALUE) + 1;
    }
}
