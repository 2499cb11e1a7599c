package io.sherd.replication.wire;

import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * The envelope of everything that is kept in a file of its own.
 *
 * <pre>
 *   field     bytes   content
 *   magic     4       "SHRD"
 *   kind      2       what the payload is, {@link Kind}
 *   version   2       the payload's format version
 *   length    4       the payload's size
 *   payload   length
 *   checksum  4       CRC-32C of everything before it
 * </pre>
 *
 * <p>The checksum finds rot, not malice: what must be proved is signed or hashed inside the payload.
 */
public final class StoredRecord {

    /** Bytes around the payload. */
    public static final int OVERHEAD_BYTES = 16;

    private static final byte[] MAGIC = {'S', 'H', 'R', 'D'};

    private StoredRecord() {}

    /** What a stored record holds. An id is never given again to another kind. */
    public enum Kind {
        /** Who a data directory belongs to. */
        IDENTITY(1),
        /** The highest vote that this directory spoke of. */
        HIGH_WATER(2),
        /** Where a learner goes on after a restart. */
        LEARNER_PROGRESS(3),
        /** Where a restore goes on after a restart. */
        RESTORE_PROGRESS(4),
        /** How far the output of a learner is durable. */
        LEARNED(5),
        /** How much a database must hold. */
        COUNTER(6),
        /** The records of an archive that are being put in the place of damaged ones. */
        ARCHIVE_RECORDS(7),
        /** That a request is in the ledger. */
        TRANSACTION_PROOF(8),
        /** What a key holds in a state. */
        KEY_PROOF(9),
        /** The head of an exported archive. */
        EXPORT(10),
        /** How far the scrub of a data directory is. */
        SCRUB(11);

        private final int id;

        Kind(int id) {
            this.id = id;
        }
    }

    /**
     * Wraps a payload.
     *
     * @param kind what the payload is
     * @param version the payload's format version
     * @param payload the canonical bytes to keep
     * @return the record's bytes
     */
    public static byte[] encode(Kind kind, int version, byte[] payload) {
        ByteWriter writer = new ByteWriter(payload.length + OVERHEAD_BYTES);
        writer.raw(MAGIC).u16(kind.id).u16(version).sized(payload);
        CRC32C checksum = new CRC32C();
        checksum.update(writer.toByteArray());
        long value = checksum.getValue();
        return writer.u16((int) (value >>> 16)).u16((int) (value & 0xffff)).toByteArray();
    }

    /**
     * Whether these bytes begin as a record of a kind does, of any version and whole or not: for whoever reads records of several.
     *
     * @param bytes the beginning of a file, or all of it
     * @param kind the kind in question
     * @return whether they do
     */
    public static boolean begins(byte[] bytes, Kind kind) {
        byte[] start = new ByteWriter(MAGIC.length + 2).raw(MAGIC).u16(kind.id).toByteArray();
        return bytes.length >= start.length && Arrays.equals(bytes, 0, start.length, start, 0, start.length);
    }

    /**
     * The format version that a record names, which may be one that this program does not read.
     *
     * @param bytes a record that begins as one
     * @return the version
     * @throws WireFormatException if it ends before that
     */
    public static int version(byte[] bytes) throws WireFormatException {
        ByteReader reader = new ByteReader(bytes);
        Bytes _ = reader.raw(MAGIC.length + 2);
        return reader.u16();
    }

    /**
     * Checks the envelope and returns a reader of the payload.
     *
     * @param bytes the whole file
     * @param kind what the file must hold
     * @param version the only version that is read
     * @return a reader that stands before the payload and ends behind it
     * @throws WireFormatException if anything of the envelope is not as expected; the message says what was found
     */
    public static ByteReader open(byte[] bytes, Kind kind, int version) throws WireFormatException {
        ByteReader reader = new ByteReader(bytes);
        Bytes magic = reader.raw(MAGIC.length);
        if (!magic.equals(Bytes.copyOf(MAGIC))) {
            throw new WireFormatException("not a Sherd file: it starts with " + magic.hex());
        }
        int foundKind = reader.u16();
        if (foundKind != kind.id) {
            throw new WireFormatException(
                    "expected a record of kind %d (%s), found kind %d".formatted(kind.id, kind, foundKind));
        }
        int foundVersion = reader.u16();
        if (foundVersion != version) {
            throw new WireFormatException("%s: this program reads version %d, the file has version %d"
                    .formatted(kind, version, foundVersion));
        }
        int length = reader.u32();
        if (length != bytes.length - OVERHEAD_BYTES) {
            throw new WireFormatException("%s: the header says %d bytes of payload, the file has %d"
                    .formatted(kind, length, bytes.length - OVERHEAD_BYTES));
        }
        CRC32C checksum = new CRC32C();
        checksum.update(bytes, 0, bytes.length - 4);
        ByteReader tail = new ByteReader(bytes, bytes.length - 4, bytes.length);
        long stored = (long) tail.u16() << 16 | tail.u16();
        if (stored != checksum.getValue()) {
            throw new WireFormatException(
                    "%s: checksum %08x expected, %08x found".formatted(kind, checksum.getValue(), stored));
        }
        return new ByteReader(bytes, bytes.length - 4 - length, bytes.length - 4);
    }
}
