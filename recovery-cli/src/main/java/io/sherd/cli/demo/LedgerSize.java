package io.sherd.cli.demo;

import io.sherd.replication.piece.Commitment;
import io.sherd.replication.piece.SegmentContext;
import java.util.List;

/**
 * How large a sealed ledger is, and how large an archive of it may be.
 *
 * @param segments how many segments it has
 * @param plainBytes bytes of its entries
 * @param compressedBytes bytes that were dispersed
 * @param replicaCount n
 * @param piecesNeeded k
 */
record LedgerSize(long segments, long plainBytes, long compressedBytes, int replicaCount, int piecesNeeded) {
    static final LedgerSize NONE = new LedgerSize(0, 0, 0, 1, 1);

    /** What the numbers that must hold are stated for: docs/DESIGN.md, "Numbers that must hold". */
    private static final long LARGE_BYTES = 64L << 20;

    private static final int PROOF_BYTES_PER_SEGMENT = 256;
    private static final int DIGEST_BYTES = 32;
    /** Around a piece: its own fields, and what gRPC puts around a message. */
    private static final int PIECE_OVERHEAD_BYTES = 64;

    /** The size of a ledger of these segments. */
    static LedgerSize of(List<Commitment> commitments, int replicaCount, int piecesNeeded) {
        return new LedgerSize(
                commitments.size(),
                commitments.stream()
                        .mapToLong(each -> each.context().plainLength())
                        .sum(),
                commitments.stream()
                        .mapToLong(each -> each.context().compressedLength())
                        .sum(),
                replicaCount,
                piecesNeeded);
    }

    /** Compressed bytes / k + segments (32 path length + 256): the least that a replica could hold, and its proofs. */
    long boundBytes() {
        return compressedBytes / piecesNeeded
                + segments * ((long) DIGEST_BYTES * pathLength() + PROOF_BYTES_PER_SEGMENT);
    }

    /** Bytes of proofs that a learner receives besides the pieces: commitments, and a path with each of k pieces. */
    long proofBytes() {
        long commitment = SegmentContext.SIZE_BYTES + DIGEST_BYTES;
        long piece = (long) DIGEST_BYTES * pathLength() + PIECE_OVERHEAD_BYTES;
        return segments * (commitment + piecesNeeded * piece);
    }

    /** Whether it is so large that the stated numbers must hold without allowances. */
    boolean isLarge() {
        return plainBytes >= LARGE_BYTES;
    }

    private int pathLength() {
        return Integer.SIZE - Integer.numberOfLeadingZeros(replicaCount - 1);
    }
}
