package io.sherd.replication.ledger;

/** Port: signs with one private key. Ed25519 signs deterministically, so this is a pure function. */
public interface Signer {

    /** {@return the public half of the key} */
    VerifyingKey key();

    /**
     * {@return the signature over {@code message}, the bytes that {@link SigningDomain} makes}
     *
     * @param message the bytes to sign; read only
     */
    Signature sign(byte[] message);
}
