package io.sherd.archive.crypto;

import io.sherd.merkle.Digest;
import io.sherd.replication.ledger.DirectoryId;
import io.sherd.replication.wire.Bytes;
import java.security.SecureRandom;

/** Random values that nobody else will ever draw: names of data directories, and the nonce of a genesis. */
public final class RandomIds {

    private static final SecureRandom RANDOM = new SecureRandom();

    private RandomIds() {}

    /** The name of a new data directory. */
    public static DirectoryId directoryId() {
        return new DirectoryId(Bytes.wrap(bytes(DirectoryId.SIZE_BYTES)));
    }

    /** The nonce of a new genesis: 32 bytes. */
    public static Digest nonce() {
        return Digest.of(bytes(Digest.SIZE_BYTES));
    }

    private static byte[] bytes(int size) {
        byte[] bytes = new byte[size];
        RANDOM.nextBytes(bytes);
        return bytes;
    }
}
