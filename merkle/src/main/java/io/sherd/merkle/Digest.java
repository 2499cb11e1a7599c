package io.sherd.merkle;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Objects;
import java.util.regex.Pattern;
import org.apache.commons.codec.DecoderException;
import org.apache.commons.codec.binary.Hex;
import org.jspecify.annotations.Nullable;

/**
 * A SHA-256 value: 32 bytes, immutable, compared as an unsigned big-endian number.
 *
 * <p>The bytes are held in four longs, so a digest is one small object and equality is four comparisons.
 */
public final class Digest implements Comparable<Digest> {

    /** The size of every digest, in bytes. */
    public static final int SIZE_BYTES = 32;

    /** Thirty-two zero bytes: stands where no hash precedes, and is the hash of nothing known. */
    public static final Digest ZERO = new Digest(0, 0, 0, 0);

    /** Reads and writes a big-endian long at any offset of a byte array. */
    static final VarHandle LONG_BYTES = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private static final int SHORT_HEX_CHARACTERS = 8;

    /** Commons Codec would also take the digits of other scripts. */
    private static final Pattern HEX = Pattern.compile("[0-9a-fA-F]{" + 2 * SIZE_BYTES + "}");

    private final long first;
    private final long second;
    private final long third;
    private final long fourth;

    private Digest(long first, long second, long third, long fourth) {
        this.first = first;
        this.second = second;
        this.third = third;
        this.fourth = fourth;
    }

    /**
     * The digest with these bytes, which are copied.
     *
     * @param bytes exactly {@value #SIZE_BYTES} bytes
     * @return the digest
     * @throws IllegalArgumentException if there are more bytes or fewer
     */
    public static Digest of(byte[] bytes) {
        if (bytes.length != SIZE_BYTES) {
            throw new IllegalArgumentException("a digest has " + SIZE_BYTES + " bytes, got " + bytes.length);
        }
        return of(bytes, 0);
    }

    /**
     * The digest that stands at an offset of a larger array; the bytes are copied.
     *
     * @param source the array to read from
     * @param offset where the digest begins
     * @return the digest
     * @throws IndexOutOfBoundsException if fewer than {@value #SIZE_BYTES} bytes stand there
     */
    public static Digest of(byte[] source, int offset) {
        Objects.checkFromIndexSize(offset, SIZE_BYTES, source.length);
        return new Digest(
                (long) LONG_BYTES.get(source, offset),
                (long) LONG_BYTES.get(source, offset + 8),
                (long) LONG_BYTES.get(source, offset + 16),
                (long) LONG_BYTES.get(source, offset + 24));
    }

    /**
     * Reads what {@link #hex()} writes; capital letters are taken too.
     *
     * @param hex 64 hexadecimal characters, nothing before or after them
     * @return the digest
     * @throws IllegalArgumentException if it is anything else
     */
    public static Digest fromHex(String hex) {
        if (!HEX.matcher(hex).matches()) {
            throw new IllegalArgumentException(
                    "a digest is " + 2 * SIZE_BYTES + " hexadecimal characters, got " + described(hex));
        }
        try {
            return of(Hex.decodeHex(hex));
        } catch (DecoderException e) {
            throw new IllegalArgumentException("not hexadecimal: " + described(hex), e);
        }
    }

    /** The offending text, cut short: it may come from a file of any size. */
    private static String described(String text) {
        int shown = Math.min(text.length(), 2 * SIZE_BYTES);
        return text.length() + ": \"" + text.substring(0, shown) + (shown < text.length() ? "…\"" : "\"");
    }

    /**
     * The bytes, in a new array.
     *
     * @return {@value #SIZE_BYTES} bytes
     */
    public byte[] toByteArray() {
        byte[] bytes = new byte[SIZE_BYTES];
        copyTo(bytes, 0);
        return bytes;
    }

    /**
     * Writes the bytes into a larger array.
     *
     * @param target the array to write to
     * @param offset where the first byte goes
     * @throws IndexOutOfBoundsException if there is no room for {@value #SIZE_BYTES} bytes
     */
    public void copyTo(byte[] target, int offset) {
        Objects.checkFromIndexSize(offset, SIZE_BYTES, target.length);
        LONG_BYTES.set(target, offset, first);
        LONG_BYTES.set(target, offset + 8, second);
        LONG_BYTES.set(target, offset + 16, third);
        LONG_BYTES.set(target, offset + 24, fourth);
    }

    /**
     * The bytes as text.
     *
     * @return 64 lower-case hexadecimal characters
     */
    public String hex() {
        return Hex.encodeHexString(toByteArray());
    }

    /**
     * The beginning of {@link #hex()}, for messages that people read. Never compare it.
     *
     * @return 8 hexadecimal characters and an ellipsis
     */
    public String shortHex() {
        return hex().substring(0, SHORT_HEX_CHARACTERS) + "…";
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Digest that
                && first == that.first
                && second == that.second
                && third == that.third
                && fourth == that.fourth;
    }

    @Override
    public int hashCode() {
        return Long.hashCode(first + 31 * (second + 31 * (third + 31 * fourth)));
    }

    /** Orders digests as their bytes are ordered, unsigned, first byte first. */
    @Override
    public int compareTo(Digest that) {
        if (first != that.first) {
            return Long.compareUnsigned(first, that.first);
        }
        if (second != that.second) {
            return Long.compareUnsigned(second, that.second);
        }
        if (third != that.third) {
            return Long.compareUnsigned(third, that.third);
        }
        return Long.compareUnsigned(fourth, that.fourth);
    }

    /** The same as {@link #hex()}. */
    @Override
    public String toString() {
        return hex();
    }
}
