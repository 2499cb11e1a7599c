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
        return new ByteWriter(TAG.length + Digest.SIZE_BYTES + 9 + body.length)
                .raw(TAG)
                .digest(clusterId)
                .u64(epoch)
                .u8(type.id())
                .raw(body)
                .toByteArray();
    }
}
