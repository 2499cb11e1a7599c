package io.sherd.archive.crypto;

import io.sherd.merkle.Digest;
import io.sherd.replication.ledger.Signature;
import io.sherd.replication.ledger.Signer;
import io.sherd.replication.ledger.VerifyingKey;
import io.sherd.replication.wire.Bytes;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.util.Optional;
import org.bouncycastle.math.ec.rfc8032.Ed25519;

/**
 * Signs with one Ed25519 private key (RFC 8032, section 5.1.6), which never leaves this object except into a
 * {@link KeyFile}. Immutable and thread-safe.
 */
public final class Ed25519Signer implements Signer {

    /** Size of a private key, the seed of RFC 8032. */
    public static final int SEED_BYTES = Ed25519.SECRET_KEY_SIZE;

    private static final SecureRandom RANDOM = new SecureRandom();

    private final byte[] seed;
    private final byte[] publicKey;
    private final VerifyingKey key;
    private final Optional<PrivateKey> nativeKey;

    private Ed25519Signer(byte[] seed) {
        this.seed = seed;
        this.publicKey = new byte[Ed25519.PUBLIC_KEY_SIZE];
        Ed25519.generatePublicKey(seed, 0, publicKey, 0);
        this.key = new VerifyingKey(Digest.of(publicKey));
        this.nativeKey = NativeEd25519.present().map(library -> nativeKey(library, seed));
    }

    /**
     * A signer with the key that a seed stands for.
     *
     * @param seed exactly {@link #SEED_BYTES} bytes; copied
     */
    public static Ed25519Signer fromSeed(byte[] seed) {
        if (seed.length != SEED_BYTES) {
            throw new IllegalArgumentException("an Ed25519 seed has 32 bytes, not " + seed.length);
        }
        return new Ed25519Signer(seed.clone());
    }

    /** A signer with a new random key. */
    public static Ed25519Signer generate() {
        byte[] seed = new byte[SEED_BYTES];
        Ed25519.generatePrivateKey(RANDOM, seed);
        return new Ed25519Signer(seed);
    }

    @Override
    public VerifyingKey key() {
        return key;
    }

    @Override
    public Signature sign(byte[] message) {
        byte[] signature = nativeKey.isPresent() && NativeEd25519.takes(message)
                ? signFast(nativeKey.get(), message)
                : sign(seed, publicKey, message);
        return new Signature(Bytes.wrap(signature));
    }

    /** {@return Bouncy Castle's signature, the same bytes as any other's} */
    static byte[] sign(byte[] seed, byte[] publicKey, byte[] message) {
        byte[] signature = new byte[Ed25519.SIGNATURE_SIZE];
        Ed25519.sign(seed, 0, publicKey, 0, message, 0, message.length, signature, 0);
        return signature;
    }

    private static PrivateKey nativeKey(NativeEd25519 library, byte[] seed) {
        try {
            return library.privateKey(seed);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the native library takes no private key, but took one in its test", e);
        }
    }

    private static byte[] signFast(PrivateKey key, byte[] message) {
        try {
            return NativeEd25519.present().orElseThrow().sign(key, message);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the native library does not sign, but did in its test", e);
        }
    }

    /** The private key, for {@link KeyFile} to write. */
    byte[] seed() {
        return seed.clone();
    }

    /** Names the public key only. */
    @Override
    public String toString() {
        return "signer of " + key;
    }
}
