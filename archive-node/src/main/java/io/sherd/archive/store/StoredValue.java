package io.sherd.archive.store;

import io.sherd.archive.store.RocksDatabase.Family;
import io.sherd.replication.wire.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32C;

/** A value as a database keeps it: {@code payload | CRC-32C (4)}, the checksum over family, key and payload. */
final class StoredValue {

    private static final int CHECKSUM_BYTES = 4;

    private StoredValue() {}

    /**
     * The payload of what is stored under a key.
     *
     * @throws StoreCorruptException if it is not what was written there
     */
    static Bytes open(String store, Family family, Bytes key, byte[] stored) throws StoreCorruptException {
        int payloadBytes = stored.length - CHECKSUM_BYTES;
        if (payloadBytes < 0) {
            throw new StoreCorruptException("%s: key %s of %s: a value of %d bytes, shorter than its checksum"
                    .formatted(store, key.hex(), family.name(), stored.length));
        }
        int expected = checksum(family, key, stored, payloadBytes);
        int found = (stored[payloadBytes] & 0xff) << 24
                | (stored[payloadBytes + 1] & 0xff) << 16
                | (stored[payloadBytes + 2] & 0xff) << 8
                | (stored[payloadBytes + 3] & 0xff);
        if (expected != found) {
            throw new StoreCorruptException("%s: key %s of %s: checksum %08x expected, %08x found"
                    .formatted(store, key.hex(), family.name(), expected, found));
        }
        return Bytes.wrap(Arrays.copyOf(stored, payloadBytes));
    }

    /** What is stored for a payload. */
    static byte[] seal(Family family, Bytes key, Bytes value) {
        int size = value.size();
        byte[] stored = Arrays.copyOf(value.readOnlyArray(), size + CHECKSUM_BYTES);
        int checksum = checksum(family, key, stored, size);
        stored[size] = (byte) (checksum >>> 24);
        stored[size + 1] = (byte) (checksum >>> 16);
        stored[size + 2] = (byte) (checksum >>> 8);
        stored[size + 3] = (byte) checksum;
        return stored;
    }

    private static int checksum(Family family, Bytes key, byte[] payload, int payloadBytes) {
        CRC32C checksum = new CRC32C();
        checksum.update(family.name().getBytes(StandardCharsets.US_ASCII));
        checksum.update(key.readOnlyArray());
        checksum.update(payload, 0, payloadBytes);
        return (int) checksum.getValue();
    }
}
