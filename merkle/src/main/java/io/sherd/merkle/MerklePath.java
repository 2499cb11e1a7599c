package io.sherd.merkle;

import io.sherd.merkle.MerkleProofException.Reason;
import java.util.List;

/**
 * The way from one leaf to the root (the audit path of RFC 6962 §2.1.1): the sibling at every level where there is one,
 * lowest first.
 *
 * <p>A path may come from a peer, so any numbers and any list can be held; {@link #verify} and {@link #leadsTo} say
 * whether they are right. Two things the verifier must bring itself: index and leaf count as it expects them (a root
 * does not commit to its leaf count, see the package page), and the leaf hash, computed from the data.
 *
 * @param index which leaf, from 0
 * @param leafCount how many leaves the tree has
 * @param siblings the siblings, lowest first; copied
 */
public record MerklePath(long index, long leafCount, List<Digest> siblings) {

    /**
     * Holds the path, unchecked except for null.
     *
     * @param index which leaf, from 0
     * @param leafCount how many leaves the tree has
     * @param siblings the siblings, lowest first; copied
     */
    public MerklePath {
        siblings = List.copyOf(siblings);
    }

    /**
     * The number of siblings that a path for this leaf has; no other number is accepted. At most 63.
     *
     * <p>Let d be the number of bits up to the highest one in which {@code index} and the last index differ. On the d
     * lowest levels the leaf's ancestors are not yet the last of their level, so each has a partner. Above, they are the
     * last ones: these have a partner, on the left, exactly where their index is odd.
     *
     * @param index which leaf, from 0
     * @param leafCount how many leaves the tree has
     * @return the number of siblings
     * @throws IllegalArgumentException unless 0 ≤ index &lt; leafCount
     */
    public static int expectedLength(long index, long leafCount) {
        if (!isInside(index, leafCount)) {
            throw new IllegalArgumentException(outside(index, leafCount));
        }
        int levelsBelowBorder = Long.SIZE - Long.numberOfLeadingZeros(index ^ (leafCount - 1));
        return levelsBelowBorder + Long.bitCount(index >>> levelsBelowBorder);
    }

    /**
     * The root this path leads to from a leaf hash (RFC 9162 §2.1.3.2), in one node hash per sibling.
     *
     * @param leafHash the leaf's hash, computed by the caller from the leaf's data
     * @return the root of the tree in which this leaf has this path
     * @throws IllegalArgumentException if index or length is wrong; use {@link #verify} or {@link #leadsTo} for a path
     *     that someone else made
     */
    public Digest impliedRoot(Digest leafHash) {
        if (siblings.size() != expectedLength(index, leafCount)) {
            throw new IllegalArgumentException(wrongLength());
        }
        Digest root = leafHash;
        long node = index;
        long last = leafCount - 1;
        for (Digest sibling : siblings) {
            if ((node & 1) == 1 || node == last) {
                root = MerkleHasher.node(sibling, root);
                // An even last node has no partner: it has risen to the first level where its index is odd.
                int risen = Long.numberOfTrailingZeros(node);
                node >>>= risen;
                last >>>= risen;
            } else {
                root = MerkleHasher.node(root, sibling);
            }
            node >>>= 1;
            last >>>= 1;
        }
        return root;
    }

    /**
     * Whether this is the path of that leaf under that root. Never throws, whatever a peer put into the path.
     *
     * @param root the root, from a source the caller trusts
     * @param leafHash the leaf's hash, computed by the caller from the leaf's data
     * @return true exactly when {@link #verify} would accept
     */
    public boolean leadsTo(Digest root, Digest leafHash) {
        return isInside(index, leafCount)
                && siblings.size() == expectedLength(index, leafCount)
                && impliedRoot(leafHash).equals(root);
    }

    /**
     * Checks that this is the path of that leaf under that root, cheap checks first.
     *
     * @param root the root, from a source the caller trusts
     * @param leafHash the leaf's hash, computed by the caller from the leaf's data
     * @throws MerkleProofException if it is not, with what differs: {@link Reason#INDEX_OUT_OF_RANGE},
     *     {@link Reason#WRONG_LENGTH} or {@link Reason#ROOT_MISMATCH}
     */
    public void verify(Digest root, Digest leafHash) throws MerkleProofException {
        if (!isInside(index, leafCount)) {
            throw new MerkleProofException(Reason.INDEX_OUT_OF_RANGE, outside(index, leafCount));
        }
        if (siblings.size() != expectedLength(index, leafCount)) {
            throw new MerkleProofException(Reason.WRONG_LENGTH, wrongLength());
        }
        Digest implied = impliedRoot(leafHash);
        if (!implied.equals(root)) {
            throw new MerkleProofException(
                    Reason.ROOT_MISMATCH, "path leads to " + implied.shortHex() + ", expected " + root.shortHex());
        }
    }

    private static boolean isInside(long index, long leafCount) {
        return index >= 0 && index < leafCount;
    }

    private static String outside(long index, long leafCount) {
        return index < 0
                ? "index " + index + " is negative"
                : "index " + index + " is not below leaf count " + leafCount;
    }

    private String wrongLength() {
        return "path has " + siblings.size() + " siblings, index " + index + " of " + leafCount + " needs "
                + expectedLength(index, leafCount);
    }
}
