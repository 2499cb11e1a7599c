package io.sherd.replication.piece;

import io.sherd.merkle.Digest;
import io.sherd.merkle.MerkleHasher;
import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;

/**
 * What honest replicas agree on for one segment. Bytes: {@code context | root (32)}.
 *
 * @param context what the leaves bind
 * @param root RFC 6962 root over the n pieces' leaves
 */
public record Commitment(SegmentContext context, Digest root) {

    /** Size of the canonical bytes. */
    public static final int SIZE_BYTES = SegmentContext.SIZE_BYTES + Digest.SIZE_BYTES;

    /** {@return this commitment's leaf in the history tree: {@code H(0x00 | canonical bytes)}} */
    public Digest leaf() {
        return MerkleHasher.leaf(encoded().readOnlyArray());
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
        context.encode(writer);
        writer.digest(root);
    }

    /**
     * Reads a commitment.
     *
     * @param reader stands before the first byte; afterwards behind the last
     * @return what stood there
     * @throws WireFormatException if the bytes are not one
     */
    public static Commitment decode(ByteReader reader) throws WireFormatException {
        return new Commitment(SegmentContext.decode(reader), reader.digest());
    }
}
