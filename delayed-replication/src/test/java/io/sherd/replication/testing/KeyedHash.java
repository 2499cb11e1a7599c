package io.sherd.replication.testing;

import io.sherd.merkle.Digest;
import io.sherd.merkle.Sha256;
import io.sherd.replication.ledger.Signature;
import io.sherd.replication.ledger.SignatureVerifier;
import io.sherd.replication.ledger.Signer;
import io.sherd.replication.ledger.VerifyingKey;
import io.sherd.replication.wire.ByteWriter;
import java.nio.charset.StandardCharsets;

/**
 * Stands in for Ed25519: a signature is two hashes over key and message. Whoever knows the public key could make one, so
 * a test's liar simply must not sign with a key that is not its own.
 *
 * @param key the public half, and all there is
 */
public record KeyedHash(VerifyingKey key) implements Signer {

    /** The verifier that belongs to it. */
    public static final SignatureVerifier VERIFIER =
            (key, message, signature) -> new KeyedHash(key).sign(message).equals(signature);

    public static KeyedHash named(String name) {
        return new KeyedHash(new VerifyingKey(Sha256.of(name.getBytes(StandardCharsets.UTF_8))));
    }

    @Override
    public Signature sign(byte[] message) {
        byte[] raw = key.raw().toByteArray();
        Digest first = Sha256.of(new byte[] {'1'}, raw, message);
        Digest second = Sha256.of(new byte[] {'2'}, raw, message);
        return new Signature(new ByteWriter(64).digest(first).digest(second).toBytes());
    }
}
