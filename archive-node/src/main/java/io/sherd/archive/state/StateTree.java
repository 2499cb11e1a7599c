package io.sherd.archive.state;

import io.sherd.archive.store.StoreException;
import io.sherd.merkle.Digest;
import io.sherd.merkle.MerkleHasher;
import io.sherd.replication.wire.Bytes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Function;

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

    /** A leaf's place, as 64 nibbles, and its digest. */
    record PlacedDigest(Bytes path, Digest digest) {}

    /** What becomes of the leaf at a place, as 64 nibbles: it is there afterwards, of the batch's version, or it is not. */
    record LeafChange(Bytes path, Optional<NodeReference.Leaf> leaf) {}

    /** Where an inner node is stored. */
    record NodeKey(Bytes prefix, long version) {}

    private final Nodes nodes;
    private final long version;
    private final Map<NodeKey, StateNode> written = new LinkedHashMap<>();
    private final List<NodeKey> staleNodes = new ArrayList<>();
    private final List<NodeReference.Leaf> addedLeaves = new ArrayList<>();
    private final List<NodeReference.Leaf> staleLeaves = new ArrayList<>();

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
        SortedMap<Integer, Digest> children = new TreeMap<>();
        forEachBranch(
                leaves,
                PlacedDigest::path,
                depth,
                (nibble, branch) -> children.put(nibble, digestOf(branch, depth + 1)));
        return StateNode.digest(children);
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
        return update(Bytes.EMPTY, root, changes);
    }

    /** Inner nodes to write. */
    Map<NodeKey, StateNode> written() {
        return written;
    }

    /** Inner nodes that are no longer part of the tree. */
    List<NodeKey> staleNodes() {
        return staleNodes;
    }

    /** Leaves to write: those changes that are changes. */
    List<NodeReference.Leaf> addedLeaves() {
        return addedLeaves;
    }

    /** Leaves that are no longer part of the tree. */
    List<NodeReference.Leaf> staleLeaves() {
        return staleLeaves;
    }

    private Optional<NodeReference> update(Bytes prefix, Optional<NodeReference> subtree, List<LeafChange> changes)
            throws StoreException {
        if (changes.isEmpty()) {
            return subtree;
        }
        if (subtree.isPresent() && subtree.get() instanceof NodeReference.Inner inner) {
            return updateInner(prefix, inner, changes);
        }
        SortedMap<Bytes, NodeReference.Leaf> leaves = new TreeMap<>();
        if (subtree.isPresent() && subtree.get() instanceof NodeReference.Leaf leaf) {
            leaves.put(leaf.path(), leaf);
        }
        changes.forEach(change -> apply(leaves, change));
        return build(prefix, List.copyOf(leaves.values()));
    }

    private Optional<NodeReference> updateInner(Bytes prefix, NodeReference.Inner inner, List<LeafChange> changes)
            throws StoreException {
        StateNode before = nodes.load(prefix, inner);
        SortedMap<Integer, NodeReference> children = new TreeMap<>(before.children());
        int from = 0;
        while (from < changes.size()) {
            int to = branchEnd(changes, LeafChange::path, prefix.size(), from);
            int nibble = changes.get(from).path().at(prefix.size());
            Optional<NodeReference> child = update(
                    Nibbles.append(prefix, nibble),
                    Optional.ofNullable(children.get(nibble)),
                    changes.subList(from, to));
            if (child.isPresent()) {
                children.put(nibble, child.get());
            } else {
                children.remove(nibble);
            }
            from = to;
        }
        if (children.equals(before.children())) {
            return Optional.of(inner);
        }
        staleNodes.add(new NodeKey(prefix, inner.version()));
        return node(prefix, children);
    }

    /** A subtree of leaves that are already accounted for. */
    private Optional<NodeReference> build(Bytes prefix, List<NodeReference.Leaf> leaves) {
        if (leaves.size() <= 1) {
            return leaves.stream().map(NodeReference.class::cast).findFirst();
        }
        SortedMap<Integer, NodeReference> children = new TreeMap<>();
        forEachBranch(
                leaves,
                NodeReference.Leaf::path,
                prefix.size(),
                (nibble, branch) ->
                        build(Nibbles.append(prefix, nibble), branch).ifPresent(child -> children.put(nibble, child)));
        return node(prefix, children);
    }

    /** The canonical subtree over children: none, a leaf that is alone, or a node. */
    private Optional<NodeReference> node(Bytes prefix, SortedMap<Integer, NodeReference> children) {
        if (children.isEmpty()) {
            return Optional.empty();
        }
        NodeReference first = children.firstEntry().getValue();
        if (children.size() == 1 && first instanceof NodeReference.Leaf) {
            return Optional.of(first);
        }
        StateNode node = new StateNode(children);
        written.put(new NodeKey(prefix, version), node);
        return Optional.of(new NodeReference.Inner(node.digest(), version, node.leafBytes()));
    }

    private void apply(SortedMap<Bytes, NodeReference.Leaf> leaves, LeafChange change) {
        Optional<NodeReference.Leaf> before = Optional.ofNullable(leaves.get(change.path()));
        Optional<NodeReference.Leaf> after = change.leaf();
        if (before.map(NodeReference.Leaf::digest).equals(after.map(NodeReference.Leaf::digest))) {
            return;
        }
        before.ifPresent(staleLeaves::add);
        after.ifPresentOrElse(
                leaf -> {
                    addedLeaves.add(leaf);
                    leaves.put(leaf.path(), leaf);
                },
                () -> leaves.remove(change.path()));
    }

    private static <T> void forEachBranch(
            List<T> sorted, Function<T, Bytes> path, int depth, BiConsumer<Integer, List<T>> action) {
        int from = 0;
        while (from < sorted.size()) {
            int to = branchEnd(sorted, path, depth, from);
            action.accept((int) path.apply(sorted.get(from)).at(depth), sorted.subList(from, to));
            from = to;
        }
    }

    /** The end of the run, from {@code from} on, of those that have one nibble at a depth. */
    private static <T> int branchEnd(List<T> sorted, Function<T, Bytes> path, int depth, int from) {
        byte nibble = path.apply(sorted.get(from)).at(depth);
        int to = from + 1;
        while (to < sorted.size() && path.apply(sorted.get(to)).at(depth) == nibble) {
            to++;
        }
        return to;
    }
}
