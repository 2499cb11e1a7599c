package io.sherd.merkle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

final class MerkleAccumulatorTest {

    private static final int MAX_SIZE = 300;

    @Test
    void hasTheRootOfTheTreeForEverySize() {
        MerkleAccumulator accumulator = new MerkleAccumulator();
        for (int size = 0; size <= MAX_SIZE; size++) {
            assertThat(accumulator.size()).isEqualTo(size);
            assertThat(accumulator.root())
                    .as("root of %d", size)
                    .isEqualTo(Leaves.tree(size).root())
                    .isEqualTo(ReferenceTree.mth(Leaves.data(size)));
            accumulator.append(leafHash(size));
        }
    }

    @Test
    void theFrontierIsTheCompleteSubtreesLargestFirst() {
        MerkleAccumulator accumulator = accumulatorOf(13);
        List<byte[]> data = Leaves.data(13);

        assertThat(accumulator.frontier())
                .containsExactly(
                        ReferenceTree.mth(data.subList(0, 8)),
                        ReferenceTree.mth(data.subList(8, 12)),
                        ReferenceTree.mth(data.subList(12, 13)));
        assertThat(new MerkleAccumulator().frontier()).isEmpty();
    }

    @Test
    void goesOnFromItsFrontierAsIfItHadNeverStopped() {
        for (int size = 0; size <= 70; size++) {
            MerkleAccumulator original = accumulatorOf(size);
            MerkleAccumulator restored = MerkleAccumulator.restore(size, original.frontier());
            for (int next = size; next <= size + 5; next++) {
                assertThat(restored.size()).isEqualTo(next);
                assertThat(restored.frontier()).isEqualTo(original.frontier());
                assertThat(restored.root()).isEqualTo(Leaves.tree(next).root());
                original.append(leafHash(next));
                restored.append(leafHash(next));
            }
        }
    }

    @Test
    void copiesAndFrontiersDoNotMoveWithTheirOriginal() {
        MerkleAccumulator accumulator = accumulatorOf(6);
        MerkleAccumulator copy = accumulator.copy();
        List<Digest> frontier = accumulator.frontier();

        accumulator.append(leafHash(6));

        assertThat(copy.size()).isEqualTo(6);
        assertThat(copy.root()).isEqualTo(Leaves.tree(6).root());
        assertThat(frontier).isEqualTo(copy.frontier());
    }

    @Test
    void aFrontierOfAnotherLengthIsRefused() {
        List<Digest> frontier = accumulatorOf(6).frontier();

        assertThat(MerkleAccumulator.frontierLength(6)).isEqualTo(2);
        for (long size : new long[] {0, 4, 7, 8}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> MerkleAccumulator.restore(size, frontier))
                    .withMessage("frontier has 2 hashes, size " + size + " needs " + Long.bitCount(size));
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MerkleAccumulator.restore(-6, frontier))
                .withMessage("size -6 is negative");
    }

    @Test
    void aFullAccumulatorTakesNoLeafAndStaysAsItIs() {
        List<Digest> frontier = Collections.nCopies(63, Digest.ZERO);
        MerkleAccumulator full = MerkleAccumulator.restore(Long.MAX_VALUE, frontier);

        assertThatThrownBy(() -> full.append(Digest.ZERO)).isInstanceOf(ArithmeticException.class);

        assertThat(full.size()).isEqualTo(Long.MAX_VALUE);
        assertThat(full.frontier()).isEqualTo(frontier);
    }

    private static MerkleAccumulator accumulatorOf(int size) {
        MerkleAccumulator accumulator = new MerkleAccumulator();
        Leaves.hashes(size).forEach(accumulator::append);
        return accumulator;
    }

    private static Digest leafHash(int index) {
        return MerkleHasher.leaf(new byte[] {(byte) index});
    }
}
