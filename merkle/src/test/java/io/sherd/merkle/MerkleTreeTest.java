package io.sherd.merkle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNoException;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The tree against {@link ReferenceTree}, for every size up to {@value #MAX_LEAF_COUNT}. */
final class MerkleTreeTest {

    private static final int MAX_LEAF_COUNT = 70;

    @Test
    void rootsAreThoseOfTheDefinition() {
        for (int n = 0; n <= MAX_LEAF_COUNT; n++) {
            MerkleTree tree = Leaves.tree(n);
            assertThat(tree.root()).as("root of %d", n).isEqualTo(ReferenceTree.mth(Leaves.data(n)));
            assertThat(tree.leafCount()).isEqualTo(n);
        }
    }

    @Test
    void pathsAreThoseOfTheDefinitionAndVerify() {
        for (int n = 1; n <= MAX_LEAF_COUNT; n++) {
            MerkleTree tree = Leaves.tree(n);
            for (int i = 0; i < n; i++) {
                MerklePath path = tree.path(i);
                Digest leafHash = Leaves.hashes(n).get(i);

                assertThat(path).isEqualTo(new MerklePath(i, n, ReferenceTree.path(i, Leaves.data(n))));
                assertThat(MerklePath.expectedLength(i, n))
                        .isEqualTo(path.siblings().size());
                assertThat(path.impliedRoot(leafHash)).isEqualTo(tree.root());
                assertThat(path.leadsTo(tree.root(), leafHash)).isTrue();
                assertThatNoException().isThrownBy(() -> path.verify(tree.root(), leafHash));
            }
        }
    }

    @Test
    void consistencyProofsAreThoseOfTheDefinitionAndVerify() {
        for (int n = 1; n <= MAX_LEAF_COUNT; n++) {
            MerkleTree tree = Leaves.tree(n);
            for (int m = 1; m < n; m++) {
                Digest oldRoot = ReferenceTree.mth(Leaves.data(m));
                ConsistencyProof proof = tree.consistency(m);

                assertThat(proof).isEqualTo(new ConsistencyProof(m, n, ReferenceTree.proof(m, Leaves.data(n))));
                assertThat(ConsistencyProof.expectedLength(m, n))
                        .isEqualTo(proof.hashes().size());
                assertThatNoException().isThrownBy(() -> proof.verify(oldRoot, tree.root()));
            }
        }
    }

    @Test
    void equalCountsAndTheEmptyTreeNeedNoHashes() {
        for (int n = 0; n <= MAX_LEAF_COUNT; n++) {
            MerkleTree tree = Leaves.tree(n);
            assertThat(tree.consistency(n)).isEqualTo(new ConsistencyProof(n, n, List.of()));
            assertThat(tree.consistency(0)).isEqualTo(new ConsistencyProof(0, n, List.of()));
            assertThatNoException().isThrownBy(() -> {
                tree.consistency(tree.leafCount()).verify(tree.root(), tree.root());
                tree.consistency(0).verify(MerkleHasher.emptyRoot(), tree.root());
            });
        }
    }

    /** CVE-2012-2459: where the last node is paired with itself, repeating the last leaves keeps the root. */
    @Test
    void repeatingTheLastLeavesGivesAnotherRoot() {
        assertThat(rootOf(1, 2, 3, 4, 5, 6, 5, 6)).isNotEqualTo(rootOf(1, 2, 3, 4, 5, 6));
        for (int n = 1; n <= MAX_LEAF_COUNT; n++) {
            Set<Digest> roots = new HashSet<>();
            for (int repeated = 0; repeated <= n; repeated++) {
                List<Digest> leaves = new ArrayList<>(Leaves.hashes(n));
                leaves.addAll(leaves.subList(n - repeated, n));
                roots.add(MerkleTree.of(leaves).root());
            }
            assertThat(roots)
                    .as("roots over %d leaves and 0 to %d repeated ones", n, n)
                    .hasSize(n + 1);
        }
    }

    @Test
    void laterChangesOfTheListDoNotReachTheTree() {
        List<Digest> leaves = new ArrayList<>(Leaves.hashes(5));
        MerkleTree tree = MerkleTree.of(leaves);

        leaves.set(2, Digest.ZERO);

        assertThat(tree.root()).isEqualTo(Leaves.tree(5).root());
        assertThat(tree.path(3)).isEqualTo(Leaves.tree(5).path(3));
    }

    @Test
    void aLeafOrAnOlderTreeThatIsNotThereIsTheCallersMistake() {
        MerkleTree tree = Leaves.tree(7);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> tree.path(7))
                .withMessage("index 7 is not below leaf count 7");
        assertThatIllegalArgumentException().isThrownBy(() -> tree.path(-1)).withMessage("index -1 is negative");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Leaves.tree(0).path(0))
                .withMessage("index 0 is not below leaf count 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> tree.consistency(8))
                .withMessage("old count 8 is above new count 7");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> tree.consistency(-1))
                .withMessage("old count -1 is negative");
    }

    private static Digest rootOf(int... leaves) {
        List<Digest> hashes = new ArrayList<>();
        for (int leaf : leaves) {
            hashes.add(MerkleHasher.leaf(new byte[] {(byte) leaf}));
        }
        return MerkleTree.of(hashes).root();
    }
}
