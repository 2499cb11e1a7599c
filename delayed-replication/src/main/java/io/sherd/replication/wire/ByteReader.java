package io.sherd.replication.wire;

import io.sherd.merkle.Digest;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Reads canonical bytes. Every read is checked against what is left, every length against a limit. Not thread-safe. */
public final class ByteReader {

    private final byte[] bytes;
    private final int end;
    private int position;

    /**
     * A reader of a whole array, which it never writes to.
     *
     * @param bytes what to read
     */
    public ByteReader(byte[] bytes) {
        this(bytes, 0, bytes.length);
    }

    /**
     * A reader of immutable bytes.
     *
     * @param bytes what to read
     */
    public ByteReader(Bytes bytes) {
        this(bytes.readOnlyArray());
    }

    /**
     * A reader of {@code bytes[from, to)}.
     *
     * @param bytes what to read
     * @param from index of the first byte
     * @param to index behind the last byte
     */
    public ByteReader(byte[] bytes, int from, int to) {
        if (from < 0 || to < from || to > bytes.length) {
            throw new IllegalArgumentException("no range [%d, %d) in %d bytes".formatted(from, to, bytes.length));
        }
        this.bytes = bytes;
        this.position = from;
        this.end = to;
    }

    /**
     * {@return one byte, 0 to 255}
     *
     * @throws WireFormatException if there are fewer bytes
     */
    public int u8() throws WireFormatException {
        need(1, "u8");
        return bytes[position++] & 0xff;
    }

    /**
     * {@return two bytes, 0 to 65,535}
     *
     * @throws WireFormatException if there are fewer bytes
     */
    public int u16() throws WireFormatException {
        need(2, "u16");
        return (bytes[position++] & 0xff) << 8 | (bytes[position++] & 0xff);
    }

    /**
     * {@return four bytes, 0 to 2^31 - 1}
     *
     * @throws WireFormatException if there are fewer bytes, or the number is larger
     */
    public int u32() throws WireFormatException {
        need(4, "u32");
        int value = (bytes[position] & 0xff) << 24
                | (bytes[position + 1] & 0xff) << 16
                | (bytes[position + 2] & 0xff) << 8
                | (bytes[position + 3] & 0xff);
        position += 4;
        if (value < 0) {
            throw new WireFormatException("u32 at byte " + (position - 4) + " is above 2^31 - 1");
        }
        return value;
    }

    /**
     * {@return eight bytes, 0 to 2^63 - 1}
     *
     * @throws WireFormatException if there are fewer bytes, or the number is larger
     */
    public long u64() throws WireFormatException {
        need(8, "u64");
        long value = 0;
        for (int i = 0; i < 8; i++) {
            value = value << 8 | (bytes[position++] & 0xff);
        }
        if (value < 0) {
            throw new WireFormatException("u64 at byte " + (position - 8) + " is above 2^63 - 1");
        }
        return value;
    }

    /**
     * {@return a number of four bytes that must not be above {@code limit}}
     *
     * @param limit the most that is accepted
     * @param what what is counted, for the message
     * @throws WireFormatException if it is above the limit, or bytes are missing
     */
    public int count(int limit, String what) throws WireFormatException {
        int value = u32();
        if (value > limit) {
            throw new WireFormatException("%d %s, at most %d are allowed".formatted(value, what, limit));
        }
        return value;
    }

    /**
     * {@return exactly 32 bytes}
     *
     * @throws WireFormatException if there are fewer bytes
     */
    public Digest digest() throws WireFormatException {
        need(Digest.SIZE_BYTES, "digest");
        Digest digest = Digest.of(bytes, position);
        position += Digest.SIZE_BYTES;
        return digest;
    }

    /**
     * {@return exactly {@code size} bytes}
     *
     * @param size how many bytes
     * @throws WireFormatException if there are fewer bytes
     */
    public Bytes raw(int size) throws WireFormatException {
        need(size, "bytes");
        Bytes result = Bytes.wrap(Arrays.copyOfRange(bytes, position, position + size));
        position += size;
        return result;
    }

    /**
     * {@return a length of four bytes that must not be above {@code limit}, then as many bytes}
     *
     * @param limit the most that is accepted
     * @throws WireFormatException if it is longer, or bytes are missing
     */
    public Bytes sized(int limit) throws WireFormatException {
        int size = count(limit, "bytes");
        return raw(size);
    }

    /**
     * {@return a length of two bytes that must not be above {@code limit}, then as many bytes of well-formed UTF-8}
     *
     * @param limit the most that is accepted
     * @throws WireFormatException if it is longer, or not UTF-8
     */
    public String text(int limit) throws WireFormatException {
        int size = u16();
        if (size > limit) {
            throw new WireFormatException("a text of %d bytes, at most %d are allowed".formatted(size, limit));
        }
        byte[] utf8 = raw(size).readOnlyArray();
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(utf8))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new WireFormatException("a text is not UTF-8", e);
        }
    }

    /**
     * {@return everything that is left}
     *
     * @throws WireFormatException if there are fewer bytes
     */
    public Bytes rest() throws WireFormatException {
        return raw(remaining());
    }

    /** {@return how many bytes are left} */
    public int remaining() {
        return end - position;
    }

    /** {@return how many bytes were read so far, counted from the start of the array} */
    public int position() {
        return position;
    }

    /**
     * Refuses bytes after the end of the value: a value has one encoding.
     *
     * @throws WireFormatException if there are any
     */
    public void end() throws WireFormatException {
        if (position != end) {
            throw new WireFormatException((end - position) + " bytes after the end of the value");
        }
    }

    private void need(int size, String what) throws WireFormatException {
        if (size > end - position) {
            throw new WireFormatException("%s of %d bytes at byte %d, but only %d bytes are left"
                    .formatted(what, size, position, end - position));
        }
    }
}
