package io.sherd.consensus.transport;

import io.sherd.consensus.wire.MessageCodec;
import io.sherd.merkle.Digest;
import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * The first frame of each side. It proves nothing, since TLS does; it says early and clearly why two replicas cannot talk. What
 * stands behind the known fields is skipped: a later version may add to it.
 *
 * @param lowestVersion of the messages that the side reads
 * @param highestVersion of the messages that the side reads
 * @param clusterId the hash of its genesis
 * @param replica who it is
 * @param epoch the epoch it is in
 */
record Hello(int lowestVersion, int highestVersion, Digest clusterId, int replica, long epoch) {

    /** More than any hello has. */
    static final int MAX_BYTES = 256;

    private static final Bytes MAGIC = Bytes.wrap("SHRL".getBytes(StandardCharsets.US_ASCII));

    /** What this program says. */
    static Hello of(Digest clusterId, int replica, long epoch) {
        return new Hello(MessageCodec.VERSION, MessageCodec.VERSION, clusterId, replica, epoch);
    }

    Bytes encoded() {
        return new ByteWriter(64)
                .raw(MAGIC)
                .u16(lowestVersion)
                .u16(highestVersion)
                .digest(clusterId)
                .u16(replica)
                .u64(epoch)
                .toBytes();
    }

    static Hello decode(Bytes bytes) throws WireFormatException {
        ByteReader reader = new ByteReader(bytes);
        Bytes magic = reader.raw(MAGIC.size());
        if (!magic.equals(MAGIC)) {
            throw new WireFormatException("not a hello: it starts with " + magic.hex());
        }
        return new Hello(reader.u16(), reader.u16(), reader.digest(), reader.u16(), reader.u64());
    }

    /**
     * Why the side that says {@code other} cannot be talked with; empty if it can.
     *
     * @param other what it says
     * @param certified the replica whose certificate it shows
     */
    Optional<String> objection(Hello other, int certified) {
        if (!other.clusterId.equals(clusterId)) {
            return Optional.of(
                    "replica %d has another genesis: its cluster is %s, here it is %s; both must have the same genesis file"
                            .formatted(certified, other.clusterId.shortHex(), clusterId.shortHex()));
        }
        if (other.replica != certified) {
            return Optional.of("shows the certificate of replica %d and says that it is replica %d"
                    .formatted(certified, other.replica));
        }
        if (other.lowestVersion > highestVersion || other.highestVersion < lowestVersion) {
            return Optional.of("replica %d speaks versions %d to %d, here it is %d to %d"
                    .formatted(certified, other.lowestVersion, other.highestVersion, lowestVersion, highestVersion));
        }
        return Optional.empty();
    }
}
