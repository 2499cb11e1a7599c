package io.sherd.archive.store;

import io.sherd.merkle.Digest;
import io.sherd.replication.Quorums;
import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.WireFormatException;

/**
 * Whose data a store holds; written into every store, so that none is ever opened as another's. Bytes:
 * {@code cluster id (32) | replica (2)}.
 *
 * @param clusterId the cluster
 * @param replica the replica, 0 to n - 1, or {@link #LEARNER}
 */
public record StoreOwner(Digest clusterId, int replica) {

    /** Stands for the replica where the owner is a learner, which is none. */
    public static final int LEARNER = 0xffff;

    /** Checks the replica's number. */
    public StoreOwner {
        if (!isOwner(replica)) {
            throw new IllegalArgumentException("no replica has number " + replica);
        }
    }

    /** The owner of what a learner of a cluster stores. */
    public static StoreOwner learner(Digest clusterId) {
        return new StoreOwner(clusterId, LEARNER);
    }

    /** Appends the bytes. */
    public void encode(ByteWriter writer) {
        writer.digest(clusterId).u16(replica);
    }

    /** Reads an owner. */
    public static StoreOwner decode(ByteReader reader) throws WireFormatException {
        Digest clusterId = reader.digest();
        int replica = reader.u16();
        if (!isOwner(replica)) {
            throw new WireFormatException("no replica has number " + replica);
        }
        return new StoreOwner(clusterId, replica);
    }

    private static boolean isOwner(int replica) {
        return replica == LEARNER || (replica >= 0 && replica < Quorums.MAX_REPLICAS);
    }

    /** For messages: {@code replica 2 of cluster 0a1b2c3d…}. */
    @Override
    public String toString() {
        return (replica == LEARNER ? "a learner" : "replica " + replica) + " of cluster " + clusterId.shortHex();
    }
}
