package io.sherd.merkle;

/**
 * The three hashes of RFC 6962 §2.1: leaf, node and the root of no leaves.
 *
 * <p>Leaves and nodes have distinct prefixes, so the bytes under a node are never the data of a leaf with the same
 * hash. Users of this package who hash other things choose other prefixes.
 */
public final class MerkleHasher {

    /** The first byte under every leaf hash. */
    public static final byte LEAF_PREFIX = 0x00;

    /** The first byte under every node. */
    public static final byte NODE_PREFIX = 0x01;

    private static final Digest EMPTY_ROOT = Sha256.of();

    private MerkleHasher() {}

    /**
     * The hash of a leaf: {@code H(0x00 || parts)}. The parts are joined without separators; see
     * {@link Sha256#of(byte[]...)}.
     *
     * @param parts the leaf's data, in order
     * @return the leaf hash
     */
    public static Digest leaf(byte[]... parts) {
        Sha256 sha256 = Sha256.shared().update(LEAF_PREFIX);
        for (byte[] part : parts) {
            sha256.update(part);
        }
        return sha256.digest();
    }

    /**
     * The hash of an inner node: {@code H(0x01 || left || right)}.
     *
     * @param left the root of the left subtree
     * @param right the root of the right subtree
     * @return the node's hash
     */
    public static Digest node(Digest left, Digest right) {
        return Sha256.shared().update(NODE_PREFIX).update(left).update(right).digest();
    }

    /**
     * The root of a tree without leaves: {@code H("")}.
     *
     * @return the hash of the empty string
     */
    public static Digest emptyRoot() {
        return EMPTY_ROOT;
    }
}
