package io.sherd.replication.ledger;

import io.sherd.merkle.Digest;
import io.sherd.replication.wire.ByteWriter;
import java.nio.charset.StandardCharsets;

/**
 * Makes the bytes that are signed: {@code "sherd/1" | cluster id (32) | epoch (8) | type (1) | body}.
 *
 * <p>Nothing signed for one cluster, epoch or type verifies for another. A client's REQUEST and a replica's REJOIN are
 * signed under {@link #NO_EPOCH}: they wait while one epoch ends and are ordered in the next, and what keeps them from
 * being replayed stands in their own fields (the request id; the incarnation).
 *
 * @param clusterId the cluster's identity, {@link io.sherd.replication.genesis.Genesis#clusterId()}
 */
public record SigningDomain(Digest clusterId) {

    /** The epoch field of what outlives its epoch. */
    public static final long NO_EPOCH = 0;

    private static final byte[] TAG = "sherd/1".getBytes(StandardCharsets.US_ASCII);

    /**
     * {@return the bytes to sign for a body}
     *
     * @param epoch the epoch, or {@link #NO_EPOCH}
     * @param type what is signed
     * @param body the canonical bytes of what is signed
     */
    public byte[] toSign(long epoch, SignedType type, byte[] body) {
        return toSign(epoch, type, body, body.length);
    }

    /**
     * {@return the bytes to sign for the first bytes of an array}
     *
     * @param epoch the epoch, or {@link #NO_EPOCH}
     * @param type what is signed
     * @param bytes begins with the canonical bytes of what is signed
     * @param bodyBytes how many they are, 0 to {@code bytes.length}
     */
    public byte[] toSign(long epoch, SignedType type, byte[] bytes, int bodyBytes) {
        return new ByteWriter(TAG.length + Digest.SIZE_BYTES + 9 + bodyBytes)
                .raw(TAG)
                .digest(clusterId)
                .u64(epoch)
                .u8(type.id())
                .raw(bytes, bodyBytes)
                .toBytes()
                .readOnlyArray();
    }
}
