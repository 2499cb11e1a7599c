package io.sherd.archive.crypto;

import io.sherd.replication.ledger.Signature;
import io.sherd.replication.ledger.SignatureVerifier;
import io.sherd.replication.ledger.VerifyingKey;
import java.security.PublicKey;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.bouncycastle.math.ec.rfc8032.Ed25519;
import org.bouncycastle.math.ec.rfc8032.Ed25519.PublicPoint;
import org.jspecify.annotations.Nullable;

/**
 * Decides about Ed25519 signatures, with one verdict on every machine (RFC 8032, section 5.1.7, by Bouncy Castle).
 *
 * <p>RFC 8032 leaves edge cases open, and implementations differ on them. Here a signature is refused when
 *
 * <ul>
 *   <li>its S is not below the group order (a second encoding of the same signature),
 *   <li>its R is not a canonical encoding of a point,
 *   <li>the key is not a canonical encoding of a point, is of small order, or has a component of small order: whoever made
 *       such a key could make one signature verify for several messages.
 * </ul>
 *
 * <p>The equation that is checked is RFC 8032's own, multiplied by the cofactor 8. So an R with a component of small order is
 * accepted, for every message alike; only the key's owner can make one, and it speaks for the same message.
 *
 * <p>Where a native library is present ({@link NativeEd25519}), it is asked first and what it accepts is accepted; that is
 * never more than the above. The verdict on everything else is Bouncy Castle's.
 *
 * <p>The keys of a cluster are few and used again and again, so their decoded points are kept: that saves about a tenth of
 * each verification, and all of the check of a key's order. Thread-safe.
 */
public final class Ed25519Verifier implements SignatureVerifier {

    /** The most decoded keys that are kept, about 200 bytes each. When they are so many, all are forgotten. */
    public static final int KEPT_KEYS = 16_384;

    private final ConcurrentHashMap<VerifyingKey, UsableKey> usable = new ConcurrentHashMap<>();
    private final Optional<NativeEd25519> fast;

    /** A usable key in the form of both implementations. */
    private record UsableKey(PublicPoint point, @Nullable PublicKey nativeKey) {}

    /** A verifier that has seen no key yet. */
    public Ed25519Verifier() {
        this(NativeEd25519.present());
    }

    /** One that asks a given library first, or none. */
    Ed25519Verifier(Optional<NativeEd25519> fast) {
        this.fast = fast;
    }

    @Override
    public boolean verify(VerifyingKey key, byte[] message, Signature signature) {
        UsableKey known = usable.get(key);
        if (known == null) {
            PublicPoint point = decode(key);
            if (point == null) {
                return false;
            }
            known = new UsableKey(
                    point, fast.map(library -> library.publicKey(key)).orElse(null));
            keep(key, known);
        }
        byte[] bytes = signature.bytes().readOnlyArray();
        return acceptedFast(known, message, bytes) || Ed25519.verify(bytes, 0, known.point, message, 0, message.length);
    }

    /** Whether signatures of this key can verify at all: it is a canonical point of the large prime order. */
    public static boolean isUsable(VerifyingKey key) {
        return decode(key) != null;
    }

    /** How many decoded keys are kept now. */
    int keptKeys() {
        return usable.size();
    }

    private boolean acceptedFast(UsableKey key, byte[] message, byte[] signature) {
        return key.nativeKey != null && fast.isPresent() && fast.get().accepts(key.nativeKey, message, signature);
    }

    private void keep(VerifyingKey key, UsableKey known) {
        if (usable.size() >= KEPT_KEYS) {
            usable.clear();
        }
        usable.put(key, known);
    }

    private static @Nullable PublicPoint decode(VerifyingKey key) {
        return Ed25519.validatePublicKeyFullExport(key.raw().toByteArray(), 0);
    }
}
