package io.sherd.merkle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.sherd.merkle.MerkleProofException.Reason;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Starts from every valid consistency proof up to {@value #MAX_LEAF_COUNT} leaves and breaks it in one way. */
final class ConsistencyProofProbesTest {

    private static final int MAX_LEAF_COUNT = 20;

    @Test
    void aFlippedBitInAnyHashLeadsToAnotherRoot() {
        forEachProof(proof -> {
            for (int position = 0; position < proof.hashes().size(); position++) {
                Digest flipped = Leaves.flipBit(proof.hashes().get(position), 37 * position % 256);
                assertRootsMissed(withHashes(proof, Leaves.replaced(proof.hashes(), position, flipped)));
            }
        });
    }

    @Test
    void aDroppedHashMakesTheProofTooShort() {
        forEachProof(proof -> {
            for (int position = 0; position < proof.hashes().size(); position++) {
                assertRefused(withHashes(proof, Leaves.without(proof.hashes(), position)), Reason.WRONG_LENGTH);
            }
        });
    }

    @Test
    void anAddedHashMakesTheProofTooLong() {
        forEachProof(proof -> {
            for (int position = 0; position <= proof.hashes().size(); position++) {
                for (Digest added : List.of(Digest.ZERO, root(proof.oldCount()), root(proof.newCount()))) {
                    assertRefused(withHashes(proof, Leaves.with(proof.hashes(), position, added)), Reason.WRONG_LENGTH);
                }
            }
        });
    }

    @Test
    void swappedNeighboursLeadToAnotherRoot() {
        forEachProof(proof -> {
            for (int position = 0; position + 1 < proof.hashes().size(); position++) {
                assertRootsMissed(withHashes(proof, Leaves.neighboursSwapped(proof.hashes(), position)));
            }
        });
    }

    @Test
    void anotherOldRootIsRefused() {
        forEachProof(proof -> {
            for (int other = 0; other <= proof.newCount(); other++) {
                if (other != proof.oldCount()) {
                    MerkleProofException refusal = refusal(proof, root(other), root(proof.newCount()));
                    assertThat(refusal.reason())
                            .as("%s with the root of %d", proof, other)
                            .isEqualTo(startsAtOldRoot(proof) ? Reason.NEW_ROOT_MISMATCH : Reason.OLD_ROOT_MISMATCH);
                }
            }
        });
    }

    @Test
    void anotherNewRootIsRefused() {
        forEachProof(proof -> {
            for (int other = 0; other <= MAX_LEAF_COUNT; other++) {
                if (other != proof.newCount()) {
                    MerkleProofException refusal = refusal(proof, root(proof.oldCount()), root(other));
                    assertThat(refusal.reason()).isEqualTo(Reason.NEW_ROOT_MISMATCH);
                }
            }
        });
    }

    @Test
    void aRewrittenPastIsRefused() {
        for (int newCount = 2; newCount <= MAX_LEAF_COUNT; newCount++) {
            for (int oldCount = 1; oldCount < newCount; oldCount++) {
                for (int rewritten = 0; rewritten < oldCount; rewritten++) {
                    List<Digest> leaves = new ArrayList<>(Leaves.hashes(newCount));
                    leaves.set(rewritten, MerkleHasher.leaf(new byte[] {(byte) 0xEE}));
                    MerkleTree forged = MerkleTree.of(leaves);

                    MerkleProofException refusal = refusal(forged.consistency(oldCount), root(oldCount), forged.root());

                    assertThat(refusal.reason()).isIn(Reason.OLD_ROOT_MISMATCH, Reason.NEW_ROOT_MISMATCH);
                }
            }
        }
    }

    @Test
    void swappedCountsAndNegativeCountsAreRefused() {
        forEachProof(proof -> {
            ConsistencyProof swapped = new ConsistencyProof(proof.newCount(), proof.oldCount(), proof.hashes());
            assertThat(refusal(swapped, root(proof.newCount()), root(proof.oldCount()))
                            .reason())
                    .isEqualTo(Reason.COUNTS_OUT_OF_ORDER);
        });
        for (long negative : new long[] {Long.MIN_VALUE, -1}) {
            assertThat(refusal(new ConsistencyProof(negative, 7, List.of()), Digest.ZERO, Digest.ZERO)
                            .reason())
                    .isEqualTo(Reason.COUNTS_OUT_OF_ORDER);
            assertThat(refusal(new ConsistencyProof(0, negative, List.of()), Digest.ZERO, Digest.ZERO)
                            .reason())
                    .isEqualTo(Reason.COUNTS_OUT_OF_ORDER);
        }
        ConsistencyProof longest =
                new ConsistencyProof(Long.MAX_VALUE - 1, Long.MAX_VALUE, Collections.nCopies(63, Digest.ZERO));
        assertThat(refusal(longest, Digest.ZERO, Digest.ZERO).reason()).isEqualTo(Reason.OLD_ROOT_MISMATCH);
    }

    @Test
    void equalCountsNeedEqualRootsAndNoHashes() {
        ConsistencyProof proof = new ConsistencyProof(5, 5, List.of());

        assertThat(refusal(proof, root(5), root(6)).reason()).isEqualTo(Reason.NEW_ROOT_MISMATCH);
        assertThat(refusal(withHashes(proof, List.of(root(5))), root(5), root(5))
                        .reason())
                .isEqualTo(Reason.WRONG_LENGTH);
    }

    @Test
    void theEmptyTreeHasTheEmptyRoot() {
        assertThat(refusal(new ConsistencyProof(0, 5, List.of()), root(1), root(5))
                        .reason())
                .isEqualTo(Reason.OLD_ROOT_MISMATCH);
        assertThat(refusal(new ConsistencyProof(0, 0, List.of()), root(0), root(1))
                        .reason())
                .isEqualTo(Reason.NEW_ROOT_MISMATCH);
        assertThat(refusal(new ConsistencyProof(0, 0, List.of()), root(1), root(1))
                        .reason())
                .isEqualTo(Reason.OLD_ROOT_MISMATCH);
    }

    @Test
    void theMessageNamesWhatDiffers() {
        ConsistencyProof proof = Leaves.tree(7).consistency(3);
        ConsistencyProof shorter = withHashes(proof, Leaves.without(proof.hashes(), 0));

        assertThat(refusal(new ConsistencyProof(8, 7, List.of()), root(7), root(7)))
                .hasMessage("old count 8 is above new count 7");
        assertThat(refusal(new ConsistencyProof(-1, 7, List.of()), root(7), root(7)))
                .hasMessage("old count -1 is negative");
        assertThat(refusal(shorter, root(3), root(7))).hasMessage("proof has 3 hashes, counts 3 to 7 need 4");
        assertThat(refusal(proof, root(4), root(7)))
                .hasMessage("proof leads to old root " + root(3).shortHex() + ", expected 9bcd5124…");
        assertThat(refusal(proof, root(3), root(4)))
                .hasMessage("proof leads to new root 35601918…, expected 9bcd5124…");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ConsistencyProof.expectedLength(8, 7))
                .withMessage("old count 8 is above new count 7");
    }

    private static void forEachProof(Consumer<ConsistencyProof> probe) {
        for (int newCount = 2; newCount <= MAX_LEAF_COUNT; newCount++) {
            MerkleTree tree = Leaves.tree(newCount);
            for (int oldCount = 1; oldCount < newCount; oldCount++) {
                probe.accept(tree.consistency(oldCount));
            }
        }
    }

    private static Digest root(long leafCount) {
        return Leaves.tree((int) leafCount).root();
    }

    private static ConsistencyProof withHashes(ConsistencyProof proof, List<Digest> hashes) {
        return new ConsistencyProof(proof.oldCount(), proof.newCount(), hashes);
    }

    /** An old tree that is one complete subtree is where the proof starts, so a wrong old root shows in the new one. */
    private static boolean startsAtOldRoot(ConsistencyProof proof) {
        return Long.bitCount(proof.oldCount()) == 1;
    }

    /** Hashes to the left make both roots, hashes to the right only the new one: which is missed depends on the place. */
    private static void assertRootsMissed(ConsistencyProof broken) {
        assertThat(refusal(broken, root(broken.oldCount()), root(broken.newCount()))
                        .reason())
                .as("%s", broken)
                .isIn(Reason.OLD_ROOT_MISMATCH, Reason.NEW_ROOT_MISMATCH);
    }

    private static void assertRefused(ConsistencyProof proof, Reason reason) {
        assertThat(refusal(proof, root(proof.oldCount()), root(proof.newCount()))
                        .reason())
                .as("%s", proof)
                .isEqualTo(reason);
    }

    private static MerkleProofException refusal(ConsistencyProof proof, Digest oldRoot, Digest newRoot) {
        return catchThrowableOfType(MerkleProofException.class, () -> proof.verify(oldRoot, newRoot));
    }
}
