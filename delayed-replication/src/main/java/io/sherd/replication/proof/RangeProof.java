package io.sherd.replication.proof;

import io.sherd.merkle.ConsistencyProof;
import io.sherd.merkle.Digest;
import io.sherd.merkle.MerkleAccumulator;
import io.sherd.merkle.MerkleProofException;
import io.sherd.replication.checkpoint.CheckpointStatement;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.ledger.SignatureVerifier;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.WireFormatException;
import java.util.ArrayList;
import java.util.List;

/**
 * A run of consecutive commitments is what a quorum signed. The commitments are not in it: they go through a
 * {@link MerkleAccumulator}, one after another. Bytes:
 *
 * <pre>
 *   cluster id 32 | first segment 8 | segment end 8 | certified statement | frontier 32 each | consistency count 1 | consistency 32 each
 * </pre>
 *
 * @param clusterId the cluster
 * @param firstSegment the first of the run
 * @param segmentEnd the one behind its last
 * @param certified what a quorum signed: of as many segments or more
 * @param frontier {@link MerkleAccumulator#frontier()} over the commitments before the run
 * @param consistency hashes of the proof that the history up to the end of the run goes on to the statement's history root
 */
public record RangeProof(
        Digest clusterId,
        long firstSegment,
        long segmentEnd,
        CertifiedStatement certified,
        List<Digest> frontier,
        List<Digest> consistency) {

    /** Copies the lists and checks that they fit the numbers. */
    public RangeProof {
        frontier = List.copyOf(frontier);
        consistency = List.copyOf(consistency);
        if (firstSegment < 0
                || segmentEnd <= firstSegment
                || frontier.size() != MerkleAccumulator.frontierLength(firstSegment)) {
            throw new IllegalArgumentException("segments %d to %d with a frontier of %d hashes"
                    .formatted(firstSegment, segmentEnd, frontier.size()));
        }
    }

    /**
     * Checks everything but the commitments.
     *
     * @param genesis the one trust root
     * @param verifier decides about signatures
     * @return the member table whose keys signed
     * @throws InvalidProofException naming the step that does not hold
     */
    public MemberTable verifyStatement(Genesis genesis, SignatureVerifier verifier) throws InvalidProofException {
        if (!clusterId.equals(genesis.clusterId())) {
            throw new InvalidProofException(
                    ProofStep.CLUSTER,
                    "it is of cluster %s, the genesis is of cluster %s"
                            .formatted(clusterId.shortHex(), genesis.clusterId().shortHex()));
        }
        MemberTable members = certified.verify(genesis, verifier);
        if (segmentEnd > certified.statement().segmentCount()) {
            throw new InvalidProofException(
                    ProofStep.HISTORY,
                    "it has segments up to %d, the certificate is about the first %d"
                            .formatted(segmentEnd - 1, certified.statement().segmentCount()));
        }
        return members;
    }

    /** {@return an accumulator that stands before the run: {@link #append} the run's commitments to it, then {@link #verifyEnd}} */
    public MerkleAccumulator begin() {
        return MerkleAccumulator.restore(firstSegment, frontier);
    }

    /**
     * Takes the next commitment of the run.
     *
     * @param history stands behind the ones before it
     * @param commitment the commitment
     * @throws InvalidProofException if it is none of this place
     */
    public void append(MerkleAccumulator history, Commitment commitment) throws InvalidProofException {
        if (commitment.context().segmentNumber() != history.size()
                || !commitment.context().clusterId().equals(clusterId)) {
            throw new InvalidProofException(
                    ProofStep.HISTORY, "%s at the place of segment %d".formatted(commitment.context(), history.size()));
        }
        history.append(commitment.leaf());
    }

    /**
     * Checks that the commitments of the run are those that a quorum signed.
     *
     * @param history stands behind the last one of the run
     * @throws InvalidProofException if they are not
     */
    public void verifyEnd(MerkleAccumulator history) throws InvalidProofException {
        CheckpointStatement statement = certified.statement();
        if (history.size() != segmentEnd) {
            throw new InvalidProofException(
                    ProofStep.HISTORY,
                    "its commitments end behind segment %d, not %d".formatted(history.size() - 1, segmentEnd - 1));
        }
        try {
            new ConsistencyProof(segmentEnd, statement.segmentCount(), consistency)
                    .verify(history.root(), statement.historyRoot());
        } catch (MerkleProofException e) {
            throw new InvalidProofException(ProofStep.HISTORY, e);
        }
    }

    /** {@return the canonical bytes} */
    public byte[] encoded() {
        ByteWriter writer = new ByteWriter();
        writer.digest(clusterId).u64(firstSegment).u64(segmentEnd);
        certified.encode(writer);
        frontier.forEach(writer::digest);
        writer.u8(consistency.size());
        consistency.forEach(writer::digest);
        return writer.toByteArray();
    }

    /**
     * Reads a proof, to the end; whether it holds is for {@link #verifyStatement} and {@link #verifyEnd} to say.
     *
     * @param reader stands before the first byte
     * @return what stood there
     * @throws WireFormatException if the bytes are not one
     */
    public static RangeProof decode(ByteReader reader) throws WireFormatException {
        Digest clusterId = reader.digest();
        long firstSegment = reader.u64();
        long segmentEnd = reader.u64();
        CertifiedStatement certified = CertifiedStatement.decode(reader);
        List<Digest> frontier = digests(reader, MerkleAccumulator.frontierLength(firstSegment));
        List<Digest> consistency = digests(reader, reader.u8());
        reader.end();
        try {
            return new RangeProof(clusterId, firstSegment, segmentEnd, certified, frontier, consistency);
        } catch (IllegalArgumentException e) {
            throw new WireFormatException("range: " + e.getMessage(), e);
        }
    }

    private static List<Digest> digests(ByteReader reader, int count) throws WireFormatException {
        List<Digest> digests = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            digests.add(reader.digest());
        }
        return digests;
    }
}
