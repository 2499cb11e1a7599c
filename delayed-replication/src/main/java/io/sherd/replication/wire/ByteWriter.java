package io.sherd.replication.wire;

import io.sherd.merkle.Digest;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Writes canonical bytes: big-endian integers of a stated width, in the order of the calls. Not thread-safe. */
public final class ByteWriter {

    private static final int INITIAL_CAPACITY_BYTES = 256;

    private byte[] buffer;
    private int size;

    /** A writer that grows as needed. */
    public ByteWriter() {
        this(INITIAL_CAPACITY_BYTES);
    }

    /**
     * A writer that does not grow while at most {@code expectedSizeBytes} are written.
     *
     * @param expectedSizeBytes a size in bytes; a hint, not a limit
     */
    public ByteWriter(int expectedSizeBytes) {
        this.buffer = new byte[Math.max(expectedSizeBytes, 16)];
    }

    /**
     * One byte, 0 to 255.
     *
     * @param value the number
     * @return this writer
     */
    public ByteWriter u8(int value) {
        checkRange(value >= 0 && value <= 0xff, value, "u8");
        room(1);
        buffer[size++] = (byte) value;
        return this;
    }

    /**
     * Two bytes, 0 to 65,535.
     *
     * @param value the number
     * @return this writer
     */
    public ByteWriter u16(int value) {
        checkRange(value >= 0 && value <= 0xffff, value, "u16");
        room(2);
        buffer[size++] = (byte) (value >>> 8);
        buffer[size++] = (byte) value;
        return this;
    }

    /**
     * Four bytes, 0 to 2^31 - 1: Sherd's counts and sizes fit a Java {@code int}.
     *
     * @param value the number
     * @return this writer
     */
    public ByteWriter u32(int value) {
        checkRange(value >= 0, value, "u32");
        room(4);
        buffer[size++] = (byte) (value >>> 24);
        buffer[size++] = (byte) (value >>> 16);
        buffer[size++] = (byte) (value >>> 8);
        buffer[size++] = (byte) value;
        return this;
    }

    /**
     * Eight bytes, 0 to 2^63 - 1: Sherd's positions and numbers are never negative.
     *
     * @param value the number
     * @return this writer
     */
    public ByteWriter u64(long value) {
        checkRange(value >= 0, value, "u64");
        room(8);
        for (int shift = 56; shift >= 0; shift -= 8) {
            buffer[size++] = (byte) (value >>> shift);
        }
        return this;
    }

    /**
     * The 32 bytes of a digest.
     *
     * @param digest the digest
     * @return this writer
     */
    public ByteWriter digest(Digest digest) {
        room(Digest.SIZE_BYTES);
        digest.copyTo(buffer, size);
        size += Digest.SIZE_BYTES;
        return this;
    }

    /**
     * Bytes as they are, with no length before them.
     *
     * @param bytes the bytes
     * @return this writer
     */
    public ByteWriter raw(byte[] bytes) {
        return raw(bytes, bytes.length);
    }

    /**
     * The first bytes of an array as they are, with no length before them.
     *
     * @param bytes the array
     * @param count how many of it, 0 to its length
     * @return this writer
     */
    public ByteWriter raw(byte[] bytes, int count) {
        room(count);
        System.arraycopy(bytes, 0, buffer, size, count);
        size += count;
        return this;
    }

    /**
     * Bytes as they are, with no length before them.
     *
     * @param bytes the bytes
     * @return this writer
     */
    public ByteWriter raw(Bytes bytes) {
        return raw(bytes.readOnlyArray());
    }

    /**
     * A length of four bytes, then the bytes.
     *
     * @param bytes the bytes
     * @return this writer
     */
    public ByteWriter sized(byte[] bytes) {
        return u32(bytes.length).raw(bytes);
    }

    /**
     * A length of four bytes, then the bytes.
     *
     * @param bytes the bytes
     * @return this writer
     */
    public ByteWriter sized(Bytes bytes) {
        return sized(bytes.readOnlyArray());
    }

    /**
     * A length of two bytes, then the text in UTF-8.
     *
     * @param text the text, of at most 65,535 bytes in UTF-8
     * @return this writer
     */
    public ByteWriter text(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        return u16(utf8.length).raw(utf8);
    }

    /** {@return how many bytes were written so far} */
    public int size() {
        return size;
    }

    /** {@return a copy of everything written} */
    public byte[] toByteArray() {
        return Arrays.copyOf(buffer, size);
    }

    /**
     * {@return everything written, as immutable bytes} A buffer that is exactly full is handed over without a copy: whatever is
     * written later grows into another one.
     */
    public Bytes toBytes() {
        return Bytes.wrap(size == buffer.length ? buffer : toByteArray());
    }

    private void room(int bytes) {
        if (bytes > buffer.length - size) {
            int doubled = (int) Math.min((long) buffer.length * 2, Integer.MAX_VALUE - 8);
            buffer = Arrays.copyOf(buffer, Math.max(Math.addExact(size, bytes), doubled));
        }
    }

    private static void checkRange(boolean inRange, long value, String width) {
        if (!inRange) {
            throw new IllegalArgumentException(value + " does not fit a " + width);
        }
    }
}
