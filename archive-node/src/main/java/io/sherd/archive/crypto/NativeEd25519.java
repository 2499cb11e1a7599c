package io.sherd.archive.crypto;

import io.sherd.replication.ledger.VerifyingKey;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ed25519 by the Amazon Corretto Crypto Provider, a native library, where it is on the class path and works: it verifies in
 * less than half and signs in a third of the time that Bouncy Castle takes.
 *
 * <p>It never decides alone. It checks the equation without the cofactor, by comparing the encoding of the R that it computes
 * with the one given; so what it accepts under a key that {@link Ed25519Verifier} holds for usable also fulfils the equation
 * with the cofactor, with an R and S that are canonical. What it does not accept is for Bouncy Castle to decide. Signatures
 * are a function of key and message (RFC 8032, section 5.1.6), so both make the same bytes.
 *
 * <p>The system property {@value #PROPERTY} with the value {@value #BOUNCY_CASTLE} leaves it out.
 */
final class NativeEd25519 {

    static final String PROPERTY = "sherd.ed25519";
    static final String BOUNCY_CASTLE = "bouncy-castle";

    /** Messages up to this size are given to the library, which gathers a message in a buffer of 1 MiB and throws beyond it. */
    static final int LARGEST_MESSAGE_BYTES = 1 << 19;

    private static final Logger LOG = LoggerFactory.getLogger(NativeEd25519.class);
    private static final String PROVIDER = "com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider";
    private static final String ALGORITHM = "Ed25519";

    /** Makes the library offer a factory of keys in its own form; with those of others it converts the key for each signature. */
    private static final String KEY_FACTORY_PROPERTY = "com.amazon.corretto.crypto.provider.registerEdKeyFactory";

    /** What stands before the 32 bytes in a PKCS #8 private key and in an X.509 public key (RFC 8410, section 10). */
    private static final byte[] PRIVATE_PREFIX = HexFormat.of().parseHex("302e020100300506032b657004220420");

    private static final byte[] PUBLIC_PREFIX = HexFormat.of().parseHex("302a300506032b6570032100");

    private final Provider provider;
    private final KeyFactory keys;

    private NativeEd25519(Provider provider, KeyFactory keys) {
        this.provider = provider;
        this.keys = keys;
    }

    /** Loaded when first asked for, once. */
    private static final class Holder {
        static final Optional<NativeEd25519> PRESENT = load();
    }

    /** {@return the library, if it is there, has passed its test and is not switched off} */
    static Optional<NativeEd25519> present() {
        return Holder.PRESENT;
    }

    /** {@return a key in the library's form; null if it does not take these bytes} */
    @Nullable
    PublicKey publicKey(VerifyingKey key) {
        try {
            return keys.generatePublic(
                    new X509EncodedKeySpec(join(PUBLIC_PREFIX, key.raw().toByteArray())));
        } catch (GeneralSecurityException e) {
            // Then Bouncy Castle decides about this key's signatures.
            LOG.debug("no native form of a public key: {}", e.toString());
            return null;
        }
    }

    /** {@return a private key in the library's form} */
    PrivateKey privateKey(byte[] seed) throws GeneralSecurityException {
        return keys.generatePrivate(new PKCS8EncodedKeySpec(join(PRIVATE_PREFIX, seed)));
    }

    /** Whether a message is small enough for the library. */
    static boolean takes(byte[] message) {
        return message.length <= LARGEST_MESSAGE_BYTES;
    }

    /** Whether the library is sure that a signature verifies; if not, it may still do. Any message may be asked about. */
    boolean accepts(PublicKey key, byte[] message, byte[] signature) {
        if (!takes(message)) {
            return false;
        }
        try {
            Signature verification = Signature.getInstance(ALGORITHM, provider);
            verification.initVerify(key);
            verification.update(message);
            return verification.verify(signature);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    /** {@return the 64 bytes of the signature of a message that the library {@link #takes}} */
    byte[] sign(PrivateKey key, byte[] message) throws GeneralSecurityException {
        Signature signing = Signature.getInstance(ALGORITHM, provider);
        signing.initSign(key);
        signing.update(message);
        return signing.sign();
    }

    private static Optional<NativeEd25519> load() {
        if (BOUNCY_CASTLE.equals(System.getProperty(PROPERTY))) {
            return Optional.empty();
        }
        try {
            System.setProperty(KEY_FACTORY_PROPERTY, "true");
            Provider provider =
                    (Provider) Class.forName(PROVIDER).getField("INSTANCE").get(null);
            NativeEd25519 loaded = new NativeEd25519(provider, KeyFactory.getInstance(ALGORITHM, provider));
            loaded.test();
            return Optional.of(loaded);
        } catch (ReflectiveOperationException | GeneralSecurityException | LinkageError e) {
            // Another platform, or a library that does not work here: Bouncy Castle does it all.
            LOG.debug("no native Ed25519: {}", e.toString());
            return Optional.empty();
        }
    }

    /** The second vector of RFC 8032, section 7.1, both ways, and one that must not verify. */
    private void test() throws GeneralSecurityException {
        HexFormat hex = HexFormat.of();
        byte[] seed = hex.parseHex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
        byte[] raw = hex.parseHex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
        byte[] expected = hex.parseHex("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
        PublicKey key = keys.generatePublic(new X509EncodedKeySpec(join(PUBLIC_PREFIX, raw)));
        boolean works = Arrays.equals(sign(privateKey(seed), new byte[] {0x72}), expected)
                && accepts(key, new byte[] {0x72}, expected)
                && !accepts(key, new byte[] {0x73}, expected);
        if (!works) {
            throw new GeneralSecurityException("it fails the vector of RFC 8032");
        }
    }

    private static byte[] join(byte[] prefix, byte[] bytes) {
        byte[] joined = Arrays.copyOf(prefix, prefix.length + bytes.length);
        System.arraycopy(bytes, 0, joined, prefix.length, bytes.length);
        return joined;
    }
}
