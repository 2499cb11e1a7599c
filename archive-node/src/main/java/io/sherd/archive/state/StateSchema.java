package io.sherd.archive.state;

import io.sherd.archive.store.RocksDatabase.Entry;
import io.sherd.archive.store.RocksDatabase.Family;
import io.sherd.archive.store.RocksDatabase.OnRot;
import io.sherd.archive.store.RocksDatabase.Schema;
import io.sherd.archive.store.StoreCorruptException;
import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.util.List;

/** The key spaces and keys of {@link RocksStateStore}, whose page draws them. */
final class StateSchema {

    static final Family NODES = new Family("nodes", false);
    static final Family LEAVES = new Family("leaves", false);
    static final Family RECORDS = new Family("records", false);

    private static final int FORMAT_VERSION = 1;
    static final Schema SCHEMA =
            new Schema("state", FORMAT_VERSION, List.of(NODES, LEAVES, RECORDS), OnRot.STOP_WRITING);

    /** All checkpoints. */
    static final Bytes CHECKPOINTS = type('C');

    /** All lists of superseded keys. */
    static final Bytes SUPERSEDED = type('T');

    /** The import that is under way. */
    static final Bytes IMPORT = type('I');

    private StateSchema() {}

    static Bytes path(int space, Bytes key) {
        return Bytes.wrap(StateLeaf.path(space, key).toByteArray());
    }

    static Bytes node(Bytes prefix, long version) {
        ByteWriter writer = new ByteWriter(2 + prefix.size() / 2 + Long.BYTES);
        Nibbles.encodePacked(writer, prefix);
        return writer.u64(version).toBytes();
    }

    static Bytes leaf(Bytes path, long version) {
        return new ByteWriter(40).raw(path).u64(version).toBytes();
    }

    static Bytes checkpoint(long sequence) {
        return new ByteWriter(9).raw(CHECKPOINTS).u64(sequence).toBytes();
    }

    /** All lists of the keys that a version superseded. */
    static Bytes supersededBy(long version) {
        return new ByteWriter(9).raw(SUPERSEDED).u64(version).toBytes();
    }

    static Bytes supersededBy(long version, int part) {
        return new ByteWriter(13).raw(supersededBy(version)).u32(part).toBytes();
    }

    /** The number of eight bytes at an offset of a key. */
    static long numberAt(Bytes key, int offset) {
        long number = 0;
        for (int i = 0; i < Long.BYTES; i++) {
            number = number << 8 | (key.at(offset + i) & 0xff);
        }
        return number;
    }

    /** Reads exactly one value. */
    @FunctionalInterface
    interface Decoder<T> {
        T decode(ByteReader reader) throws WireFormatException;
    }

    /** The value of an entry, which this store wrote. */
    static <T> T decode(Entry entry, Decoder<T> decoder) throws StoreCorruptException {
        ByteReader reader = new ByteReader(entry.value());
        try {
            T value = decoder.decode(reader);
            reader.end();
            return value;
        } catch (WireFormatException e) {
            throw new StoreCorruptException(
                    "state: key %s: %s".formatted(entry.key().hex(), e.getMessage()), e);
        }
    }

    private static Bytes type(char type) {
        return new ByteWriter(1).u8(type).toBytes();
    }
}
