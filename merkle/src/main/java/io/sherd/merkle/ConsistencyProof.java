package io.sherd.merkle;

import io.sherd.merkle.MerkleProofException.Reason;
import java.util.List;

/**
 * Shows that the tree over the first {@code oldCount} leaves is the beginning of the tree over {@code newCount} leaves
 * (RFC 6962 §2.1.2): nothing was taken out, changed or put between.
 *
 * <p>The RFC defines the proof for 0 &lt; oldCount &lt; newCount. Here it is also defined, with no hashes, for equal
 * counts (the roots must be equal) and for oldCount = 0 (the old root must be {@link MerkleHasher#emptyRoot()}; every
 * tree continues the empty one, so the new root is not looked at).
 *
 * <p>A proof may come from a peer, so any numbers and any list can be held; {@link #verify} says whether they are right.
 * The counts are to be those that belong to the two roots in what the verifier trusts.
 *
 * @param oldCount how many leaves the older tree has
 * @param newCount how many leaves the newer tree has
 * @param hashes the nodes that lead to both roots, lowest first; copied
 */
public record ConsistencyProof(long oldCount, long newCount, List<Digest> hashes) {

    /**
     * Holds the proof, unchecked except for null.
     *
     * @param oldCount how many leaves the older tree has
     * @param newCount how many leaves the newer tree has
     * @param hashes the nodes that lead to both roots, lowest first; copied
     */
    public ConsistencyProof {
        hashes = List.copyOf(hashes);
    }

    /**
     * The number of hashes that a proof between these counts has; no other number is accepted. At most 64.
     *
     * <p>The proof climbs from the last complete subtree of the older tree, whose height is the number of zero bits at
     * the end of {@code oldCount}; its siblings are counted as in {@link MerklePath#expectedLength} for the older tree's
     * last leaf, less those inside it. The subtree itself comes first, unless it is the whole older tree, whose root the
     * verifier has.
     *
     * @param oldCount how many leaves the older tree has
     * @param newCount how many leaves the newer tree has
     * @return the number of hashes
     * @throws IllegalArgumentException unless 0 ≤ oldCount ≤ newCount
     */
    public static int expectedLength(long oldCount, long newCount) {
        if (!areInOrder(oldCount, newCount)) {
            throw new IllegalArgumentException(outOfOrder(oldCount, newCount));
        }
        if (oldCount == 0 || oldCount == newCount) {
            return 0;
        }
        int start = isPowerOfTwo(oldCount) ? 0 : 1;
        int subtreeHeight = Long.numberOfTrailingZeros(oldCount);
        return start + MerklePath.expectedLength(oldCount - 1, newCount) - subtreeHeight;
    }

    /**
     * Checks that the tree with the new root continues the tree with the old root (RFC 9162 §2.1.4.2), cheap checks
     * first.
     *
     * @param oldRoot the root over the first {@code oldCount} leaves
     * @param newRoot the root over {@code newCount} leaves
     * @throws MerkleProofException if this proof does not show it, with what differs:
     *     {@link Reason#COUNTS_OUT_OF_ORDER}, {@link Reason#WRONG_LENGTH}, {@link Reason#OLD_ROOT_MISMATCH} or
     *     {@link Reason#NEW_ROOT_MISMATCH}
     */
    public void verify(Digest oldRoot, Digest newRoot) throws MerkleProofException {
        if (!areInOrder(oldCount, newCount)) {
            throw new MerkleProofException(Reason.COUNTS_OUT_OF_ORDER, outOfOrder(oldCount, newCount));
        }
        int expectedLength = expectedLength(oldCount, newCount);
        if (hashes.size() != expectedLength) {
            throw new MerkleProofException(
                    Reason.WRONG_LENGTH,
                    "proof has " + hashes.size() + " hashes, counts " + oldCount + " to " + newCount + " need "
                            + expectedLength);
        }
        if (oldCount == 0) {
            requireOldRoot(MerkleHasher.emptyRoot(), oldRoot);
        }
        if (oldCount == newCount) {
            requireNewRoot(oldRoot, newRoot);
        } else if (oldCount > 0) {
            verifyGrowth(oldRoot, newRoot);
        }
    }

    private void verifyGrowth(Digest oldRoot, Digest newRoot) throws MerkleProofException {
        int subtreeHeight = Long.numberOfTrailingZeros(oldCount);
        boolean startsAtOldRoot = isPowerOfTwo(oldCount);
        long node = (oldCount - 1) >>> subtreeHeight;
        long last = (newCount - 1) >>> subtreeHeight;
        Digest impliedOld = startsAtOldRoot ? oldRoot : hashes.getFirst();
        Digest impliedNew = impliedOld;
        for (Digest sibling : startsAtOldRoot ? hashes : hashes.subList(1, hashes.size())) {
            if ((node & 1) == 1 || node == last) {
                impliedOld = MerkleHasher.node(sibling, impliedOld);
                impliedNew = MerkleHasher.node(sibling, impliedNew);
                // An even last node has no partner: it has risen to the first level where its index is odd.
                int risen = Long.numberOfTrailingZeros(node);
                node >>>= risen;
                last >>>= risen;
            } else {
                // What stands to the right of an ancestor of the last old leaf is new.
                impliedNew = MerkleHasher.node(impliedNew, sibling);
            }
            node >>>= 1;
            last >>>= 1;
        }
        requireOldRoot(impliedOld, oldRoot);
        requireNewRoot(impliedNew, newRoot);
    }

    private static void requireOldRoot(Digest implied, Digest oldRoot) throws MerkleProofException {
        if (!implied.equals(oldRoot)) {
            throw new MerkleProofException(
                    Reason.OLD_ROOT_MISMATCH,
                    "proof leads to old root " + implied.shortHex() + ", expected " + oldRoot.shortHex());
        }
    }

    private static void requireNewRoot(Digest implied, Digest newRoot) throws MerkleProofException {
        if (!implied.equals(newRoot)) {
            throw new MerkleProofException(
                    Reason.NEW_ROOT_MISMATCH,
                    "proof leads to new root " + implied.shortHex() + ", expected " + newRoot.shortHex());
        }
    }

    private static boolean areInOrder(long oldCount, long newCount) {
        return oldCount >= 0 && oldCount <= newCount;
    }

    private static boolean isPowerOfTwo(long positive) {
        return Long.bitCount(positive) == 1;
    }

    private static String outOfOrder(long oldCount, long newCount) {
        return oldCount < 0
                ? "old count " + oldCount + " is negative"
                : "old count " + oldCount + " is above new count " + newCount;
    }
}
