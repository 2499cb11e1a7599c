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

    /** A reader of a whole array, which it never writes to. */
    public ByteReader(byte[] bytes) {
        this(bytes, 0, bytes.length);
    }

    /** A reader of immutable bytes. */
    public ByteReader(Bytes bytes) {
        this(bytes.readOnlyArray());
    }

    /** A reader of {@code bytes[from, to)}. */
    public ByteReader(byte[] bytes, int from, int to) {
        if (from < 0 || to < from || to > bytes.length) {
            throw new IllegalArgumentException("no range [%d, %d) in %d bytes".formatted(from, to, bytes.length));
        }
        this.bytes = bytes;
        this.position = from;
        this.end = to;
    }

    /** One byte, 0 to 255. */
    public int u8() throws WireFormatException {
        need(1, "u8");
        return bytes[position++] & 0xff;
    }

    /** Two bytes, 0 to 65,535. */
    public int u16() throws WireFormatException {
        need(2, "u16");
        return (bytes[position++] & 0xff) << 8 | (bytes[position++] & 0xff);
    }

    /** Four bytes, 0 to 2^31 - 1. */
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

    /** Eight bytes, 0 to 2^63 - 1. */
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

    /** A number of four bytes that must not be above {@code limit}. */
    public int count(int limit, String what) throws WireFormatException {
        int value = u32();
        if (value > limit) {
            throw new WireFormatException("%d %s, at most %d are allowed".formatted(value, what, limit));
        }
        return value;
    }

    /** Exactly 32 bytes. */
    public Digest digest() throws WireFormatException {
        need(Digest.SIZE_BYTES, "digest");
        Digest digest = Digest.of(bytes, position);
        position += Digest.SIZE_BYTES;
        return digest;
    }

    /** Exactly {@code size} bytes. */
    public Bytes raw(int size) throws WireFormatException {
        need(size, "bytes");
        Bytes result = Bytes.wrap(Arrays.copyOfRange(bytes, position, position + size));
        position += size;
        return result;
    }

    /** A length of four bytes that must not be above {@code limit}, then as many bytes. */
    public Bytes sized(int limit) throws WireFormatException {
        int size = count(limit, "bytes");
        return raw(size);
    }

    /** A length of two bytes that must not be above {@code limit}, then as many bytes of well-formed UTF-8. */
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

    /** Everything that is left. */
    public Bytes rest() throws WireFormatException {
        return raw(remaining());
    }

    /** How many bytes are left. */
    public int remaining() {
        return end - position;
    }

    /** How many bytes were read so far, counted from the start of the array. */
    public int position() {
        return position;
    }

    /** Refuses bytes after the end of the value: a value has one encoding. */
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
