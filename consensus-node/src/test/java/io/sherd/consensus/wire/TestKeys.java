package io.sherd.consensus.wire;

import io.sherd.merkle.Digest;
import io.sherd.merkle.Sha256;
import io.sherd.replication.ledger.Signature;
import io.sherd.replication.ledger.SignatureVerifier;
import io.sherd.replication.ledger.Signer;
import io.sherd.replication.ledger.VerifyingKey;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import java.nio.charset.StandardCharsets;

/** Signatures for tests: a hash of key and message. Anybody could forge them, but they tell messages and keys apart. */
public final class TestKeys {

    private TestKeys() {}

    /** Knows the test signers' signatures. */
    public static final SignatureVerifier VERIFIER = (key, message, signature) -> signature.equals(sign(key, message));

    /** The signer of a name. */
    public static Signer signer(String name) {
        VerifyingKey key = new VerifyingKey(Sha256.of(name.getBytes(StandardCharsets.US_ASCII)));
        return new Signer() {
            @Override
            public VerifyingKey key() {
                return key;
            }

            @Override
            public Signature sign(byte[] message) {
                return TestKeys.sign(key, message);
            }
        };
    }

    private static Signature sign(VerifyingKey key, byte[] message) {
        Digest half = Sha256.of(key.raw().toByteArray(), message);
        return new Signature(Bytes.wrap(
                new ByteWriter(Signature.SIZE_BYTES).digest(half).digest(half).toByteArray()));
    }
}
