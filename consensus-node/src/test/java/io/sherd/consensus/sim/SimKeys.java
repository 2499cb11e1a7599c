package io.sherd.consensus.sim;

import io.sherd.merkle.Digest;
import io.sherd.merkle.Sha256;
import io.sherd.replication.ledger.Signature;
import io.sherd.replication.ledger.SignatureVerifier;
import io.sherd.replication.ledger.Signer;
import io.sherd.replication.ledger.VerifyingKey;
import io.sherd.replication.wire.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Keyed hashes in place of signatures: nobody in a simulation can forge one, and they cost a hundredth. One verifier knows the
 * secrets of all signers that it made.
 */
public final class SimKeys implements SignatureVerifier {

    private final Map<VerifyingKey, byte[]> secrets = new LinkedHashMap<>();

    /** A signer with a name of its own; the same name is the same key. */
    public Signer signer(String name) {
        byte[] secret =
                Sha256.of(("secret " + name).getBytes(StandardCharsets.UTF_8)).toByteArray();
        VerifyingKey key = new VerifyingKey(Sha256.of(("key " + name).getBytes(StandardCharsets.UTF_8)));
        secrets.put(key, secret);
        return new Signer() {
            @Override
            public VerifyingKey key() {
                return key;
            }

            @Override
            public Signature sign(byte[] message) {
                return mac(secret, message);
            }
        };
    }

    @Override
    public boolean verify(VerifyingKey key, byte[] message, Signature signature) {
        byte[] secret = secrets.get(key);
        return secret != null && mac(secret, message).equals(signature);
    }

    private static Signature mac(byte[] secret, byte[] message) {
        byte[] bytes = new byte[Signature.SIZE_BYTES];
        Digest digest = Sha256.of(secret, message);
        digest.copyTo(bytes, 0);
        return new Signature(Bytes.wrap(bytes));
    }
}
