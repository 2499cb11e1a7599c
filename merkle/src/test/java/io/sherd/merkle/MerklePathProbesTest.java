package io.sherd.merkle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.sherd.merkle.MerkleProofException.Reason;
import java.util.Collections;
import java.util.List;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;

/** Starts from every valid path of every tree up to {@value #MAX_LEAF_COUNT} leaves and breaks it in one way. */
final class MerklePathProbesTest {

    private static final int MAX_LEAF_COUNT = 20;

    @Test
    void aFlippedBitInAnySiblingLeadsToAnotherRoot() {
        forEachPath((path, tree) -> {
            for (int level = 0; level < path.siblings().size(); level++) {
                for (int bit = level; bit < 256; bit += 51) {
                    Digest flipped = Leaves.flipBit(path.siblings().get(level), bit);
                    MerklePath broken = withSiblings(path, Leaves.replaced(path.siblings(), level, flipped));
                    assertRefused(broken, tree.root(), leafHash(path), Reason.ROOT_MISMATCH);
                }
            }
        });
    }

    @Test
    void eachOfTheBitsOfTheSiblingsOfAPathCounts() {
        MerkleTree tree = Leaves.tree(7);
        MerklePath path = tree.path(4);
        for (int level = 0; level < 3; level++) {
            for (int bit = 0; bit < 256; bit++) {
                Digest flipped = Leaves.flipBit(path.siblings().get(level), bit);
                MerklePath broken = withSiblings(path, Leaves.replaced(path.siblings(), level, flipped));
                assertRefused(broken, tree.root(), leafHash(path), Reason.ROOT_MISMATCH);
            }
        }
    }

    @Test
    void aDroppedSiblingMakesThePathTooShort() {
        forEachPath((path, tree) -> {
            for (int level = 0; level < path.siblings().size(); level++) {
                MerklePath broken = withSiblings(path, Leaves.without(path.siblings(), level));
                assertRefused(broken, tree.root(), leafHash(path), Reason.WRONG_LENGTH);
            }
        });
    }

    @Test
    void anAddedSiblingMakesThePathTooLong() {
        forEachPath((path, tree) -> {
            for (int level = 0; level <= path.siblings().size(); level++) {
                for (Digest added : List.of(Digest.ZERO, tree.root(), leafHash(path))) {
                    MerklePath broken = withSiblings(path, Leaves.with(path.siblings(), level, added));
                    assertRefused(broken, tree.root(), leafHash(path), Reason.WRONG_LENGTH);
                }
            }
        });
    }

    @Test
    void swappedNeighboursLeadToAnotherRoot() {
        forEachPath((path, tree) -> {
            for (int level = 0; level + 1 < path.siblings().size(); level++) {
                MerklePath broken = withSiblings(path, Leaves.neighboursSwapped(path.siblings(), level));
                assertRefused(broken, tree.root(), leafHash(path), Reason.ROOT_MISMATCH);
            }
        });
    }

    @Test
    void anotherIndexIsRefused() {
        forEachPath((path, tree) -> {
            for (long index = -2; index <= path.leafCount() + 2; index++) {
                if (index == path.index()) {
                    continue;
                }
                MerklePath broken = new MerklePath(index, path.leafCount(), path.siblings());
                assertRefused(broken, tree.root(), leafHash(path), expectedReason(broken));
            }
        });
    }

    /** A root does not commit to its leaf count: a wrong count that puts every sibling on the same side goes unseen. */
    @Test
    void anotherLeafCountIsRefusedUnlessThePlaceIsTheSame() {
        forEachPath((path, tree) -> {
            for (long leafCount = -1; leafCount <= 2 * MAX_LEAF_COUNT; leafCount++) {
                MerklePath changed = new MerklePath(path.index(), leafCount, path.siblings());
                if (path.index() < leafCount && sides(changed).equals(sides(path))) {
                    assertThat(changed.leadsTo(tree.root(), leafHash(path))).isTrue();
                } else {
                    assertRefused(changed, tree.root(), leafHash(path), expectedReason(changed));
                }
            }
        });
        MerkleTree tree = Leaves.tree(7);
        assertThat(new MerklePath(0, 8, tree.path(0).siblings())
                        .leadsTo(tree.root(), Leaves.hashes(1).getFirst()))
                .as("path of leaf 0 of 7, taken for one of 8")
                .isTrue();
    }

    @Test
    void extremeNumbersAreRefusedNotComputedWith() {
        for (long number : new long[] {Long.MIN_VALUE, Long.MIN_VALUE + 1, -1}) {
            assertRefused(new MerklePath(number, 7, List.of()), Digest.ZERO, Digest.ZERO, Reason.INDEX_OUT_OF_RANGE);
            assertRefused(new MerklePath(0, number, List.of()), Digest.ZERO, Digest.ZERO, Reason.INDEX_OUT_OF_RANGE);
        }
        List<Digest> longest = Collections.nCopies(63, Digest.ZERO);
        assertRefused(new MerklePath(5, Long.MAX_VALUE, longest), Digest.ZERO, Digest.ZERO, Reason.ROOT_MISMATCH);
        assertRefused(
                new MerklePath(5, Long.MAX_VALUE, Leaves.without(longest, 0)),
                Digest.ZERO,
                Digest.ZERO,
                Reason.WRONG_LENGTH);
    }

