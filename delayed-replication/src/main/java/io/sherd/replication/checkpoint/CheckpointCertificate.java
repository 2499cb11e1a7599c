package io.sherd.replication.checkpoint;

import io.sherd.replication.Quorums;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.ledger.Signature;
import io.sherd.replication.ledger.SignatureVerifier;
import io.sherd.replication.ledger.SigningDomain;
import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Signatures of distinct replicas over one statement; a certificate once they are n - f. Later signatures are added, since
 * each is also its signer's receipt for the segment. Bytes: {@code statement | count (2) | (replica (2) | signature (64))*},
 * replicas ascending.
 *
 * @param statement what was signed
 * @param signatures by replica
 */
public record CheckpointCertificate(CheckpointStatement statement, SortedMap<Integer, Signature> signatures) {

    /** Copies the map. */
    public CheckpointCertificate {
        signatures = java.util.Collections.unmodifiableSortedMap(new TreeMap<>(signatures));
    }

    /**
     * Checks every signature and the count.
     *
     * @param domain the cluster's
     * @param quorums n and f
     * @param members the member table of the statement's epoch
     * @param verifier decides about signatures
     * @throws InvalidCertificateException naming what does not hold
     */
    public void verify(SigningDomain domain, Quorums quorums, MemberTable members, SignatureVerifier verifier)
            throws InvalidCertificateException {
        if (members.epoch() != statement.epoch()) {
            throw new InvalidCertificateException("certificate of epoch %d checked with the keys of epoch %d"
                    .formatted(statement.epoch(), members.epoch()));
        }
        if (!quorums.isQuorum(signatures.size())) {
            throw new InvalidCertificateException("certificate of position %d has %d signatures, %d are needed"
                    .formatted(statement.sequence(), signatures.size(), quorums.quorum()));
        }
        byte[] message = statement.toSign(domain);
        for (var entry : signatures.entrySet()) {
            if (!quorums.isReplica(entry.getKey())) {
                throw new InvalidCertificateException("certificate of position %d is signed by replica %d of %d"
                        .formatted(statement.sequence(), entry.getKey(), quorums.replicaCount()));
            }
            if (!verifier.verify(members.member(entry.getKey()).key(), message, entry.getValue())) {
                throw new InvalidCertificateException(
                        "certificate of position %d: the signature of replica %d does not verify"
                                .formatted(statement.sequence(), entry.getKey()));
            }
        }
    }

    /** {@return the canonical bytes} */
    public Bytes encoded() {
        ByteWriter writer = new ByteWriter();
        encode(writer);
        return writer.toBytes();
    }

    /**
     * Appends the canonical bytes.
     *
     * @param writer where the bytes go
     */
    public void encode(ByteWriter writer) {
        statement.encode(writer);
        writer.u16(signatures.size());
        signatures.forEach((replica, signature) -> {
            writer.u16(replica);
            signature.encode(writer);
        });
    }

    /**
     * Reads a certificate; whether it holds is for {@link #verify} to say.
     *
     * @param reader stands before the first byte; afterwards behind the last
     * @return what stood there
     * @throws WireFormatException if the bytes are not one
     */
    public static CheckpointCertificate decode(ByteReader reader) throws WireFormatException {
        CheckpointStatement statement = CheckpointStatement.decode(reader);
        int count = reader.u16();
        TreeMap<Integer, Signature> signatures = new TreeMap<>();
        for (int i = 0; i < count; i++) {
            int replica = reader.u16();
            if (!signatures.isEmpty() && replica <= signatures.lastKey()) {
                throw new WireFormatException("signers of a certificate are not in ascending order");
            }
            signatures.put(replica, Signature.decode(reader));
        }
        return new CheckpointCertificate(statement, signatures);
    }
}
