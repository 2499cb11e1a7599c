package io.sherd.replication.piece;

import io.sherd.ida.DispersalParameters;
import io.sherd.merkle.Digest;
import io.sherd.merkle.MerkleHasher;
import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;

/**
 * All that a piece's leaf binds besides index and bytes.
 *
 * <pre>
 *   version 1 | cluster id 32 | epoch 8 | n 2 | f 2 | k 2 | codec 1 | segment 8 | first 8 | last 8
 *   | compressed length 4 | plain length 4 | ledger hash before 32 | ledger hash after 32 | entries root 32
 * </pre>
 *
 * @param clusterId the cluster
 * @param epoch the epoch that the segment was sealed in
 * @param pieceCount n
 * @param faultLimit f
 * @param piecesNeeded k
 * @param codec how the bytes were compressed
 * @param segmentNumber the segment, from 0
 * @param firstSequence position of its first entry
 * @param lastSequence position of its last entry, inclusive
 * @param compressedLength bytes that were dispersed
 * @param plainLength bytes before compression
 * @param ledgerHashBefore the ledger hash before the first entry
 * @param ledgerHashAfter the ledger hash after the last entry
 * @param entriesRoot RFC 6962 root over the entries' leaves
 */
public record SegmentContext(
        Digest clusterId,
        long epoch,
        int pieceCount,
        int faultLimit,
        int piecesNeeded,
        int codec,
        long segmentNumber,
        long firstSequence,
        long lastSequence,
        int compressedLength,
        int plainLength,
        Digest ledgerHashBefore,
        Digest ledgerHashAfter,
        Digest entriesRoot) {

    /** Size of the canonical bytes. */
    public static final int SIZE_BYTES = 1 + 32 + 8 + 6 + 1 + 24 + 8 + 96;

    private static final int VERSION = 1;

    /** Checks what can be checked without the ledger. */
    public SegmentContext {
        if (lastSequence < firstSequence
                || firstSequence < 1
                || compressedLength < 1
                || plainLength < compressedLength) {
            throw new IllegalArgumentException("segment %d of positions %d to %d, %d bytes from %d"
                    .formatted(segmentNumber, firstSequence, lastSequence, compressedLength, plainLength));
        }
        DispersalParameters _ = new DispersalParameters(pieceCount, piecesNeeded);
    }

    /** {@return n and k of this segment} */
    public DispersalParameters dispersal() {
        return new DispersalParameters(pieceCount, piecesNeeded);
    }

    /** {@return size of each piece: the compressed length over k, rounded up} */
    public int pieceSizeBytes() {
        return dispersal().pieceSizeBytes(compressedLength);
    }

    /**
     * {@return the leaf hash of a piece}
     *
     * @param pieceIndex which piece, 0 to n - 1
     * @param piece the piece's bytes
     */
    public Digest leaf(int pieceIndex, Bytes piece) {
        return leaf(encoded(), pieceIndex, piece);
    }

    /** As {@link #leaf(int, Bytes)}, for whoever hashes many pieces under one context and encodes it once. */
    static Digest leaf(Bytes encodedContext, int pieceIndex, Bytes piece) {
        byte[] index = {(byte) (pieceIndex >>> 8), (byte) pieceIndex};
        return MerkleHasher.leaf(encodedContext.readOnlyArray(), index, piece.readOnlyArray());
    }

    /** {@return the canonical bytes} */
    public Bytes encoded() {
        ByteWriter writer = new ByteWriter(SIZE_BYTES);
        encode(writer);
        return writer.toBytes();
    }

    /**
     * Appends the canonical bytes.
     *
     * @param writer where the bytes go
     */
    public void encode(ByteWriter writer) {
        writer.u8(VERSION)
                .digest(clusterId)
                .u64(epoch)
                .u16(pieceCount)
                .u16(faultLimit)
                .u16(piecesNeeded)
                .u8(codec)
                .u64(segmentNumber)
                .u64(firstSequence)
                .u64(lastSequence)
                .u32(compressedLength)
                .u32(plainLength)
                .digest(ledgerHashBefore)
                .digest(ledgerHashAfter)
                .digest(entriesRoot);
    }

    /**
     * Reads a context.
     *
     * @param reader stands before the first byte; afterwards behind the last
     * @return what stood there
     * @throws WireFormatException if the bytes are not one
     */
    public static SegmentContext decode(ByteReader reader) throws WireFormatException {
        int version = reader.u8();
        if (version != VERSION) {
            throw new WireFormatException(
                    "segment context of version %d, this program reads %d".formatted(version, VERSION));
        }
        try {
            return new SegmentContext(
                    reader.digest(),
                    reader.u64(),
                    reader.u16(),
                    reader.u16(),
                    reader.u16(),
                    reader.u8(),
                    reader.u64(),
                    reader.u64(),
                    reader.u64(),
                    reader.u32(),
                    reader.u32(),
                    reader.digest(),
                    reader.digest(),
                    reader.digest());
        } catch (IllegalArgumentException e) {
            throw new WireFormatException("segment context: " + e.getMessage(), e);
        }
    }
}
