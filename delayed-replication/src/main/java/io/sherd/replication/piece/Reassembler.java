package io.sherd.replication.piece;

import io.sherd.ida.DispersalException;
import io.sherd.ida.DispersalParameters;
import io.sherd.ida.InformationDispersal;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.segment.Segment;
import io.sherd.replication.segment.SegmentCodec;
import io.sherd.replication.segment.SegmentCompression;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.util.List;

/**
 * k verified pieces to segment. Everything that was hashed is hashed again from the decoded bytes, of all n pieces: whoever
 * trusted the digests of the pieces received would accept a root that is not of a codeword. Thread-safe.
 */
public final class Reassembler {

    private final Genesis genesis;
    private final Disperser disperser;
    private final InformationDispersal dispersal;

    /**
     * A reassembler for one cluster.
     *
     * @param genesis the cluster's genesis
     */
    public Reassembler(Genesis genesis) {
        this.genesis = genesis;
        this.disperser = new Disperser(genesis);
        this.dispersal = new InformationDispersal(
                new DispersalParameters(genesis.quorums().replicaCount(), genesis.piecesNeeded()));
    }

    /**
     * A segment that was proved down to its bytes.
     *
     * @param segment the entries
     * @param dispersed its commitment, all of its pieces and its compressed bytes, made anew
     */
    public record Reassembled(Segment segment, Disperser.Dispersed dispersed) {}

    /**
     * Rebuilds a segment from exactly k pieces.
     *
     * @param commitment a commitment under a certified history root
     * @param pieces k pieces with distinct indexes, each verified against the commitment
     * @return the segment, and its pieces made anew
     * @throws ReassemblyException if pieces that verify do not make what the commitment says: at least f + 1 replicas signed
     *     something that is not a segment
     */
    public Reassembled reassemble(Commitment commitment, List<Piece> pieces) throws ReassemblyException {
        SegmentContext context = commitment.context();
        int[] indexes = pieces.stream().mapToInt(Piece::index).toArray();
        byte[][] bytes =
                pieces.stream().map(piece -> piece.bytes().readOnlyArray()).toArray(byte[][]::new);
        try {
            return reassemble(commitment, Bytes.wrap(dispersal.decode(context.compressedLength(), indexes, bytes)));
        } catch (DispersalException e) {
            throw somethingElse(context, e);
        }
    }

    /**
     * Checks compressed bytes as those of a segment.
     *
     * @param commitment a commitment under a certified history root
     * @param compressed bytes of exactly the length that it says
     * @return the segment, and its pieces made anew
     * @throws ReassemblyException if they do not make what the commitment says
     */
    public Reassembled reassemble(Commitment commitment, Bytes compressed) throws ReassemblyException {
        SegmentContext context = commitment.context();
        try {
            Disperser.Dispersed again = disperser.disperse(context, compressed);
            check(again.commitment().root().equals(commitment.root()), commitment, "the pieces' root");
            Bytes plain = SegmentCompression.decompress(
                    context.codec(),
                    compressed,
                    context.plainLength(),
                    genesis.limits().maxSegmentBytes());
            Segment segment = SegmentCodec.decode(plain, context.ledgerHashBefore(), genesis.limits());
            check(segment.number() == context.segmentNumber(), commitment, "the segment number");
            check(segment.firstSequence() == context.firstSequence(), commitment, "the first position");
            check(segment.lastSequence() == context.lastSequence(), commitment, "the last position");
            check(segment.entriesTree().root().equals(context.entriesRoot()), commitment, "the entries' root");
            check(segment.ledgerHashAfter().equals(context.ledgerHashAfter()), commitment, "the ledger hash");
            return new Reassembled(segment, again);
        } catch (WireFormatException e) {
            throw somethingElse(context, e);
        }
    }

    private static ReassemblyException somethingElse(SegmentContext context, Exception e) {
        return new ReassemblyException(
                "segment " + context.segmentNumber() + " decodes to something else: " + e.getMessage(), e);
    }

    private static void check(boolean holds, Commitment commitment, String what) throws ReassemblyException {
        if (!holds) {
            throw new ReassemblyException("segment %d: %s differs from the commitment's"
                    .formatted(commitment.context().segmentNumber(), what));
        }
    }
}
