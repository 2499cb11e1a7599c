package io.sherd.replication.ledger;

import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;

/**
 * An Ed25519 signature (RFC 8032). Whether it verifies is for a {@link SignatureVerifier} to say.
 *
 * @param bytes exactly 64 bytes
 */
public record Signature(Bytes bytes) {

    /** Size of a signature. */
    public static final int SIZE_BYTES = 64;

    /** Checks the size. */
    public Signature {
        if (bytes.size() != SIZE_BYTES) {
            throw new IllegalArgumentException("a signature has 64 bytes, not " + bytes.size());
        }
    }

    /**
     * Appends the 64 bytes.
     *
     * @param writer where the bytes go
     */
    public void encode(ByteWriter writer) {
        writer.raw(bytes);
    }

    /**
     * Reads 64 bytes.
     *
     * @param reader stands before the first byte; afterwards behind the last
     * @return what stood there
     * @throws WireFormatException if the bytes are not one
     */
    public static Signature decode(ByteReader reader) throws WireFormatException {
        return new Signature(reader.raw(SIZE_BYTES));
    }
}
