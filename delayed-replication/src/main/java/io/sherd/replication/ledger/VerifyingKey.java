package io.sherd.replication.ledger;

import io.sherd.merkle.Digest;

/**
 * An Ed25519 public key in its raw form (RFC 8032, section 5.1.5). It is also the identity of a client: there are no names
 * besides it.
 *
 * @param raw the 32 bytes
 */
public record VerifyingKey(Digest raw) implements Comparable<VerifyingKey> {

    /** {@return the key's bytes in lower-case hexadecimal} */
    public String hex() {
        return raw.hex();
    }

    /**
     * {@return a key from 64 hexadecimal digits}
     *
     * @param hex 64 hexadecimal digits
     */
    public static VerifyingKey fromHex(String hex) {
        return new VerifyingKey(Digest.fromHex(hex));
    }

    @Override
    public int compareTo(VerifyingKey other) {
        return raw.compareTo(other.raw);
    }

    @Override
    public String toString() {
        return raw.shortHex();
    }
}
