package io.sherd.merkle;

import java.util.ArrayList;
import java.util.List;

/**
 * The root of a tree that only grows at its end, in O(log n) memory: a compact range from 0. For every leaf count its
 * {@link #root()} is that of {@link MerkleTree} over the same leaves.
 *
 * <p>State is the frontier: the roots of the complete subtrees into which n leaves fall, largest first, one per bit set
 * in n. Appending is adding 1 in binary: each carry joins two subtrees of equal size. That is one node hash per append on
 * average and at most log n; the root folds the frontier from the right. Not thread safe.
 */
public final class MerkleAccumulator {

    private final List<Digest> frontier;
    private long size;

    /** An accumulator without leaves. */
    public MerkleAccumulator() {
        this(0, List.of());
    }

    private MerkleAccumulator(long size, List<Digest> frontier) {
        this.size = size;
        this.frontier = new ArrayList<>(frontier);
    }

    /**
     * The accumulator that had this size and this frontier. Only the number of hashes can be checked here: a frontier
     * from disk or from a peer is right when {@link #root()} equals the root that is known for this size.
     *
     * @param size how many leaves had been appended
     * @param frontier what {@link #frontier()} gave; copied
     * @return an accumulator that goes on from there
     * @throws IllegalArgumentException if the size is negative, or the frontier has not {@link #frontierLength} hashes
     */
    public static MerkleAccumulator restore(long size, List<Digest> frontier) {
        int expectedLength = frontierLength(size);
        if (frontier.size() != expectedLength) {
            throw new IllegalArgumentException(
                    "frontier has " + frontier.size() + " hashes, size " + size + " needs " + expectedLength);
        }
        return new MerkleAccumulator(size, List.copyOf(frontier));
    }

    /**
     * How many hashes the frontier of that many leaves has. At most 63.
     *
     * @param size how many leaves
     * @return the number of bits set in it
     * @throws IllegalArgumentException if the size is negative
     */
    public static int frontierLength(long size) {
        if (size < 0) {
            throw new IllegalArgumentException("size " + size + " is negative");
        }
        return Long.bitCount(size);
    }

    /**
     * Adds a leaf at the end.
     *
     * @param leafHash {@link MerkleHasher#leaf} of it
     * @throws ArithmeticException if there are 2^63 − 1 leaves already; nothing is changed then
     */
    public void append(Digest leafHash) {
        long newSize = Math.addExact(size, 1);
        Digest subtree = leafHash;
        for (long carry = size; (carry & 1) == 1; carry >>>= 1) {
            subtree = MerkleHasher.node(frontier.removeLast(), subtree);
        }
        frontier.addLast(subtree);
        size = newSize;
    }

    /**
     * How many leaves were appended.
     *
     * @return 0 or more
     */
    public long size() {
        return size;
    }

    /**
     * The root over all leaves so far; without leaves it is {@link MerkleHasher#emptyRoot()}.
     *
     * @return the root
     */
    public Digest root() {
        if (frontier.isEmpty()) {
            return MerkleHasher.emptyRoot();
        }
        Digest root = frontier.getLast();
        for (Digest subtree : frontier.reversed().subList(1, frontier.size())) {
            root = MerkleHasher.node(subtree, root);
        }
        return root;
    }

    /**
     * The roots of the complete subtrees, largest first: with {@link #size()} the whole state, and the only list of
     * hashes that stands for it.
     *
     * @return an immutable copy
     */
    public List<Digest> frontier() {
        return List.copyOf(frontier);
    }

    /**
     * A second accumulator with the same leaves, which goes on independently.
     *
     * @return the copy
     */
    public MerkleAccumulator copy() {
        return new MerkleAccumulator(size, frontier);
    }
}
