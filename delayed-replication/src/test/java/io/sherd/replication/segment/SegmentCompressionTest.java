package io.sherd.replication.segment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sherd.merkle.Sha256;
import io.sherd.replication.testing.Seeds;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.util.Arrays;
import java.util.Random;
import net.jpountz.lz4.LZ4Factory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SegmentCompressionTest {

    private final Random random = Seeds.random(SegmentCompressionTest.class);

    @Test
    void thePinnedEncoderMakesTheProtocolsBytes() {
        SegmentCompression.selfTest();
        Bytes compressed =
                SegmentCompression.compress(SegmentCompression.selfTestInput()).bytes();
        assertThat(compressed.size()).isEqualTo(53_751);
        assertThat(Sha256.of(compressed.toByteArray()).hex())
                .isEqualTo("0febfcb540eff930708e86f61cfd81607211615d7286f4ab62acc87752fee430");
    }

    /** Why the encoder is pinned: another one of the same library makes other bytes of the same format. */
    @Test
    void theNativeEncoderMakesOtherBytesThatDecodeToTheSame() throws WireFormatException {
        byte[] plain = SegmentCompression.selfTestInput().toByteArray();
        byte[] pinned = SegmentCompression.compress(Bytes.copyOf(plain)).bytes().toByteArray();
        LZ4Factory other;
        try {
            other = LZ4Factory.nativeInstance();
        } catch (LinkageError e) {
            assumeTrue(false, () -> "no native LZ4 on this machine: " + e);
            return;
        }
        byte[] theirs = other.fastCompressor().compress(plain);

        assertThat(theirs).isNotEqualTo(pinned);
        assertThat(SegmentCompression.decompress(
                        SegmentCompression.LZ4_SAFE_FAST, Bytes.wrap(theirs), plain.length, plain.length))
                .isEqualTo(Bytes.wrap(plain));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 11, 12, 13, 64, 65, 1000, 65_535, 65_536, 65_537, 1 << 20})
    void whatIsCompressedIsDecompressedAndRawIsUsedExactlyWhenNothingIsGained(int size) throws WireFormatException {
        byte[] noise = new byte[size];
        random.nextBytes(noise);
        byte[] text = new byte[size];
        for (int i = 0; i < size; i++) {
            text[i] = (byte) "the quick brown fox ".charAt(i % 20);
        }
        for (byte[] plain : new byte[][] {noise, text, new byte[size]}) {
            Bytes source = Bytes.wrap(plain);
            SegmentCompression.Compressed compressed = SegmentCompression.compress(source);
            int lz4Size = LZ4Factory.safeInstance().fastCompressor().compress(plain).length;
            assertThat(compressed.codec() == SegmentCompression.RAW).isEqualTo(lz4Size >= size);
            assertThat(compressed.bytes().size()).isEqualTo(Math.min(lz4Size, size));
            assertThat(SegmentCompression.decompress(compressed.codec(), compressed.bytes(), size, size))
                    .isEqualTo(source);
        }
    }

    @Test
    void aDeclaredLengthOverTheLimitIsRefusedBeforeAnythingIsAllocated() {
        refuses(1, new byte[] {0}, Integer.MAX_VALUE, 1 << 20, "declared length 2147483647, at most 1048576");
        refuses(1, new byte[] {0}, 0, 1 << 20, "declared length 0");
        refuses(1, new byte[] {0}, -1, 1 << 20, "declared length -1");
    }

    @Test
    void aBlockOfMoreOrFewerBytesThanDeclaredIsRefused() {
        byte[] plain = new byte[10_000];
        byte[] compressed =
                SegmentCompression.compress(Bytes.wrap(plain)).bytes().toByteArray();

        refuses(1, compressed, 9_999, 1 << 20, "not an LZ4 block of 9999 plain bytes");
        refuses(1, compressed, 10_001, 1 << 20, "LZ4 block of 10000 plain bytes, 10001 declared");
        refuses(1, Arrays.copyOf(compressed, compressed.length - 1), 10_000, 1 << 20, "LZ4 block");
        refuses(1, new byte[] {(byte) 0xf0}, 100, 1 << 20, "not an LZ4 block of 100 plain bytes");
    }

    @Test
    void aBlockThatIsNotSmallerThanItsPlainBytesHasASecondEncodingAndIsRefused() {
        byte[] noise = new byte[100];
        random.nextBytes(noise);
        byte[] block = LZ4Factory.safeInstance().fastCompressor().compress(noise);

        refuses(
                1,
                block,
                100,
                1 << 20,
                "100 bytes compressed to %d: such a segment is stored raw".formatted(block.length));
        refuses(0, noise, 99, 1 << 20, "raw segment of 100 bytes, 99 declared");
    }

    @Test
    void anUnknownCodecIsRefused() {
        refuses(2, new byte[] {1}, 1, 10, "unknown codec 2");
    }

    @Test
    void damagedBlocksNeverThrowAnythingElse() {
        byte[] compressed = SegmentCompression.compress(SegmentCompression.selfTestInput())
                .bytes()
                .toByteArray();
        for (int i = 0; i < 2000; i++) {
            byte[] damaged = Arrays.copyOf(compressed, 1 + random.nextInt(compressed.length));
            damaged[random.nextInt(damaged.length)] ^= (byte) (1 + random.nextInt(255));
            try {
                assertThat(SegmentCompression.decompress(1, Bytes.wrap(damaged), 100_000, 100_000)
                                .size())
                        .isEqualTo(100_000);
            } catch (WireFormatException e) {
                assertThat(e.getMessage()).contains("LZ4 block");
            }
        }
    }

    private static void refuses(int codec, byte[] compressed, int plainLength, int limit, String message) {
        assertThatThrownBy(() -> SegmentCompression.decompress(codec, Bytes.copyOf(compressed), plainLength, limit))
                .isInstanceOf(WireFormatException.class)
                .hasMessageContaining(message);
    }
}
