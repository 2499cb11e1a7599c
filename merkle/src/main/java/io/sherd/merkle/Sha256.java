package io.sherd.merkle;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.NoSuchProviderException;

/**
 * SHA-256 (FIPS 180-4), fed piecewise. An instance can be used again after each {@link #digest()}; it belongs to one
 * thread at a time.
 *
 * <p>The provider is the JDK's own by name, because its implementation uses the processor's SHA instructions: a
 * provider installed before it, such as Bouncy Castle, hashes several times slower and would be picked without a word.
 */
public final class Sha256 {

    private static final String ALGORITHM = "SHA-256";
    private static final String PROVIDER = "SUN";

    private static final ThreadLocal<Sha256> SHARED = ThreadLocal.withInitial(Sha256::new);

    private final MessageDigest messageDigest;

    /** Holds a long or a digest on its way into the hash. */
    private final byte[] scratch = new byte[Digest.SIZE_BYTES];

    /**
     * A hasher that has seen nothing yet.
     *
     * @throws IllegalStateException if this Java runtime lacks the provider SUN or its SHA-256
     */
    public Sha256() {
        try {
            messageDigest = MessageDigest.getInstance(ALGORITHM, PROVIDER);
        } catch (NoSuchAlgorithmException | NoSuchProviderException e) {
            throw new IllegalStateException("this Java runtime has no " + ALGORITHM + " from provider " + PROVIDER, e);
        }
    }

    /**
     * The hash of the parts, one after the other, with nothing between them. Parts of variable size need their sizes
     * among the parts, else two lists of parts can have one hash.
     *
     * @param parts what to hash; none at all is the hash of the empty string
     * @return the hash
     */
    public static Digest of(byte[]... parts) {
        Sha256 sha256 = shared();
        for (byte[] part : parts) {
            sha256.messageDigest.update(part);
        }
        return sha256.digest();
    }

    /** This thread's own instance, empty; not to be held across a call to code that might use it too. */
    static Sha256 shared() {
        Sha256 sha256 = SHARED.get();
        sha256.messageDigest.reset();
        return sha256;
    }

    /**
     * Adds one byte.
     *
     * @param value the byte
     * @return this hasher
     */
    public Sha256 update(byte value) {
        messageDigest.update(value);
        return this;
    }

    /**
     * Adds a whole array.
     *
     * @param source the bytes
     * @return this hasher
     */
    public Sha256 update(byte[] source) {
        messageDigest.update(source);
        return this;
    }

    /**
     * Adds a part of an array.
     *
     * @param source the array
     * @param offset the first byte of the part
     * @param sizeBytes how many bytes
     * @return this hasher
     * @throws IllegalArgumentException if the part is not inside the array
     */
    public Sha256 update(byte[] source, int offset, int sizeBytes) {
        if (offset < 0 || sizeBytes < 0 || sizeBytes > source.length - offset) {
            throw new IllegalArgumentException(
                    sizeBytes + " bytes at offset " + offset + " are not inside an array of " + source.length);
        }
        messageDigest.update(source, offset, sizeBytes);
        return this;
    }

    /**
     * Adds the 32 bytes of a digest.
     *
     * @param value the digest
     * @return this hasher
     */
    public Sha256 update(Digest value) {
        value.copyTo(scratch, 0);
        messageDigest.update(scratch, 0, Digest.SIZE_BYTES);
        return this;
    }

    /**
     * Adds eight bytes, big-endian.
     *
     * @param value the number
     * @return this hasher
     */
    public Sha256 updateLong(long value) {
        Digest.LONG_BYTES.set(scratch, 0, value);
        messageDigest.update(scratch, 0, Long.BYTES);
        return this;
    }

    /**
     * The hash of everything added since the last call; afterwards this hasher is empty again.
     *
     * @return the hash
     */
    public Digest digest() {
        return Digest.of(messageDigest.digest());
    }
}
