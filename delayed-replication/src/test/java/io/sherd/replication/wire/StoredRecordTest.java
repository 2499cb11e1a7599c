package io.sherd.replication.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

final class StoredRecordTest {

    private static final byte[] PAYLOAD = {10, 20, 30, 40, 50};

    private final byte[] valid = StoredRecord.encode(StoredRecord.Kind.HIGH_WATER, 7, PAYLOAD);

    @Test
    void theEnvelopeIsAsDrawn() {
        assertThat(Bytes.wrap(valid).hex())
                .startsWith("53485244" + "0002" + "0007" + "00000005" + "0a141e2832")
                .hasSize(2 * (StoredRecord.OVERHEAD_BYTES + PAYLOAD.length));
    }

    @Test
    void thePayloadIsReadAgain() throws WireFormatException {
        ByteReader reader = StoredRecord.open(valid, StoredRecord.Kind.HIGH_WATER, 7);
        assertThat(reader.rest()).isEqualTo(Bytes.copyOf(PAYLOAD));
        byte[] empty = StoredRecord.encode(StoredRecord.Kind.IDENTITY, 1, new byte[0]);
        StoredRecord.open(empty, StoredRecord.Kind.IDENTITY, 1).end();
    }

    @Test
    void anotherMagicIsRefused() {
        refuses(with(0, 'T'), "not a Sherd file: it starts with 54485244");
    }

    @Test
    void anotherKindIsRefused() {
        refuses(with(5, 3), "expected a record of kind 2 (HIGH_WATER), found kind 3");
    }

    @Test
    void anotherVersionIsRefused() {
        refuses(with(7, 8), "HIGH_WATER: this program reads version 7, the file has version 8");
    }

    @Test
    void anotherLengthIsRefused() {
        refuses(with(11, 6), "HIGH_WATER: the header says 6 bytes of payload, the file has 5");
        refuses(Arrays.copyOf(valid, valid.length + 1), "the header says 5 bytes of payload, the file has 6");
        refuses(with(8, 0xff), "is above 2^31 - 1");
    }

    @Test
    void rotAnywhereInThePayloadOrTheChecksumIsRefused() {
        for (int i = 12; i < valid.length; i++) {
            refuses(with(i, valid[i] ^ 0x10), "HIGH_WATER: checksum");
        }
    }

    @Test
    void everyTruncationIsRefused() {
        for (int size = 0; size < valid.length; size++) {
            byte[] shorter = Arrays.copyOf(valid, size);
            assertThatThrownBy(() -> StoredRecord.open(shorter, StoredRecord.Kind.HIGH_WATER, 7))
                    .isInstanceOf(WireFormatException.class);
        }
    }

    @Test
    void theChecksumIsCrc32cOfEverythingBeforeIt() {
        CRC32C checksum = new CRC32C();
        checksum.update(valid, 0, valid.length - 4);
        assertThat(Bytes.wrap(valid).hex()).endsWith("%08x".formatted(checksum.getValue()));
    }

    private byte[] with(int index, int value) {
        byte[] changed = valid.clone();
        changed[index] = (byte) value;
        return changed;
    }

    private static void refuses(byte[] bytes, String message) {
        assertThatThrownBy(() -> StoredRecord.open(bytes, StoredRecord.Kind.HIGH_WATER, 7))
                .isInstanceOf(WireFormatException.class)
                .hasMessageContaining(message);
    }
}
