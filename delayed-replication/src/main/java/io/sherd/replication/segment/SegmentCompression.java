package io.sherd.replication.segment;

import io.sherd.merkle.Digest;
import io.sherd.merkle.Sha256;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.util.Arrays;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;

/**
 * Compression as part of the protocol. Encoders of one format differ in the bytes they make, and one differing byte gives
 * another root, so a codec id names one encoder, and {@link #selfTest} proves that it makes these bytes here.
 *
 * <ul>
 *   <li>0, raw: used exactly when codec 1 would not make the bytes fewer.
 *   <li>1, an LZ4 block made by lz4-java's {@code safeInstance().fastCompressor()}: pure Java, the same on every machine.
 *       Never {@code fastestInstance()}, which takes a native encoder where there is one, and that makes other bytes.
 * </ul>
 */
public final class SegmentCompression {

    /** Codec id of bytes as they are. */
    public static final int RAW = 0;

    /** Codec id of LZ4 blocks by the pinned encoder. */
    public static final int LZ4_SAFE_FAST = 1;

    private static final LZ4Compressor COMPRESSOR = LZ4Factory.safeInstance().fastCompressor();
    /** Decoding is unambiguous, so the fastest safe decoder may do it; it checks both buffers' bounds. */
    private static final LZ4SafeDecompressor DECOMPRESSOR =
            LZ4Factory.fastestInstance().safeDecompressor();

    private static final int SELF_TEST_BYTES = 100_000;
    private static final int SELF_TEST_COMPRESSED_BYTES = 53_751;
    private static final String SELF_TEST_SHA256 = "0febfcb540eff930708e86f61cfd81607211615d7286f4ab62acc87752fee430";

    private SegmentCompression() {}

    /**
     * Compressed bytes and how they were made.
     *
     * @param codec {@link #RAW} or {@link #LZ4_SAFE_FAST}
     * @param bytes the compressed bytes
     */
    public record Compressed(int codec, Bytes bytes) {}

    /**
     * Compresses plain bytes, of at least one byte.
     *
     * @param plain at least one byte
     * @return the compressed bytes and the codec that made them
     */
    public static Compressed compress(Bytes plain) {
        byte[] source = plain.readOnlyArray();
        byte[] target = new byte[COMPRESSOR.maxCompressedLength(source.length)];
        int size = COMPRESSOR.compress(source, 0, source.length, target, 0, target.length);
        return size >= source.length
                ? new Compressed(RAW, plain)
                : new Compressed(LZ4_SAFE_FAST, Bytes.wrap(Arrays.copyOf(target, size)));
    }

    /**
     * Decompresses. The declared length is compared with the limit before anything is allocated.
     *
     * @param codec a codec id
     * @param compressed the compressed bytes
     * @param plainLength the declared length of the plain bytes
     * @param limitBytes the most plain bytes to accept
     * @return exactly {@code plainLength} bytes
     * @throws WireFormatException if the codec is unknown, or the bytes are not exactly {@code plainLength} plain bytes
     */
    public static Bytes decompress(int codec, Bytes compressed, int plainLength, int limitBytes)
            throws WireFormatException {
        if (plainLength < 1 || plainLength > limitBytes) {
            throw new WireFormatException(
                    "declared length %d, at most %d bytes are allowed".formatted(plainLength, limitBytes));
        }
        return switch (codec) {
            case RAW -> {
                if (compressed.size() != plainLength) {
                    throw new WireFormatException(
                            "raw segment of %d bytes, %d declared".formatted(compressed.size(), plainLength));
                }
                yield compressed;
            }
            case LZ4_SAFE_FAST -> {
                if (compressed.size() >= plainLength) {
                    throw new WireFormatException("%d bytes compressed to %d: such a segment is stored raw"
                            .formatted(plainLength, compressed.size()));
                }
                yield decompressLz4(compressed, plainLength);
            }
            default -> throw new WireFormatException("unknown codec " + codec);
        };
    }

    /**
     * Proves that the pinned encoder makes the protocol's bytes on this machine and with this library.
     *
     * @throws IllegalStateException if it does not: this process must not take part in a cluster
     */
    public static void selfTest() {
        Compressed compressed = compress(selfTestInput());
        Digest digest = Sha256.of(compressed.bytes().readOnlyArray());
        if (compressed.bytes().size() != SELF_TEST_COMPRESSED_BYTES
                || !digest.hex().equals(SELF_TEST_SHA256)) {
            throw new IllegalStateException(
                    "LZ4 codec 1 makes other bytes here: %d bytes with SHA-256 %s, expected %d with %s"
                            .formatted(
                                    compressed.bytes().size(),
                                    digest.hex(),
                                    SELF_TEST_COMPRESSED_BYTES,
                                    SELF_TEST_SHA256));
        }
    }

    /** Text-like bytes with matches of all distances, from a linear congruential generator with a fixed seed. */
    static Bytes selfTestInput() {
        byte[] bytes = new byte[SELF_TEST_BYTES];
        long random = 42;
        int filled = 0;
        while (filled < bytes.length) {
            random = random * 6364136223846793005L + 1442695040888963407L;
            int choice = (int) (random >>> 33);
            boolean copy = filled > 64 && (choice & 3) != 0;
            int length = Math.min(4 + (choice >>> 2 & 31), bytes.length - filled);
            int distance = copy ? 1 + (choice >>> 7) % filled : 0;
            for (int i = 0; i < length; i++) {
                bytes[filled] = copy ? bytes[filled - distance] : (byte) (' ' + (random >>> (i & 31) & 63));
                filled++;
            }
        }
        return Bytes.wrap(bytes);
    }

    private static Bytes decompressLz4(Bytes compressed, int plainLength) throws WireFormatException {
        byte[] plain = new byte[plainLength];
        try {
            int size = DECOMPRESSOR.decompress(compressed.readOnlyArray(), 0, compressed.size(), plain, 0);
            if (size != plainLength) {
                throw new WireFormatException("LZ4 block of %d plain bytes, %d declared".formatted(size, plainLength));
            }
        } catch (LZ4Exception e) {
            throw new WireFormatException("not an LZ4 block of %d plain bytes".formatted(plainLength), e);
        }
        return Bytes.wrap(plain);
    }
}
