package io.sherd.merkle;

import java.util.ArrayList;
import java.util.List;

/**
 * The tree over a fixed list of leaf hashes (RFC 6962 §2.1), with every level kept, so that proofs are read and not
 * computed. Immutable.
 *
 * <p>Building costs one node hash less than there are leaves; memory is about two digests per leaf. Node i of level h is
 * the root over the leaves {@code [i·2^h, min((i+1)·2^h, leafCount))}, which is why a node without a partner stands
 * unchanged on the level above. Where only the root is wanted, or leaves keep coming, {@link MerkleAccumulator} needs no
 * levels.
 */
public final class MerkleTree {

    /** Level 0 is the leaves; the last level has one node, or none if there are no leaves. */
    private final Digest[][] levels;

    private MerkleTree(Digest[][] levels) {
        this.levels = levels;
    }

    /**
     * The tree over these leaves.
     *
     * @param leafHashes {@link MerkleHasher#leaf} of each leaf, in order; may be empty
     * @return the tree
     */
    public static MerkleTree of(List<Digest> leafHashes) {
        Digest[] leaves = List.copyOf(leafHashes).toArray(Digest[]::new);
        int height = leaves.length == 0 ? 0 : Integer.SIZE - Integer.numberOfLeadingZeros(leaves.length - 1);
        Digest[][] levels = new Digest[height + 1][];
        levels[0] = leaves;
        for (int level = 1; level <= height; level++) {
            levels[level] = levelAbove(levels[level - 1]);
        }
        return new MerkleTree(levels);
    }

    private static Digest[] levelAbove(Digest[] below) {
        int pairCount = below.length / 2;
        Digest[] level = new Digest[below.length - pairCount];
        for (int i = 0; i < pairCount; i++) {
            level[i] = MerkleHasher.node(below[2 * i], below[2 * i + 1]);
        }
        if (pairCount < level.length) {
            level[pairCount] = below[below.length - 1];
        }
        return level;
    }

    /**
     * How many leaves there are.
     *
     * @return 0 or more
     */
    public long leafCount() {
        return levels[0].length;
    }

    /**
     * The root; without leaves it is {@link MerkleHasher#emptyRoot()}.
     *
     * @return the root
     */
    public Digest root() {
        return levels[0].length == 0 ? MerkleHasher.emptyRoot() : levels[levels.length - 1][0];
    }

    /**
     * The path of one leaf (RFC 6962 §2.1.1).
     *
     * @param index which leaf, from 0
     * @return its path to {@link #root()}
     * @throws IllegalArgumentException unless 0 ≤ index &lt; leafCount
     */
    public MerklePath path(long index) {
        List<Digest> siblings = new ArrayList<>(MerklePath.expectedLength(index, leafCount()));
        addSiblings(0, (int) index, siblings);
        return new MerklePath(index, leafCount(), siblings);
    }

    /**
     * The proof that this tree continues the tree over its own first leaves (RFC 6962 §2.1.2).
     *
     * <p>It climbs from the last complete subtree of the older tree. That subtree and the siblings to its left make the
     * old root; together with the siblings to the right they make the new one.
     *
     * @param oldCount how many leaves the older tree has
     * @return the proof from the root over the first {@code oldCount} leaves to {@link #root()}
     * @throws IllegalArgumentException unless 0 ≤ oldCount ≤ leafCount
     */
    public ConsistencyProof consistency(long oldCount) {
        List<Digest> hashes = new ArrayList<>(ConsistencyProof.expectedLength(oldCount, leafCount()));
        if (oldCount > 0 && oldCount < leafCount()) {
            int height = Long.numberOfTrailingZeros(oldCount);
            int node = (int) ((oldCount - 1) >>> height);
            boolean isWholeOldTree = node == 0;
            if (!isWholeOldTree) {
                hashes.add(levels[height][node]);
            }
            addSiblings(height, node, hashes);
        }
        return new ConsistencyProof(oldCount, leafCount(), hashes);
    }

    /** The partners met when climbing from a node to the root, lowest first. */
    private void addSiblings(int fromLevel, int fromNode, List<Digest> siblings) {
        int node = fromNode;
        for (int level = fromLevel; level < levels.length - 1; level++) {
            int partner = node ^ 1;
            if (partner < levels[level].length) {
                siblings.add(levels[level][partner]);
            }
            node >>>= 1;
        }
    }
}
