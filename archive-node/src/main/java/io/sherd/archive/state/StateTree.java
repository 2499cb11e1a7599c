package io.sherd.archive.state;

import io.sherd.archive.store.StoreException;
import io.sherd.merkle.Digest;
import io.sherd.merkle.MerkleHasher;
import io.sherd.replication.wire.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One batch of changes to the 16-ary compact sparse Merkle tree.
 *
 * <p>A subtree of exactly one leaf is that leaf, at whatever depth it is alone; a subtree of two or more is an inner node at
 * that depth, even if it has one child. So the tree, and its root, depends on the map alone. The digest of an inner node is
 * {@code H(0x01 | which children (2) | their digests)}, of a leaf {@link StateLeaf#digest()}, of no leaf at all that of the
 * empty RFC 6962 tree.
 *
 * <p>Changes go down sorted, each inner node that any of them passes is loaded once and written at most once: with m leaves
 * and c changes at most c log<sub>16</sub> m nodes on average, and no leaf is loaded. Nodes are never changed in place: the
 * new version of one is written beside the old one, which is listed as stale. Used once; not thread-safe.
 */
final class StateTree {

    /** Loads an inner node and checks that it is what the reference says. */
    @FunctionalInterface
    interface Nodes {
        StateNode load(Bytes prefix, NodeReference.Inner reference) throws StoreException;
    }

    /** A leaf's path and its digest. */
    record PlacedDigest(Bytes path, Digest digest) {}

    /**
     * What becomes of the leaf at a path.
     *
     * @param path the path
     * @param leaf the leaf that is there afterwards, of the batch's version; null if none is
     * @param encoded its canonical bytes; empty if none is there
     */
    record LeafChange(Bytes path, NodeReference.@Nullable Leaf leaf, Bytes encoded) {

        static LeafChange put(StateLeaf leaf, long version) {
            Bytes path = Bytes.wrap(leaf.path().toByteArray());
            Bytes encoded = leaf.encoded();
            Digest digest = StateLeaf.digest(encoded);
            return new LeafChange(path, new NodeReference.Leaf(digest, version, encoded.size(), path), encoded);
        }

        static LeafChange delete(Bytes path) {
            return new LeafChange(path, null, Bytes.EMPTY);
        }
    }

    /** A leaf that is no longer part of the tree, and whether no other took its place. */
    record StaleLeaf(NodeReference.Leaf leaf, boolean isTakenAway) {}

    /** Where an inner node is stored. */
    record NodeKey(Bytes prefix, long version) {}

    /** An inner node to write. */
    record WrittenNode(NodeKey key, StateNode node) {}

    private final Nodes nodes;
    private final long version;
    private final List<WrittenNode> written = new ArrayList<>();
    private final List<NodeKey> staleNodes = new ArrayList<>();
    private final List<LeafChange> addedLeaves = new ArrayList<>();
    private final List<StaleLeaf> staleLeaves = new ArrayList<>();

    /** A batch whose nodes are written under a version. */
    StateTree(Nodes nodes, long version) {
        this.nodes = nodes;
        this.version = version;
    }

    /**
     * The digest over a whole state, or over the part of one under a prefix.
     *
     * @param leaves all of them, ascending by path, each once
     * @param depth the length of the prefix that they share
     */
    static Digest digestOf(List<PlacedDigest> leaves, int depth) {
        if (leaves.isEmpty()) {
            return MerkleHasher.emptyRoot();
        }
        if (leaves.size() == 1) {
            return leaves.getFirst().digest();
        }
        return StateNode.digest(childrenOf(leaves, depth));
    }

    /**
     * The children of the node over two leaves or more.
     *
     * @param leaves all that are under it, ascending by path, each once
     * @param depth the length of the prefix that they share
     */
    static SortedMap<Integer, Digest> childrenOf(List<PlacedDigest> leaves, int depth) {
        SortedMap<Integer, Digest> children = new TreeMap<>();
        forEachBranch(
                leaves,
                PlacedDigest::path,
                depth,
                (nibble, branch) -> children.put(nibble, digestOf(branch, depth + 1)));
        return children;
    }

    /** A leaf's place and digest. */
    static PlacedDigest placed(StateLeaf leaf) {
        return new PlacedDigest(Bytes.wrap(leaf.path().toByteArray()), leaf.digest());
    }

    /** The root's digest of a tree. */
    static Digest digestOf(Optional<NodeReference> root) {
        return root.isPresent() ? root.get().digest() : MerkleHasher.emptyRoot();
    }

    /**
     * Applies changes.
     *
     * @param root the tree so far
     * @param changes ascending by path, each path once
     * @return the tree afterwards
     */
    Optional<NodeReference> update(Optional<NodeReference> root, List<LeafChange> changes) throws StoreException {
        return Optional.ofNullable(update(Bytes.EMPTY, root.orElse(null), changes));
    }

    /** Inner nodes to write. */
    List<WrittenNode> written() {
        return written;
    }

    /** Inner nodes that are no longer part of the tree. */
    List<NodeKey> staleNodes() {
        return staleNodes;
    }

    /** Leaves to write: those changes that are changes. */
    List<LeafChange> addedLeaves() {
        return addedLeaves;
    }

    /** Leaves that are no longer part of the tree. */
    List<StaleLeaf> staleLeaves() {
        return staleLeaves;
    }

    private @Nullable NodeReference update(Bytes prefix, @Nullable NodeReference subtree, List<LeafChange> changes)
            throws StoreException {
        return switch (subtree) {
            case null -> build(prefix, merged(null, changes));
            case NodeReference.Leaf leaf -> build(prefix, merged(leaf, changes));
            case NodeReference.Inner inner -> updateInner(prefix, inner, changes);
        };
    }

    private @Nullable NodeReference updateInner(Bytes prefix, NodeReference.Inner inner, List<LeafChange> changes)
            throws StoreException {
        if (changes.isEmpty()) {
            return inner;
        }
        @Nullable NodeReference[] children = nodes.load(prefix, inner).copyOfChildren();
        boolean isChanged = false;
        int from = 0;
        while (from < changes.size()) {
            int to = branchEnd(changes, LeafChange::path, prefix.size(), from);
            int nibble = Nibbles.at(changes.get(from).path(), prefix.size());
            NodeReference before = children[nibble];
            NodeReference after = update(Nibbles.append(prefix, nibble), before, changes.subList(from, to));
            children[nibble] = after;
            isChanged |= !Objects.equals(before, after);
            from = to;
        }
        if (!isChanged) {
            return inner;
        }
        staleNodes.add(new NodeKey(prefix, inner.version()));
        return node(prefix, children);
    }

    /** The leaves of a subtree of at most one leaf after changes, ascending. */
    private List<NodeReference.Leaf> merged(NodeReference.@Nullable Leaf existing, List<LeafChange> changes) {
        List<NodeReference.Leaf> leaves = new ArrayList<>(changes.size() + 1);
        NodeReference.Leaf pending = existing;
        for (LeafChange change : changes) {
            int order = pending == null ? 1 : pending.path().compareTo(change.path());
            if (pending != null && order <= 0) {
                NodeReference.Leaf reached = pending;
                pending = null;
                boolean isKept = order < 0 || isEqual(reached, change);
                if (isKept) {
                    leaves.add(reached);
                } else {
                    staleLeaves.add(new StaleLeaf(reached, change.leaf() == null));
                }
                if (isKept && order == 0) {
                    continue;
                }
            }
            if (change.leaf() != null) {
                addedLeaves.add(change);
                leaves.add(change.leaf());
            }
        }
        if (pending != null) {
            leaves.add(pending);
        }
        return leaves;
    }

    private static boolean isEqual(NodeReference.Leaf leaf, LeafChange change) {
        return change.leaf() != null && change.leaf().digest().equals(leaf.digest());
    }

    /** A subtree of leaves that are already accounted for. */
    private @Nullable NodeReference build(Bytes prefix, List<NodeReference.Leaf> leaves) {
        if (leaves.size() <= 1) {
            return leaves.isEmpty() ? null : leaves.getFirst();
        }
        @Nullable NodeReference[] children = new NodeReference[StateNode.BRANCHES];
        forEachBranch(
                leaves,
                NodeReference.Leaf::path,
                prefix.size(),
                (nibble, branch) -> children[nibble] = build(Nibbles.append(prefix, nibble), branch));
        return node(prefix, children);
    }

    /** The canonical subtree over children: none, a leaf that is alone, or a node. */
    private @Nullable NodeReference node(Bytes prefix, @Nullable NodeReference[] children) {
        int count = 0;
        NodeReference last = null;
        for (NodeReference child : children) {
            if (child != null) {
                count++;
                last = child;
            }
        }
        if (last == null || (count == 1 && last instanceof NodeReference.Leaf)) {
            return last;
        }
        StateNode node = StateNode.of(children);
        written.add(new WrittenNode(new NodeKey(prefix, version), node));
        return new NodeReference.Inner(node.digest(), version, node.leafBytes());
    }

    private static <T> void forEachBranch(
            List<T> sorted, Function<T, Bytes> path, int depth, BiConsumer<Integer, List<T>> action) {
        int from = 0;
        while (from < sorted.size()) {
            int to = branchEnd(sorted, path, depth, from);
            action.accept(Nibbles.at(path.apply(sorted.get(from)), depth), sorted.subList(from, to));
            from = to;
        }
    }

    /** The end of the run, from {@code from} on, of those that have one nibble at a depth. */
    private static <T> int branchEnd(List<T> sorted, Function<T, Bytes> path, int depth, int from) {
        int nibble = Nibbles.at(path.apply(sorted.get(from)), depth);
        int to = from + 1;
        while (to < sorted.size() && Nibbles.at(path.apply(sorted.get(to)), depth) == nibble) {
            to++;
        }
        return to;
    }
}
