package io.sherd.replication.wire;

import java.util.Arrays;
import org.apache.commons.codec.binary.Hex;
import org.jspecify.annotations.Nullable;

/** An immutable run of bytes, so that records can hold bytes and still be compared by value. */
public final class Bytes implements Comparable<Bytes> {

    /** No bytes at all. */
    public static final Bytes EMPTY = new Bytes(new byte[0]);

    private final byte[] value;

    private Bytes(byte[] value) {
        this.value = value;
    }

    /**
     * {@return the bytes of an array that the caller gives away: it must never be written again} Nothing is copied.
     *
     * @param value the array to own
     */
    public static Bytes wrap(byte[] value) {
        return value.length == 0 ? EMPTY : new Bytes(value);
    }

    /**
     * {@return a copy of an array that the caller keeps}
     *
     * @param value the array to copy
     */
    public static Bytes copyOf(byte[] value) {
        return wrap(value.clone());
    }

    /** {@return how many bytes there are} */
    public int size() {
        return value.length;
    }

    /** {@return whether there are none} */
    public boolean isEmpty() {
        return value.length == 0;
    }

    /**
     * {@return the byte at {@code index}, 0 to size - 1}
     *
     * @param index 0 to size - 1
     */
    public byte at(int index) {
        return value[index];
    }

    /** {@return a copy of the bytes} */
    public byte[] toByteArray() {
        return value.clone();
    }

    /**
     * {@return the array itself, for a reader that never writes to it: hashing, signing, encoding} This exists because pieces and
     * batches are large and copying them on each of these steps is the largest avoidable cost of the path.
     */
    public byte[] readOnlyArray() {
        return value;
    }

    /** {@return lower-case hexadecimal} */
    public String hex() {
        return Hex.encodeHexString(value);
    }

    @Override
    public int compareTo(Bytes other) {
        return Arrays.compareUnsigned(value, other.value);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Bytes that && Arrays.equals(value, that.value);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(value);
    }

    @Override
    public String toString() {
        return value.length <= 16
                ? hex()
                : Hex.encodeHexString(Arrays.copyOf(value, 8)) + "… (" + value.length + " bytes)";
    }
}
