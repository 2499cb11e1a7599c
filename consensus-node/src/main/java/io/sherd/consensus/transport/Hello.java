package io.sherd.consensus.transport;

import io.sherd.merkle.Digest;
import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.nio.charset.StandardCharsets;

/**
 * The first frame on a link, in both directions.
 *
 * <pre>
 *   magic "sherd-link" 10 | lowest version 2 | highest version 2 | cluster id 32 | replica 2
 * </pre>
 *
 * @param lowestVersion the lowest protocol version that the sender speaks
 * @param highestVersion the highest one
 * @param clusterId the hash of its genesis
 * @param replica its number; the certificate must agree
 */
record Hello(int lowestVersion, int highestVersion, Digest clusterId, int replica) {

    /** The protocol version of this program. */
    static final int VERSION = 1;

    /** Size of the frame's body. */
    static final int SIZE_BYTES = 48;

    private static final Bytes MAGIC = Bytes.wrap("sherd-link".getBytes(StandardCharsets.US_ASCII));

    static Hello of(Digest clusterId, int replica) {
        return new Hello(VERSION, VERSION, clusterId, replica);
    }

    Bytes encoded() {
        return new ByteWriter(SIZE_BYTES)
                .raw(MAGIC)
                .u16(lowestVersion)
                .u16(highestVersion)
                .digest(clusterId)
                .u16(replica)
                .toBytes();
    }

    static Hello decode(Bytes bytes) throws WireFormatException {
        ByteReader reader = new ByteReader(bytes);
        if (!reader.raw(MAGIC.size()).equals(MAGIC)) {
            throw new WireFormatException("the peer does not speak Sherd's link protocol");
        }
        Hello hello = new Hello(reader.u16(), reader.u16(), reader.digest(), reader.u16());
        reader.end();
        return hello;
    }

    /**
     * Whether the link may be used.
     *
     * @param own what this side says
     * @param certified the replica that the peer's certificate proves
     * @throws WireFormatException if not; the message says why, and what an operator has to look at
     */
    void check(Hello own, int certified) throws WireFormatException {
        if (!clusterId.equals(own.clusterId)) {
            throw new WireFormatException("replica %d has another genesis: its cluster id is %s, ours is %s"
                    .formatted(certified, clusterId.shortHex(), own.clusterId.shortHex()));
        }
        if (replica != certified) {
            throw new WireFormatException(
                    "the certificate is replica %d's, but it says it is replica %d".formatted(certified, replica));
        }
        if (highestVersion < own.lowestVersion || lowestVersion > own.highestVersion) {
            throw new WireFormatException("replica %d speaks link versions %d to %d, this program %d to %d"
                    .formatted(certified, lowestVersion, highestVersion, own.lowestVersion, own.highestVersion));
        }
    }
}
