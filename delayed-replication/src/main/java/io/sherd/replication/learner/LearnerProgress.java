package io.sherd.replication.learner;

import io.sherd.merkle.Digest;
import io.sherd.merkle.MerkleAccumulator;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.ledger.LedgerEntry;
import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.StoredRecord;
import io.sherd.replication.wire.WireFormatException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What of a learner survives a restart: where it stands in the ledger, and what it needs to prove the next step. Kept as a
 * {@link StoredRecord} of kind {@link StoredRecord.Kind#LEARNER_PROGRESS}:
 *
 * <pre>
 *   cluster id 32 | next segment 8 | next sequence 8 | ledger hash 32 | frontier 32 each, one per bit set in next segment
 *   | member table | target 1 (0 or 1) | certificate, if target is 1
 * </pre>
 *
 * <p>The target is kept because a certificate of a closed epoch can no longer be verified under the next epoch's keys.
 *
 * @param clusterId the cluster that this is a progress in
 * @param nextSegment the next segment to deliver: as many were delivered
 * @param nextSequence the position of its first entry
 * @param ledgerHash the ledger hash before it
 * @param frontier {@link MerkleAccumulator#frontier()} over the commitments of all segments delivered
 * @param members the latest member table that was proved
 * @param target the highest checkpoint that was proved, if any
 */
public record LearnerProgress(
        Digest clusterId,
        long nextSegment,
        long nextSequence,
        Digest ledgerHash,
        List<Digest> frontier,
        MemberTable members,
        Optional<CheckpointCertificate> target) {

    /** Version of the stored form. */
    public static final int FORMAT_VERSION = 1;

    /** Checks that frontier and numbers fit together. */
    public LearnerProgress {
        frontier = List.copyOf(frontier);
        if (nextSequence - LedgerEntry.FIRST_SEQUENCE < nextSegment) {
            throw new IllegalArgumentException(
                    "%d segments cannot end before position %d".formatted(nextSegment, nextSequence));
        }
        if (frontier.size() != MerkleAccumulator.frontierLength(nextSegment)) {
            throw new IllegalArgumentException(
                    "a frontier of %d hashes for %d segments".formatted(frontier.size(), nextSegment));
        }
    }

    /**
     * {@return the progress of somebody who holds nothing but the genesis}
     *
     * @param genesis the one trust root
     */
    public static LearnerProgress start(Genesis genesis) {
        return new LearnerProgress(
                genesis.clusterId(),
                0,
                LedgerEntry.FIRST_SEQUENCE,
                genesis.clusterId(),
                List.of(),
                genesis.members(),
                Optional.empty());
    }

    /** {@return the accumulator over the commitments delivered} */
    MerkleAccumulator accumulator() {
        return MerkleAccumulator.restore(nextSegment, frontier);
    }

    /** {@return the whole stored record} */
    public byte[] encoded() {
        ByteWriter writer = new ByteWriter();
        writer.digest(clusterId).u64(nextSegment).u64(nextSequence).digest(ledgerHash);
        frontier.forEach(writer::digest);
        members.encode(writer);
        writer.u8(target.isPresent() ? 1 : 0);
        target.ifPresent(certificate -> certificate.encode(writer));
        return StoredRecord.encode(StoredRecord.Kind.LEARNER_PROGRESS, FORMAT_VERSION, writer.toByteArray());
    }

    /**
     * Reads a stored record.
     *
     * @param stored the whole record
     * @param genesis the cluster that it must be of
     * @return the progress
     * @throws WireFormatException if it is damaged, or of another cluster
     */
    public static LearnerProgress decode(byte[] stored, Genesis genesis) throws WireFormatException {
        ByteReader reader = StoredRecord.open(stored, StoredRecord.Kind.LEARNER_PROGRESS, FORMAT_VERSION);
        Digest clusterId = reader.digest();
        if (!clusterId.equals(genesis.clusterId())) {
            throw new WireFormatException("progress in cluster %s, this is cluster %s"
                    .formatted(clusterId.shortHex(), genesis.clusterId().shortHex()));
        }
        long nextSegment = reader.u64();
        long nextSequence = reader.u64();
        Digest ledgerHash = reader.digest();
        List<Digest> frontier = new ArrayList<>();
        for (int i = 0; i < MerkleAccumulator.frontierLength(nextSegment); i++) {
            frontier.add(reader.digest());
        }
        MemberTable members = MemberTable.decode(reader);
        int hasTarget = reader.u8();
        if (hasTarget > 1) {
            throw new WireFormatException("target is " + hasTarget + ", must be 0 or 1");
        }
        Optional<CheckpointCertificate> target =
                hasTarget == 1 ? Optional.of(CheckpointCertificate.decode(reader)) : Optional.empty();
        reader.end();
        try {
            return new LearnerProgress(clusterId, nextSegment, nextSequence, ledgerHash, frontier, members, target);
        } catch (IllegalArgumentException e) {
            throw new WireFormatException("learner progress: " + e.getMessage(), e);
        }
    }

    /** {@return a digest of the whole, for messages: positions and hash} */
    @Override
    public String toString() {
        return "segment %d, position %d, ledger %s, epoch %d"
                .formatted(nextSegment, nextSequence, ledgerHash.shortHex(), members.epoch());
    }
}
