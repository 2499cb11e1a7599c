package io.sherd.archive.proof;

import io.sherd.merkle.Digest;
import io.sherd.merkle.MerkleAccumulator;
import io.sherd.merkle.MerklePath;
import io.sherd.merkle.MerkleTree;
import io.sherd.replication.checkpoint.CheckpointStatement;
import io.sherd.replication.piece.Commitment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The commitments' leaves under a certified history root, and where each segment ends: about 100 bytes a segment, so that paths can be
 * made and positions found. Commitments themselves are asked for again.
 */
final class CertifiedHistory {

    private final MerkleTree tree;
    private final List<Digest> leaves;
    private final long[] lastSequences;

    private CertifiedHistory(MerkleTree tree, List<Digest> leaves, long[] lastSequences) {
        this.tree = tree;
        this.leaves = leaves;
        this.lastSequences = lastSequences;
    }

    /** Commitments in their order, as one source gives them. */
    static final class Builder {
        private final List<Digest> leaves = new ArrayList<>();
        private long[] lastSequences = new long[1024];

        /** How many there are. */
        int size() {
            return leaves.size();
        }

        void add(Commitment commitment) {
            if (leaves.size() == lastSequences.length) {
                lastSequences = Arrays.copyOf(lastSequences, 2 * lastSequences.length);
            }
            lastSequences[leaves.size()] = commitment.context().lastSequence();
            leaves.add(commitment.leaf());
        }

        /** The history, if these are the statement's commitments. */
        Optional<CertifiedHistory> under(CheckpointStatement statement) {
            MerkleTree tree = MerkleTree.of(leaves);
            boolean isCertified =
                    leaves.size() == statement.segmentCount() && tree.root().equals(statement.historyRoot());
            return isCertified
                    ? Optional.of(new CertifiedHistory(tree, leaves, Arrays.copyOf(lastSequences, leaves.size())))
                    : Optional.empty();
        }
    }

    int segmentCount() {
        return leaves.size();
    }

    /** The segment of a position, if it is sealed. */
    OptionalLong segmentOf(long sequence) {
        int found = Arrays.binarySearch(lastSequences, sequence);
        int segment = found >= 0 ? found : -found - 1;
        return sequence >= 1 && segment < lastSequences.length ? OptionalLong.of(segment) : OptionalLong.empty();
    }

    /** Whether these are the certified commitments from a segment on. */
    boolean hasAll(long from, List<Commitment> commitments) {
        return leaves.subList((int) from, (int) from + commitments.size())
                .equals(commitments.stream().map(Commitment::leaf).toList());
    }

    /** The frontier over the commitments before a segment. */
    List<Digest> frontierBefore(long segment) {
        MerkleAccumulator accumulator = new MerkleAccumulator();
        leaves.subList(0, (int) segment).forEach(accumulator::append);
        return accumulator.frontier();
    }

    /** That the history up to a segment, which it does not include, goes on to all of it. */
    List<Digest> consistencyFrom(long end) {
        return tree.consistency(end).hashes();
    }

    MerklePath path(long segment) {
        return tree.path(segment);
    }
}
