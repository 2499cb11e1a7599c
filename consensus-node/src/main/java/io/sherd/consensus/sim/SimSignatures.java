package io.sherd.consensus.sim;

import io.sherd.archive.crypto.Ed25519Signer;
import io.sherd.archive.crypto.Ed25519Verifier;
import io.sherd.merkle.Sha256;
import io.sherd.replication.ledger.Signature;
import io.sherd.replication.ledger.SignatureVerifier;
import io.sherd.replication.ledger.Signer;
import io.sherd.replication.ledger.VerifyingKey;
import java.nio.charset.StandardCharsets;

/** How a simulated cluster signs: mostly with {@link SimKeys}, in some seeds as a real one does. */
public interface SimSignatures extends SignatureVerifier {

    /**
     * {@return a signer with a name of its own; the same name is the same key}
     *
     * @param name whose key
     */
    Signer signer(String name);

    /** {@return keyed hashes: nobody in a simulation can forge one, and they cost a thousandth} */
    static SimSignatures keyedHashes() {
        return new SimKeys();
    }

    /** {@return Ed25519, from keys that follow from the names} */
    static SimSignatures ed25519() {
        Ed25519Verifier verifier = new Ed25519Verifier();
        return new SimSignatures() {
            @Override
            public Signer signer(String name) {
                byte[] seed = Sha256.of(("seed " + name).getBytes(StandardCharsets.UTF_8))
                        .toByteArray();
                return Ed25519Signer.fromSeed(seed);
            }

            @Override
            public boolean verify(VerifyingKey key, byte[] message, Signature signature) {
                return verifier.verify(key, message, signature);
            }
        };
    }
}
