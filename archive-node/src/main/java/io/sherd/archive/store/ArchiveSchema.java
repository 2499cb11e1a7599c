package io.sherd.archive.store;

import io.sherd.archive.store.RocksDatabase.Entry;
import io.sherd.archive.store.RocksDatabase.Family;
import io.sherd.archive.store.RocksDatabase.OnRot;
import io.sherd.archive.store.RocksDatabase.Schema;
import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.util.Arrays;
import java.util.List;

/** The key spaces and keys of {@link RocksPieceStore}, whose page draws them. */
final class ArchiveSchema {

    static final Family RECORDS = new Family("records", false);
    static final Family PIECES = new Family("pieces", true);
    static final Family HINTS = new Family("hints", true);
    static final Family UNDROPPED = new Family("undropped", true);

    /** Where the piece index stands in the key of a held hint. */
    private static final int INDEX_OFFSET = 9;

    private static final int FORMAT_VERSION = 1;
    static final Schema SCHEMA =
            new Schema("archive", FORMAT_VERSION, List.of(RECORDS, PIECES, HINTS, UNDROPPED), OnRot.KEEP_WRITING);

    /** What a key of the records begins with. */
    enum RecordType {
        COMMITMENT('C'),
        CERTIFICATE('S'),
        CLOSED_EPOCH('E'),
        RECEIPT_RANGE('R'),
        SIGNED_RECEIPT('Q'),
        HINT_HELD('H'),
        UNDROPPED_HELD('U');

        private final char letter;

        RecordType(char letter) {
            this.letter = letter;
        }

        /** All keys of this type. */
        Bytes prefix() {
            return new ByteWriter(1).u8(letter).toBytes();
        }

        /** The key of a segment, position or epoch. */
        Bytes key(long number) {
            return new ByteWriter(9).u8(letter).u64(number).toBytes();
        }
    }

    private ArchiveSchema() {}

    static Bytes segment(long segment) {
        return new ByteWriter(8).u64(segment).toBytes();
    }

    static Bytes piece(long segment, int index) {
        return new ByteWriter(10).u64(segment).u16(index).toBytes();
    }

    static Bytes hintHeld(long segment, int index) {
        return new ByteWriter(11)
                .u8(RecordType.HINT_HELD.letter)
                .raw(piece(segment, index))
                .toBytes();
    }

    /** The key of the value that a record of type {@code HINT_HELD} or {@code UNDROPPED_HELD} speaks of. */
    static Bytes held(Bytes record) {
        return Bytes.wrap(Arrays.copyOfRange(record.readOnlyArray(), 1, record.size()));
    }

    static Bytes receiptRanges(int replica) {
        return new ByteWriter(3)
                .u8(RecordType.RECEIPT_RANGE.letter)
                .u16(replica)
                .toBytes();
    }

    static Bytes receiptRange(int replica, long firstSegment) {
        return new ByteWriter(11).raw(receiptRanges(replica)).u64(firstSegment).toBytes();
    }

    static Bytes signedReceipt(int replica) {
        return new ByteWriter(3)
                .u8(RecordType.SIGNED_RECEIPT.letter)
                .u16(replica)
                .toBytes();
    }

    /** The piece index of a record of type {@code HINT_HELD}. */
    static int indexOf(Bytes record) {
        return (record.at(INDEX_OFFSET) & 0xff) << Byte.SIZE | (record.at(INDEX_OFFSET + 1) & 0xff);
    }

    /** The first key behind another. */
    static Bytes after(Bytes key) {
        return Bytes.wrap(new ByteWriter().raw(key).u8(0).toByteArray());
    }

    /** The number of eight bytes at an offset. */
    static long numberAt(Bytes bytes, int offset) {
        long number = 0;
        for (int i = 0; i < Long.BYTES; i++) {
            number = number << 8 | (bytes.at(offset + i) & 0xff);
        }
        return number;
    }

    /** The segment, position or epoch of a key that {@link RecordType#key} made. */
    static long numberOf(Entry entry) {
        return numberAt(entry.key(), 1);
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
                    "archive: key %s: %s".formatted(entry.key().hex(), e.getMessage()), e);
        }
    }
}
