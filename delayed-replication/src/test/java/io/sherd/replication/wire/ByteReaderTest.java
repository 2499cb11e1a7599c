package io.sherd.replication.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sherd.merkle.Digest;
import io.sherd.replication.testing.Seeds;
import java.util.Random;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ByteReaderTest {

    @Test
    void whatIsWrittenIsReadAgain() throws WireFormatException {
        Random random = Seeds.random(ByteReaderTest.class);
        for (int run = 0; run < 500; run++) {
            int u8 = random.nextInt(256);
            int u16 = random.nextInt(65_536);
            int u32 = random.nextInt() & Integer.MAX_VALUE;
            long u64 = random.nextLong() & Long.MAX_VALUE;
            byte[] raw = new byte[random.nextInt(600)];
            random.nextBytes(raw);
            Digest digest = Digest.of(java.util.Arrays.copyOf(raw, 32));
            Bytes written = new ByteWriter(random.nextInt(100))
                    .u8(u8)
                    .u16(u16)
                    .u32(u32)
                    .u64(u64)
                    .digest(digest)
                    .text("größe " + u8)
                    .sized(raw)
                    .raw(raw)
                    .toBytes();
            ByteReader reader = new ByteReader(written);
            assertThat(reader.u8()).isEqualTo(u8);
            assertThat(reader.u16()).isEqualTo(u16);
            assertThat(reader.u32()).isEqualTo(u32);
            assertThat(reader.u64()).isEqualTo(u64);
            assertThat(reader.digest()).isEqualTo(digest);
            assertThat(reader.text(20)).isEqualTo("größe " + u8);
            assertThat(reader.sized(600)).isEqualTo(Bytes.copyOf(raw));
            assertThat(reader.remaining()).isEqualTo(raw.length);
            assertThat(reader.position()).isEqualTo(written.size() - raw.length);
            assertThat(reader.rest()).isEqualTo(Bytes.copyOf(raw));
            reader.end();
        }
    }

    @Test
    void integersAreBigEndian() {
        assertThat(new ByteWriter()
                        .u8(1)
                        .u16(0x0203)
                        .u32(0x04050607)
                        .u64(0x08090a0b0c0d0e0fL)
                        .toBytes()
                        .hex())
                .isEqualTo("0102030405060708090a0b0c0d0e0f");
    }

    @Test
    void numbersAtTheirBoundsAreReadAndBeyondThemNeitherWrittenNorRead() throws WireFormatException {
        assertThat(new ByteReader(new ByteWriter().u32(Integer.MAX_VALUE).toBytes()).u32())
                .isEqualTo(Integer.MAX_VALUE);
        assertThat(new ByteReader(new ByteWriter().u64(Long.MAX_VALUE).toBytes()).u64())
                .isEqualTo(Long.MAX_VALUE);
        for (int wrong : new int[] {-1, 256}) {
            assertThatThrownBy(() -> new ByteWriter().u8(wrong)).hasMessage(wrong + " does not fit a u8");
        }
        for (int wrong : new int[] {-1, 65_536}) {
            assertThatThrownBy(() -> new ByteWriter().u16(wrong)).hasMessage(wrong + " does not fit a u16");
        }
        assertThatThrownBy(() -> new ByteWriter().u32(-1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new ByteWriter().u64(-1)).isInstanceOf(IllegalArgumentException.class);
        byte[] high = {(byte) 0x80, 0, 0, 0, 0, 0, 0, 0};
        refuses(() -> new ByteReader(high).u32(), "u32 at byte 0 is above 2^31 - 1");
        refuses(() -> new ByteReader(high).u64(), "u64 at byte 0 is above 2^63 - 1");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3, 7, 31})
    void nothingIsReadBeyondTheEnd(int size) {
        byte[] bytes = new byte[40];
        refuses(() -> new ByteReader(bytes, 40 - size, 40).digest(), "digest of 32 bytes");
        if (size < 8) {
            refuses(() -> new ByteReader(bytes, 40 - size, 40).u64(), "u64 of 8 bytes");
        }
        if (size < 4) {
            refuses(() -> new ByteReader(bytes, 0, size).u32(), "u32 of 4 bytes at byte 0");
        }
        if (size < 2) {
            refuses(() -> new ByteReader(bytes, 0, size).u16(), "u16 of 2 bytes");
        }
        if (size < 1) {
            refuses(() -> new ByteReader(bytes, 0, size).u8(), "u8 of 1 bytes at byte 0, but only 0 bytes are left");
        }
        refuses(() -> new ByteReader(bytes, 0, size).raw(size + 1), "bytes of " + (size + 1));
    }

    @Test
    void noLengthIsBelieved() {
        byte[] huge = new ByteWriter().u32(Integer.MAX_VALUE).toByteArray();
        refuses(() -> new ByteReader(huge).sized(1000), "2147483647 bytes, at most 1000 are allowed");
        refuses(() -> new ByteReader(huge).sized(Integer.MAX_VALUE), "bytes of 2147483647 bytes at byte 4");
        refuses(() -> new ByteReader(huge).count(7, "apples"), "2147483647 apples, at most 7 are allowed");
        byte[] text = new ByteWriter().text("four").toByteArray();
        refuses(() -> new ByteReader(text).text(3), "a text of 4 bytes, at most 3 are allowed");
    }

    @Test
    void aTextThatIsNotUtf8IsRefusedAndNotRepaired() {
        byte[] wrong = new ByteWriter()
                .u16(2)
                .raw(new byte[] {(byte) 0xc0, (byte) 0x80})
                .toByteArray();
        refuses(() -> new ByteReader(wrong).text(10), "a text is not UTF-8");
    }

    @Test
    void bytesBehindTheValueAreRefused() {
        ByteReader reader = new ByteReader(new byte[3]);
        refuses(
                () -> {
                    reader.u8();
                    reader.end();
                },
                "2 bytes after the end of the value");
    }

    @Test
    void aRangeOutsideOfTheArrayIsTheCallersMistake() {
        assertThatThrownBy(() -> new ByteReader(new byte[3], 1, 4)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new ByteReader(new byte[3], 2, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new ByteReader(new byte[3], -1, 1)).isInstanceOf(IllegalArgumentException.class);
    }

    private static void refuses(ThrowingCallable read, String message) {
        assertThatThrownBy(read).isInstanceOf(WireFormatException.class).hasMessageContaining(message);
    }
}
