/**
 * Merkle trees as RFC 6962 §2.1 (and RFC 9162 §2.1) defines them, over SHA-256: how a piece, a request or a segment
 * proves that it belongs to something many replicas signed. The package knows nothing of the rest of Sherd.
 *
 * <h2>Words</h2>
 *
 * <ul>
 *   <li>A <b>leaf hash</b> is {@code H(0x00 || data)}, a <b>node</b> is {@code H(0x01 || left || right)}, the root of
 *       no leaves is {@code H("")}. The prefixes keep the two apart: without them the 64 bytes below a node are
 *       themselves the data of a valid leaf, and whoever holds a tree can "prove" a leaf nobody put there.
 *   <li>A <b>path</b> ({@link io.sherd.merkle.MerklePath}) leads from one leaf hash to the root: the siblings met on
 *       the way up, lowest first.
 *   <li>A <b>consistency proof</b> ({@link io.sherd.merkle.ConsistencyProof}) shows that an older tree is the
 *       beginning of a newer one.
 *   <li>The <b>frontier</b> of a growing tree ({@link io.sherd.merkle.MerkleAccumulator}) is the roots of its complete
 *       subtrees, largest first: one for each bit set in the leaf count, and all that is needed to go on.
 * </ul>
 *
 * <h2>Shape</h2>
 *
 * <p>A tree of n &gt; 1 leaves is split at the largest power of two below n. Seen from below this is the same as pairing
 * neighbours level by level and lifting a node without a partner unchanged to the next level:
 *
 * <pre>
 *   n = 7            root
 *                 /        \
 *             [0,4)        [4,7)
 *            /     \       /    \
 *        [0,2)  [2,4)  [4,6)     6      leaf 6 has no partner on the two lowest levels
 *        /  \   /  \   /  \
 *       0    1 2    3 4    5            path lengths: 3 3 3 3 3 3 2
 * </pre>
 *
 * <p>The last node is never paired with itself. Where it is (CVE-2012-2459), the leaves 1 2 3 4 5 6 and the leaves
 * 1 2 3 4 5 6 5 6 have one root, so one root stands for two lists.
 *
 * <h2>What a proof must satisfy</h2>
 *
 * <p>Leaf index and leaf count together fix the length of a path and the side of every sibling, and the two counts fix
 * the length of a consistency proof. Any other length is refused before anything is hashed, so one leaf has exactly one
 * path.
 *
 * <p>A root does not commit to its leaf count. Index 0 has the same siblings on the same sides in a tree of 7 and in
 * one of 8, so its path verifies under either count. A verifier therefore takes index and leaf count from what it
 * already trusts, or from data that the leaf hash binds, and it computes the leaf hash itself from the data: a
 * leaf <em>hash</em> received from a peer may well be an inner node.
 *
 * <p>Values are immutable and may be shared between threads; {@link io.sherd.merkle.Sha256} and
 * {@link io.sherd.merkle.MerkleAccumulator} are mutable and belong to one thread at a time.
 */
@NullMarked
package io.sherd.merkle;

import org.jspecify.annotations.NullMarked;
