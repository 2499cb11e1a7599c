package io.sherd.replication.genesis;

import io.sherd.merkle.Digest;
import io.sherd.replication.ledger.DirectoryId;
import io.sherd.replication.ledger.HostAndPort;
import io.sherd.replication.ledger.VerifyingKey;
import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.WireFormatException;
import java.nio.charset.StandardCharsets;

/**
 * One replica of a member table. Its number is its place in the table.
 *
 * @param key what it signs with
 * @param tlsPin SHA-256 of its TLS certificate's SubjectPublicKeyInfo
 * @param peerAddress {@code host:port} of its replica link
 * @param edgeAddress {@code host:port} of its public edge
 * @param directory the data directory that speaks for it
 * @param incarnation the epoch that its last REJOIN or key change opened; 0 since the genesis
 */
public record Member(
        VerifyingKey key,
        Digest tlsPin,
        String peerAddress,
        String edgeAddress,
        DirectoryId directory,
        long incarnation) {

    /** Checks that both addresses can be written and read again. */
    public Member {
        checkAddress(peerAddress);
        checkAddress(edgeAddress);
    }

    /**
     * {@return this member after a REJOIN that opened {@code epoch}}
     *
     * @param newDirectory the data directory that speaks for it from now on
     * @param epoch the epoch that the REJOIN opens
     */
    public Member rejoined(DirectoryId newDirectory, long epoch) {
        return new Member(key, tlsPin, peerAddress, edgeAddress, newDirectory, epoch);
    }

    /**
     * {@return this member after a key change that opened {@code epoch}}
     *
     * @param newKey what it signs with from then on
     * @param newPin the pin of its TLS certificate from then on
     * @param epoch the epoch that the change opens
     */
    public Member rekeyed(VerifyingKey newKey, Digest newPin, long epoch) {
        return new Member(newKey, newPin, peerAddress, edgeAddress, directory, epoch);
    }

    /**
     * {@return this member where it is reached from now on}
     *
     * @param newPeerAddress of its replica link
     * @param newEdgeAddress of its public edge
     */
    public Member moved(String newPeerAddress, String newEdgeAddress) {
        return new Member(key, tlsPin, newPeerAddress, newEdgeAddress, directory, incarnation);
    }

    void encode(ByteWriter writer) {
        writer.digest(key.raw()).digest(tlsPin).text(peerAddress).text(edgeAddress);
        directory.encode(writer);
        writer.u64(incarnation);
    }

    static Member decode(ByteReader reader) throws WireFormatException {
        return new Member(
                new VerifyingKey(reader.digest()),
                reader.digest(),
                reader.text(HostAndPort.MAX_BYTES),
                reader.text(HostAndPort.MAX_BYTES),
                DirectoryId.decode(reader),
                reader.u64());
    }

    private static void checkAddress(String address) {
        int size = address.getBytes(StandardCharsets.UTF_8).length;
        if (size > HostAndPort.MAX_BYTES) {
            throw new IllegalArgumentException(
                    "an address of %d bytes, at most %d are allowed".formatted(size, HostAndPort.MAX_BYTES));
        }
    }
}
