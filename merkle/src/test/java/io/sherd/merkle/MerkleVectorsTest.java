package io.sherd.merkle;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Fixed values: hashes and roots over the leaves 00, 01, 02, …, and the lengths of paths. */
final class MerkleVectorsTest {

    @Test
    void aLeafIsHashedUnderPrefixZero() {
        assertThat(MerkleHasher.leaf().hex())
                .isEqualTo("6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
        assertThat(MerkleHasher.leaf(new byte[] {5}, new byte[] {6, 7})).isEqualTo(Sha256.of(new byte[] {0, 5, 6, 7}));
    }

    @Test
    void aNodeIsHashedUnderPrefixOne() {
        Digest left = MerkleHasher.leaf(new byte[] {1});
        Digest right = MerkleHasher.leaf(new byte[] {2});

        assertThat(MerkleHasher.node(left, right))
                .isEqualTo(Sha256.of(new byte[] {1}, left.toByteArray(), right.toByteArray()))
                .isNotEqualTo(MerkleHasher.node(right, left))
                .isNotEqualTo(MerkleHasher.leaf(left.toByteArray(), right.toByteArray()));
    }

    @Test
    void theEmptyRootIsTheHashOfNothing() {
        assertThat(MerkleHasher.emptyRoot().hex())
                .isEqualTo("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assertThat(MerkleTree.of(List.of()).root()).isEqualTo(MerkleHasher.emptyRoot());
    }

    @ParameterizedTest
    @CsvSource({
        "4, 9bcd51240af4005168f033121ba85be5a6ed4f0e6a5fac262066729b8fbfdecb",
        "7, 3560191803028444b232018ac047fdb561c09c23a7a6876c85e08b5e4d48e9f3",
        "16, 93f2bd0cd60b2e597cf53fb12ae63ed157e0c10efbfe097d23caf8a5f59c6e27"
    })
    void rootOfTheFirstSingleBytes(int leafCount, String root) {
        assertThat(Leaves.tree(leafCount).root().hex()).isEqualTo(root);
    }

    @Test
    void indexAndLeafCountFixTheLengthOfAPath() {
        assertThat(pathLengths(1)).containsExactly(0);
        assertThat(pathLengths(3)).containsExactly(2, 2, 1);
        assertThat(pathLengths(4)).containsOnly(2);
        assertThat(pathLengths(7)).containsExactly(3, 3, 3, 3, 3, 3, 2);
        assertThat(MerklePath.expectedLength(0, Long.MAX_VALUE)).isEqualTo(63);
        assertThat(MerklePath.expectedLength(Long.MAX_VALUE - 1, Long.MAX_VALUE))
                .isEqualTo(62);
        assertThat(MerklePath.expectedLength(1L << 62, (1L << 62) + 1)).isEqualTo(1);
    }

    private static List<Integer> pathLengths(int leafCount) {
        return IntStream.range(0, leafCount)
                .mapToObj(index -> MerklePath.expectedLength(index, leafCount))
                .toList();
    }
}
