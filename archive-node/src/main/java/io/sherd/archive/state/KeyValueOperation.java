package io.sherd.archive.state;

import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.util.ArrayList;
import java.util.List;

/**
 * What a client can ask of {@link KeyValueMachine}. Bytes:
 *
 * <pre>
 *   Put     1 | key length 4 | key | value length 4 | value
 *   Get     2 | key length 4 | key
 *   Delete  3 | key length 4 | key
 *   Append  4 | key length 4 | key | data length 4 | data
 *   Many    5 | count 4 | simple operations
 * </pre>
 */
public sealed interface KeyValueOperation {

    /** The most operations in one {@link Many}. */
    int MAX_OPERATIONS = 10_000;

    /** One that is not a list of others. */
    sealed interface Simple extends KeyValueOperation {

        /** The key that it is about. */
        Bytes key();
    }

    /** Gives a key a value, whatever was there. */
    record Put(Bytes key, Bytes value) implements Simple {}

    /** Reads what is under a key. */
    record Get(Bytes key) implements Simple {}

    /** Takes away what is under a key. */
    record Delete(Bytes key) implements Simple {}

    /** Adds data to an account, which begins to exist with its first data: it keeps a count and a hash, not the data. */
    record Append(Bytes key, Bytes data) implements Simple {}

    /**
     * Several operations, in order; each has its own result, and one that fails does not undo the others.
     *
     * @param operations 1 to {@link #MAX_OPERATIONS}
     */
    record Many(List<Simple> operations) implements KeyValueOperation {

        /** Copies the list and checks its size. */
        public Many {
            operations = List.copyOf(operations);
            if (operations.isEmpty() || operations.size() > MAX_OPERATIONS) {
                throw new IllegalArgumentException(operations.size() + " operations in one request");
            }
        }
    }

    /** The canonical bytes: the payload of a request. */
    default Bytes encoded() {
        ByteWriter writer = new ByteWriter();
        encode(writer);
        return writer.toBytes();
    }

    private void encode(ByteWriter writer) {
        switch (this) {
            case Put put -> writer.u8(1).sized(put.key).sized(put.value);
            case Get get -> writer.u8(2).sized(get.key);
            case Delete delete -> writer.u8(3).sized(delete.key);
            case Append append -> writer.u8(4).sized(append.key).sized(append.data);
            case Many many -> {
                writer.u8(5).u32(many.operations.size());
                many.operations.forEach(operation -> ((KeyValueOperation) operation).encode(writer));
            }
        }
    }

    /**
     * Reads a payload.
     *
     * @throws WireFormatException if the bytes are not the canonical ones of an operation
     */
    static KeyValueOperation decode(Bytes payload) throws WireFormatException {
        ByteReader reader = new ByteReader(payload);
        int type = reader.u8();
        KeyValueOperation operation = type == 5 ? many(reader) : simple(type, reader);
        reader.end();
        return operation;
    }

    private static Many many(ByteReader reader) throws WireFormatException {
        int count = reader.count(MAX_OPERATIONS, "operations in one request");
        if (count == 0) {
            throw new WireFormatException("no operations in one request");
        }
        List<Simple> operations = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            operations.add(simple(reader.u8(), reader));
        }
        return new Many(operations);
    }

    private static Simple simple(int type, ByteReader reader) throws WireFormatException {
        Bytes key = reader.sized(Integer.MAX_VALUE);
        return switch (type) {
            case 1 -> new Put(key, reader.sized(Integer.MAX_VALUE));
            case 2 -> new Get(key);
            case 3 -> new Delete(key);
            case 4 -> new Append(key, reader.sized(Integer.MAX_VALUE));
            default -> throw new WireFormatException("unknown operation " + type);
        };
    }
}
