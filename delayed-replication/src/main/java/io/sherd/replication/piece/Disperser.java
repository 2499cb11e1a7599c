package io.sherd.replication.piece;

import io.sherd.ida.DispersalParameters;
import io.sherd.ida.InformationDispersal;
import io.sherd.merkle.Digest;
import io.sherd.merkle.MerkleTree;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.segment.Segment;
import io.sherd.replication.segment.SegmentCodec;
import io.sherd.replication.segment.SegmentCompression;
import io.sherd.replication.wire.Bytes;
import java.util.ArrayList;
import java.util.List;

/**
 * Segment to commitment and n pieces: encode, compress, disperse, hash, prove. A pure function, the same on every replica.
 * Thread-safe.
 */
public final class Disperser {

    private final Genesis genesis;
    private final Digest clusterId;
    private final InformationDispersal dispersal;

    /**
     * A disperser for one cluster.
     *
     * @param genesis the cluster's genesis
     */
    public Disperser(Genesis genesis) {
        this.genesis = genesis;
        this.clusterId = genesis.clusterId();
        this.dispersal = new InformationDispersal(
                new DispersalParameters(genesis.quorums().replicaCount(), genesis.piecesNeeded()));
    }

    /**
     * A segment as it is stored and proved.
     *
     * @param commitment what replicas agree on
     * @param pieces all n pieces, by index, each with its path
     * @param compressed the bytes that were dispersed
     */
    public record Dispersed(Commitment commitment, List<Piece> pieces, Bytes compressed) {}

    /**
     * Disperses a segment.
     *
     * @param segment a closed segment
     * @param epoch the epoch that it is sealed in
     * @return commitment, pieces and compressed bytes
     */
    public Dispersed disperse(Segment segment, long epoch) {
        Bytes plain = SegmentCodec.encode(segment);
        SegmentCompression.Compressed compressed = SegmentCompression.compress(plain);
        SegmentContext context = new SegmentContext(
                clusterId,
                epoch,
                genesis.quorums().replicaCount(),
                genesis.quorums().faultLimit(),
                genesis.piecesNeeded(),
                compressed.codec(),
                segment.number(),
                segment.firstSequence(),
                segment.lastSequence(),
                compressed.bytes().size(),
                plain.size(),
                segment.ledgerHashBefore(),
                segment.ledgerHashAfter(),
                segment.entriesTree().root());
        return disperse(context, compressed.bytes());
    }

    /**
     * Disperses compressed bytes again, to compare the root or to make a piece that somebody lacks.
     *
     * @param context the segment's context, of this cluster's n and k
     * @param compressed its compressed bytes, of exactly the context's length
     * @return commitment, pieces and compressed bytes
     */
    public Dispersed disperse(SegmentContext context, Bytes compressed) {
        if (compressed.size() != context.compressedLength()
                || !context.dispersal().equals(dispersal.parameters())) {
            throw new IllegalArgumentException("%d bytes with %s, the context says %d with %s"
                    .formatted(
                            compressed.size(),
                            dispersal.parameters(),
                            context.compressedLength(),
                            context.dispersal()));
        }
        byte[][] encoded = dispersal.encode(compressed.readOnlyArray(), 0, compressed.size());
        Bytes contextBytes = context.encoded();
        List<Bytes> pieces = new ArrayList<>(encoded.length);
        List<Digest> leaves = new ArrayList<>(encoded.length);
        for (int index = 0; index < encoded.length; index++) {
            Bytes piece = Bytes.wrap(encoded[index]);
            pieces.add(piece);
            leaves.add(SegmentContext.leaf(contextBytes, index, piece));
        }
        MerkleTree tree = MerkleTree.of(leaves);
        List<Piece> proved = new ArrayList<>(encoded.length);
        for (int index = 0; index < encoded.length; index++) {
            proved.add(
                    new Piece(context.segmentNumber(), index, tree.path(index).siblings(), pieces.get(index)));
        }
        return new Dispersed(new Commitment(context, tree.root()), proved, compressed);
    }
}
