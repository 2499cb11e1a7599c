package io.sherd.replication.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class ByteWriterTest {

    @Test
    void bytesTakenFromAFullWriterStayAsTheyAreWhenMoreIsWritten() {
        ByteWriter writer = new ByteWriter(16).u64(1).u64(2);
        Bytes taken = writer.toBytes();

        writer.u8(7);

        assertEquals("00000000000000010000000000000002", taken.hex());
        assertEquals("0000000000000001000000000000000207", writer.toBytes().hex());
    }

    @Test
    void bytesTakenFromAWriterWithRoomLeftStayAsTheyAreWhenMoreIsWritten() {
        ByteWriter writer = new ByteWriter(32).u64(1);
        Bytes taken = writer.toBytes();

        writer.u64(2);

        assertEquals("0000000000000001", taken.hex());
    }

    @Test
    void theArrayThatIsTakenIsTheCallersOwn() {
        ByteWriter writer = new ByteWriter(16).u64(1).u64(2);

        writer.toByteArray()[7] = 9;

        assertEquals("00000000000000010000000000000002", writer.toBytes().hex());
    }

    @Test
    void theFirstBytesOfAnArrayAreWrittenWithoutTheRest() {
        assertArrayEquals(
                new byte[] {1, 2}, new ByteWriter().raw(new byte[] {1, 2, 3}, 2).toByteArray());
    }

    @Test
    void numbersThatDoNotFitTheirWidthAreRefused() {
        ByteWriter writer = new ByteWriter();
        assertThrows(IllegalArgumentException.class, () -> writer.u8(256));
        assertThrows(IllegalArgumentException.class, () -> writer.u16(-1));
        assertThrows(IllegalArgumentException.class, () -> writer.u32(-1));
        assertThrows(IllegalArgumentException.class, () -> writer.u64(-1));
        assertEquals(0, writer.size());
    }
}
