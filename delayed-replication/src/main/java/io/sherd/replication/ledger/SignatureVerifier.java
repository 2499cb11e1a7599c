package io.sherd.replication.ledger;

/** Port: decides whether a signature is valid. A pure function with one verdict everywhere, or a cluster would split. */
@FunctionalInterface
public interface SignatureVerifier {

    /**
     * {@return whether {@code signature} is {@code key}'s over {@code message}}
     *
     * @param key who is said to have signed
     * @param message the bytes that {@link SigningDomain} makes; read only
     * @param signature what is said to be the signature
     */
    boolean verify(VerifyingKey key, byte[] message, Signature signature);
}
