package io.sherd.replication.checkpoint;

import io.sherd.replication.Quorums;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.ledger.SignatureVerifier;
import io.sherd.replication.ledger.SigningDomain;
import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;

/**
 * One link of the chain from the genesis to today's keys: the certificate that closed an epoch, and the member table that
 * it binds. Kept for ever. Bytes: {@code certificate | member table}.
 *
 * @param certificate signed with the closed epoch's keys
 * @param next the member table of the epoch after it
 */
public record ClosedEpoch(CheckpointCertificate certificate, MemberTable next) {

    /** {@return the epoch that was closed} */
    public long epoch() {
        return certificate.statement().epoch();
    }

    /**
     * Checks the link and returns the next epoch's member table.
     *
     * @param domain the cluster's
     * @param quorums n and f
     * @param members the member table of the closed epoch, already trusted
     * @param verifier decides about signatures
     * @return the next epoch's member table
     * @throws InvalidCertificateException naming what does not hold
     */
    public MemberTable verify(SigningDomain domain, Quorums quorums, MemberTable members, SignatureVerifier verifier)
            throws InvalidCertificateException {
        certificate.verify(domain, quorums, members, verifier);
        if (!certificate.statement().nextMembers().equals(java.util.Optional.of(next.digest()))) {
            throw new InvalidCertificateException(
                    "the certificate that closes epoch %d binds another member table".formatted(epoch()));
        }
        if (next.epoch() != epoch() + 1 || next.members().size() != quorums.replicaCount()) {
            throw new InvalidCertificateException("epoch %d cannot be followed by epoch %d with %d replicas"
                    .formatted(epoch(), next.epoch(), next.members().size()));
        }
        return next;
    }

    /** {@return the canonical bytes} */
    public Bytes encoded() {
        ByteWriter writer = new ByteWriter();
        certificate.encode(writer);
        next.encode(writer);
        return writer.toBytes();
    }

    /**
     * Reads exactly one link; whether it holds is for {@link #verify} to say.
     *
     * @param bytes exactly one link
     * @return what stood there
     * @throws WireFormatException if the bytes are not one
     */
    public static ClosedEpoch decode(Bytes bytes) throws WireFormatException {
        ByteReader reader = new ByteReader(bytes);
        ClosedEpoch closed = new ClosedEpoch(CheckpointCertificate.decode(reader), MemberTable.decode(reader));
        reader.end();
        return closed;
    }
}