    @Test
    void anotherLeafIsRefused() {
        forEachPath((path, tree) -> {
            for (int other = 0; other <= path.leafCount(); other++) {
                if (other != path.index()) {
                    Digest otherLeaf = Leaves.hashes(other + 1).getLast();
                    assertRefused(path, tree.root(), otherLeaf, Reason.ROOT_MISMATCH);
                }
            }
        });
    }

    @Test
    void theBytesUnderANodeAreNotALeaf() {
        MerkleTree tree = Leaves.tree(4);
        Digest left = MerkleTree.of(Leaves.hashes(2)).root();
        List<Digest> leaves = Leaves.hashes(4);
        MerklePath shortened =
                new MerklePath(0, 2, List.of(tree.path(0).siblings().get(1)));
        Digest forgedLeaf =
                MerkleHasher.leaf(leaves.get(0).toByteArray(), leaves.get(1).toByteArray());

        assertThat(shortened.leadsTo(tree.root(), left))
                .as("an inner node taken for a leaf hash, which no verifier may do")
                .isTrue();
        assertRefused(shortened, tree.root(), forgedLeaf, Reason.ROOT_MISMATCH);
    }

    @Test
    void aNodeUsedAsLeafHashInItsOwnTreeIsRefused() {
        forEachPath((path, tree) -> {
            Digest node = leafHash(path);
            for (Digest sibling : path.siblings()) {
                assertRefused(path, tree.root(), sibling, Reason.ROOT_MISMATCH);
                node = MerkleHasher.node(node, sibling);
                assertRefused(path, tree.root(), node, Reason.ROOT_MISMATCH);
            }
        });
    }

    @Test
    void aLeafHashUsedAsSiblingNodeIsRefused() {
        forEachPath((path, tree) -> {
            for (int level = 1; level < path.siblings().size(); level++) {
                MerklePath broken = withSiblings(path, Leaves.replaced(path.siblings(), level, leafHash(path)));
                assertRefused(broken, tree.root(), leafHash(path), Reason.ROOT_MISMATCH);
            }
        });
    }

    @Test
    void theRootOfAnotherTreeIsRefused() {
        forEachPath((path, tree) -> {
            for (int otherCount = 0; otherCount <= MAX_LEAF_COUNT; otherCount++) {
                if (otherCount != path.leafCount()) {
                    Digest otherRoot = Leaves.tree(otherCount).root();
                    assertRefused(path, otherRoot, leafHash(path), Reason.ROOT_MISMATCH);
                }
            }
            for (int bit = 0; bit < 256; bit += 17) {
                Digest flipped = Leaves.flipBit(tree.root(), bit);
                assertRefused(path, flipped, leafHash(path), Reason.ROOT_MISMATCH);
            }
        });
    }

    @Test
    void theMessageNamesWhatDiffers() {
        MerkleTree tree = Leaves.tree(7);
        MerklePath path = tree.path(3);
        Digest leafHash = leafHash(path);
        MerklePath outside = new MerklePath(7, 7, path.siblings());
        MerklePath shorter = withSiblings(path, Leaves.without(path.siblings(), 0));

        assertThat(refusal(outside, tree.root(), leafHash)).hasMessage("index 7 is not below leaf count 7");
        assertThat(refusal(shorter, tree.root(), leafHash)).hasMessage("path has 2 siblings, index 3 of 7 needs 3");
        assertThat(refusal(path, Leaves.tree(4).root(), leafHash))
                .hasMessage("path leads to 35601918…, expected 9bcd5124…");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> outside.impliedRoot(leafHash))
                .withMessage("index 7 is not below leaf count 7");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> shorter.impliedRoot(leafHash))
                .withMessage("path has 2 siblings, index 3 of 7 needs 3");
    }

    private static void forEachPath(BiConsumer<MerklePath, MerkleTree> probe) {
        for (int leafCount = 1; leafCount <= MAX_LEAF_COUNT; leafCount++) {
            MerkleTree tree = Leaves.tree(leafCount);
            for (int index = 0; index < leafCount; index++) {
                probe.accept(tree.path(index), tree);
            }
        }
    }

    private static Digest leafHash(MerklePath path) {
        return MerkleHasher.leaf(new byte[] {(byte) path.index()});
    }

    private static String sides(MerklePath path) {
        return ReferenceTree.siblingSides(path.index(), path.leafCount());
    }

    private static MerklePath withSiblings(MerklePath path, List<Digest> siblings) {
        return new MerklePath(path.index(), path.leafCount(), siblings);
    }

    /** The reason for a path whose siblings and leaf are those of another place. */
    private static Reason expectedReason(MerklePath moved) {
        if (moved.index() < 0 || moved.index() >= moved.leafCount()) {
            return Reason.INDEX_OUT_OF_RANGE;
        }
        return sides(moved).length() == moved.siblings().size() ? Reason.ROOT_MISMATCH : Reason.WRONG_LENGTH;
    }

    private static void assertRefused(MerklePath path, Digest root, Digest leafHash, Reason reason) {
        assertThat(refusal(path, root, leafHash).reason()).as("%s", path).isEqualTo(reason);
        assertThat(path.leadsTo(root, leafHash)).as("%s", path).isFalse();
    }

    private static MerkleProofException refusal(MerklePath path, Digest root, Digest leafHash) {
        return catchThrowableOfType(MerkleProofException.class, () -> path.verify(root, leafHash));
    }
}
