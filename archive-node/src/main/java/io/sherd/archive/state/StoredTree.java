package io.sherd.archive.state;

import io.sherd.archive.store.RocksDatabase;
import io.sherd.archive.store.RocksDatabase.Entry;
import io.sherd.archive.store.StoreCorruptException;
import io.sherd.archive.store.StoreException;
import io.sherd.replication.wire.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads trees from the database; whatever is not what its parent says is corrupt, even if its checksum is right. */
final class StoredTree {

    private final RocksDatabase database;

    StoredTree(RocksDatabase database) {
        this.database = database;
    }

    /** The inner node that a reference is of. */
    StateNode load(Bytes prefix, NodeReference.Inner reference) throws StoreException {
        Bytes key = StateSchema.node(prefix, reference.version());
        Bytes stored = database.get(StateSchema.NODES, key)
                .orElseThrow(() -> new StoreCorruptException("state: node %s of version %d is missing"
                        .formatted(Nibbles.text(prefix), reference.version())));
        StateNode node = StateSchema.decode(new Entry(key, stored), reader -> StateNode.decode(reader.rest()));
        if (!node.digest().equals(reference.digest())) {
            throw new StoreCorruptException("state: node %s of version %d has digest %s, its parent says %s"
                    .formatted(Nibbles.text(prefix), reference.version(), node.digest(), reference.digest()));
        }
        return node;
    }

    /** The leaf that a reference is of. */
    StateLeaf load(NodeReference.Leaf reference) throws StoreException {
        Bytes key = StateSchema.leaf(reference.path(), reference.version());
        Bytes stored = database.get(StateSchema.LEAVES, key)
                .orElseThrow(() -> new StoreCorruptException("state: leaf %s of version %d is missing"
                        .formatted(reference.path().hex(), reference.version())));
        if (!StateLeaf.digest(stored).equals(reference.digest())) {
            throw new StoreCorruptException("state: leaf %s of version %d has digest %s, its parent says %s"
                    .formatted(
                            reference.path().hex(), reference.version(), StateLeaf.digest(stored), reference.digest()));
        }
        return StateSchema.decode(new Entry(key, stored), reader -> StateLeaf.decode(reader, Integer.MAX_VALUE));
    }

    /** The subtree of exactly the leaves under a prefix. */
    Optional<NodeReference> subtree(Optional<NodeReference> root, Bytes prefix) throws StoreException {
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
                    reference = Optional.ofNullable(node.child(prefix.at(depth)));
                }
            }
        }
        return Optional.empty();
    }

    /** All leaves of the subtree under a prefix, ascending. */
    List<NodeReference.Leaf> leavesUnder(Bytes prefix, Optional<NodeReference> subtree) throws StoreException {
        List<NodeReference.Leaf> leaves = new ArrayList<>();
        if (subtree.isPresent()) {
            collect(prefix, subtree.get(), leaves);
        }
        return leaves;
    }

    private void collect(Bytes prefix, NodeReference subtree, List<NodeReference.Leaf> leaves) throws StoreException {
        switch (subtree) {
            case NodeReference.Leaf leaf -> leaves.add(leaf);
            case NodeReference.Inner inner -> {
                StateNode node = load(prefix, inner);
                for (int nibble = 0; nibble < StateNode.BRANCHES; nibble++) {
                    NodeReference child = node.child(nibble);
                    if (child != null) {
                        collect(Nibbles.append(prefix, nibble), child, leaves);
                    }
                }
            }
        }
    }
}
