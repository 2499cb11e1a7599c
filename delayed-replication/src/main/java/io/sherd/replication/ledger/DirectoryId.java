package io.sherd.replication.ledger;

import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;

/**
 * The random name of one data directory. The member table says which directory speaks for a replica, so that of two copies
 * only one does.
 *
 * @param bytes exactly 16 bytes
 */
public record DirectoryId(Bytes bytes) {

    /** Size of a directory id. */
    public static final int SIZE_BYTES = 16;

    /** Checks the size. */
    public DirectoryId {
        if (bytes.size() != SIZE_BYTES) {
            throw new IllegalArgumentException("a directory id has 16 bytes, not " + bytes.size());
        }
    }

    /**
     * Appends the 16 bytes.
     *
     * @param writer where the bytes go
     */
    public void encode(ByteWriter writer) {
        writer.raw(bytes);
    }

    /**
     * Reads 16 bytes.
     *
     * @param reader stands before the first byte; afterwards behind the last
     * @return what stood there
     * @throws WireFormatException if the bytes are not one
     */
    public static DirectoryId decode(ByteReader reader) throws WireFormatException {
        return new DirectoryId(reader.raw(SIZE_BYTES));
    }

    @Override
    public String toString() {
        return bytes.hex();
    }
}
