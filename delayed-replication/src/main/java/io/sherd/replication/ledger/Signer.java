package io.sherd.replication.ledger;

/** Port: signs with one private key. Ed25519 signs deterministically, so this is a pure function. */
public interface Signer {

    /** The public half of the key. */
    VerifyingKey key();

    /** The signature over {@code message}, the bytes that {@link SigningDomain} makes. */
    Signature sign(byte[] message);
}
