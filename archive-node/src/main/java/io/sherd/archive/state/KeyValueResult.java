package io.sherd.archive.state;

import io.sherd.merkle.Digest;
import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.util.ArrayList;
import java.util.List;

/**
 * What {@link KeyValueMachine} answers. Bytes: a status byte, and what follows it.
 *
 * <pre>
 *   Done        0
 *   Absent      1
 *   Found       2 | value length 4 | value
 *   Account     3 | count 8 | hash 32
 *   Malformed   4
 *   KeyTooLong  5
 *   NotAnAccount 6
 *   TooMuch     7
 *   Many        8 | count 4 | results
 * </pre>
 */
public sealed interface KeyValueResult {

    /** One that is not a list of others. */
    sealed interface Simple extends KeyValueResult {}

    /** It was done. */
    record Done() implements Simple {}

    /** Nothing is under that key: for a delete, nothing was. */
    record Absent() implements Simple {}

    /** The value under a key. */
    record Found(Bytes value) implements Simple {}

    /**
     * An account, after what was asked.
     *
     * @param count how often data was added
     * @param hash SHA-256 of the hash before and the last data; 32 zero bytes before the first
     */
    record Account(long count, Digest hash) implements Simple {

        /** An account to which nothing was added. */
        public static final Account EMPTY = new Account(0, Digest.ZERO);
    }

    /** The payload is not an operation; nothing was done. */
    record Malformed() implements Simple {}

    /** The key is longer than the state allows; nothing was done. */
    record KeyTooLong() implements Simple {}

    /** There is a value under that key, to which nothing can be added; nothing was done. */
    record NotAnAccount() implements Simple {}

    /** In a request of several operations, the results before this one take all the space that an answer has. */
    record TooMuch() implements Simple {}

    /** Results of several operations, in order. */
    record Many(List<Simple> results) implements KeyValueResult {

        /** Copies the list. */
        public Many {
            results = List.copyOf(results);
        }
    }

    /** The canonical bytes. */
    default Bytes encoded() {
        ByteWriter writer = new ByteWriter(sizeBytes());
        encode(writer);
        return writer.toBytes();
    }

    private int sizeBytes() {
        return switch (this) {
            case Done(), Absent(), Malformed(), KeyTooLong(), NotAnAccount(), TooMuch() -> 1;
            case Found(Bytes value) -> 1 + Integer.BYTES + value.size();
            case Account _ -> 1 + Long.BYTES + Digest.SIZE_BYTES;
            case Many(List<Simple> results) -> {
                int size = 1 + Integer.BYTES;
                for (KeyValueResult result : results) {
                    size += result.sizeBytes();
                }
                yield size;
            }
        };
    }

    private void encode(ByteWriter writer) {
        switch (this) {
            case Done() -> writer.u8(0);
            case Absent() -> writer.u8(1);
            case Found(Bytes value) -> writer.u8(2).sized(value);
            case Account(long count, Digest hash) -> writer.u8(3).u64(count).digest(hash);
            case Malformed() -> writer.u8(4);
            case KeyTooLong() -> writer.u8(5);
            case NotAnAccount() -> writer.u8(6);
            case TooMuch() -> writer.u8(7);
            case Many(List<Simple> results) -> {
                writer.u8(8).u32(results.size());
                results.forEach(result -> ((KeyValueResult) result).encode(writer));
            }
        }
    }

    /**
     * Reads a result.
     *
     * @throws WireFormatException if the bytes are not the canonical ones of a result
     */
    static KeyValueResult decode(Bytes bytes) throws WireFormatException {
        ByteReader reader = new ByteReader(bytes);
        int status = reader.u8();
        KeyValueResult result;
        if (status == 8) {
            int count = reader.count(KeyValueOperation.MAX_OPERATIONS, "results");
            List<Simple> results = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                results.add(simple(reader.u8(), reader));
            }
            result = new Many(results);
        } else {
            result = simple(status, reader);
        }
        reader.end();
        return result;
    }

    private static Simple simple(int status, ByteReader reader) throws WireFormatException {
        return switch (status) {
            case 0 -> new Done();
            case 1 -> new Absent();
            case 2 -> new Found(reader.sized(Integer.MAX_VALUE));
            case 3 -> new Account(reader.u64(), reader.digest());
            case 4 -> new Malformed();
            case 5 -> new KeyTooLong();
            case 6 -> new NotAnAccount();
            case 7 -> new TooMuch();
            default -> throw new WireFormatException("unknown status " + status);
        };
    }
}
