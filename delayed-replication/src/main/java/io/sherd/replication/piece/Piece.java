package io.sherd.replication.piece;

import io.sherd.merkle.Digest;
import io.sherd.merkle.MerklePath;
import io.sherd.merkle.MerkleProofException;
import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.util.ArrayList;
import java.util.List;

/**
 * One of the n pieces of a segment, with the path that proves it. Bytes, stored and sent:
 *
 * <pre>
 *   version 1 | segment 8 | piece index 2 | path length 1 | siblings 32 each | piece length 4 | piece bytes
 * </pre>
 *
 * @param segmentNumber the segment
 * @param index the piece index, 0 to n - 1
 * @param siblings the Merkle path, from the leaf upwards
 * @param bytes the piece itself
 */
public record Piece(long segmentNumber, int index, List<Digest> siblings, Bytes bytes) {

    private static final int VERSION = 1;
    private static final int MAX_SIBLINGS = 8;
    private static final int HEADER_BYTES = 16;

    /** Copies the siblings. */
    public Piece {
        siblings = List.copyOf(siblings);
    }

    /**
     * Checks this piece against a commitment: segment, index, size, path.
     *
     * @param commitment what replicas agreed on
     * @throws MerkleProofException if the path does not lead to the commitment's root
     * @throws WireFormatException if the piece is of another segment or size
     */
    public void verify(Commitment commitment) throws MerkleProofException, WireFormatException {
        SegmentContext context = commitment.context();
        if (segmentNumber != context.segmentNumber()) {
            throw new WireFormatException(
                    "a piece of segment %d for segment %d".formatted(segmentNumber, context.segmentNumber()));
        }
        if (index >= context.pieceCount()) {
            throw new WireFormatException(
                    "piece index %d, segment %d has %d pieces".formatted(index, segmentNumber, context.pieceCount()));
        }
        if (bytes.size() != context.pieceSizeBytes()) {
            throw new WireFormatException("piece %d of segment %d has %d bytes, not %d"
                    .formatted(index, segmentNumber, bytes.size(), context.pieceSizeBytes()));
        }
        new MerklePath(index, context.pieceCount(), siblings).verify(commitment.root(), context.leaf(index, bytes));
    }

    /**
     * {@return the size of a piece's canonical bytes, known before there is one}
     *
     * @param context its segment's context
     * @param index the piece index, 0 to n - 1
     */
    public static int encodedSizeBytes(SegmentContext context, int index) {
        int siblings = MerklePath.expectedLength(index, context.pieceCount());
        return HEADER_BYTES + siblings * Digest.SIZE_BYTES + context.pieceSizeBytes();
    }

    /** {@return the canonical bytes} */
    public Bytes encoded() {
        ByteWriter writer = new ByteWriter(HEADER_BYTES + siblings.size() * Digest.SIZE_BYTES + bytes.size());
        writer.u8(VERSION).u64(segmentNumber).u16(index).u8(siblings.size());
        siblings.forEach(writer::digest);
        return writer.sized(bytes).toBytes();
    }

    /**
     * Reads a piece.
     *
     * @param encoded exactly one piece
     * @return the piece, not yet verified
     * @throws WireFormatException if it is not one
     */
    public static Piece decode(Bytes encoded) throws WireFormatException {
        ByteReader reader = new ByteReader(encoded);
        int version = reader.u8();
        if (version != VERSION) {
            throw new WireFormatException("piece of version %d, this program reads %d".formatted(version, VERSION));
        }
        long segment = reader.u64();
        int index = reader.u16();
        int count = reader.u8();
        if (count > MAX_SIBLINGS) {
            throw new WireFormatException("a path of " + count + " siblings, at most 8 lead to 256 pieces");
        }
        List<Digest> siblings = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            siblings.add(reader.digest());
        }
        Bytes bytes = reader.sized(encoded.size());
        reader.end();
        return new Piece(segment, index, siblings, bytes);
    }
}
