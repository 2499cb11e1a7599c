package io.sherd.replication.proof;

import io.sherd.merkle.Digest;
import io.sherd.merkle.MerklePath;
import io.sherd.merkle.MerkleProofException;
import io.sherd.replication.checkpoint.CheckpointStatement;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.ledger.LedgerEntry;
import io.sherd.replication.ledger.Request;
import io.sherd.replication.ledger.SignatureVerifier;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.piece.SegmentContext;
import io.sherd.replication.segment.Segment;
import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.StoredRecord;
import io.sherd.replication.wire.WireFormatException;
import java.util.ArrayList;
import java.util.List;

/**
 * A request is in the ledger, at a position. Kept as a {@link StoredRecord} of kind {@link StoredRecord.Kind#TRANSACTION_PROOF}:
 *
 * <pre>
 *   cluster id 32 | certified statement | commitment 208 | history path | sequence 8 | batch digest 32 | entry path
 *   | batch path | request length 4 | request
 * </pre>
 *
 * <p>A path is {@code count 1 | sibling 32 each}; its index and leaf count are those of what it belongs to: segment number of segment
 * count, position in the segment's positions. The batch digest follows from the rest; it is there so that a refusal can name the
 * half that does not hold.
 *
 * @param clusterId the cluster
 * @param certified what a quorum signed
 * @param commitment the commitment of the request's segment
 * @param historySiblings the way from it to the statement's history root
 * @param sequence the position of the request's entry
 * @param batchDigest the digest of that entry's batch
 * @param entrySiblings the way from the entry to the commitment's entries root
 * @param batchPath the way from the request to the batch digest
 * @param request the request
 */
public record TransactionProof(
        Digest clusterId,
        CertifiedStatement certified,
        Commitment commitment,
        List<Digest> historySiblings,
        long sequence,
        Digest batchDigest,
        List<Digest> entrySiblings,
        BatchPath batchPath,
        Request request) {

    /** Version of the stored form. */
    public static final int FORMAT_VERSION = 1;

    /** Copies the lists. */
    public TransactionProof {
        historySiblings = List.copyOf(historySiblings);
        entrySiblings = List.copyOf(entrySiblings);
    }

    /**
     * Makes a proof, which is not checked here.
     *
     * @param certified what a quorum signed
     * @param commitment the commitment of the segment
     * @param history its path to the statement's history root
     * @param segment the segment
     * @param sequence the position of one of its entries
     * @param index the place of a request in that entry
     * @return the proof that this request is in that entry
     */
    public static TransactionProof of(
            CertifiedStatement certified,
            Commitment commitment,
            MerklePath history,
            Segment segment,
            long sequence,
            int index) {
        int place = Math.toIntExact(sequence - segment.firstSequence());
        LedgerEntry entry = segment.entries().get(place);
        return new TransactionProof(
                commitment.context().clusterId(),
                certified,
                commitment,
                history.siblings(),
                sequence,
                entry.batch().digest(),
                segment.entriesTree().path(place).siblings(),
                BatchPath.of(entry.batch(), index),
                entry.batch().requests().get(index));
    }

    /**
     * Checks every step, from the genesis's keys down to the request.
     *
     * @param genesis the one trust root
     * @param verifier decides about signatures
     * @throws InvalidProofException naming the step that does not hold
     */
    public void verify(Genesis genesis, SignatureVerifier verifier) throws InvalidProofException {
        if (!clusterId.equals(genesis.clusterId())) {
            throw new InvalidProofException(
                    ProofStep.CLUSTER,
                    "the proof is of cluster %s, the genesis is of cluster %s"
                            .formatted(clusterId.shortHex(), genesis.clusterId().shortHex()));
        }
        certified.verify(genesis, verifier);
        verifyHistory(certified.statement());
        verifyEntry(commitment.context());
        Digest implied = batchPath.impliedDigest(request.digest());
        if (!implied.equals(batchDigest)) {
            throw new InvalidProofException(
                    ProofStep.REQUEST,
                    "the request leads to the batch %s, entry %d has %s"
                            .formatted(implied.shortHex(), sequence, batchDigest.shortHex()));
        }
        if (request instanceof Request.Operation operation
                && !operation.isSignedFor(genesis.signingDomain(), verifier)) {
            throw new InvalidProofException(
                    ProofStep.SIGNATURE,
                    "the client %s did not sign it".formatted(operation.client().hex()));
        }
    }

    private void verifyHistory(CheckpointStatement statement) throws InvalidProofException {
        long segment = commitment.context().segmentNumber();
        try {
            new MerklePath(segment, statement.segmentCount(), historySiblings)
                    .verify(statement.historyRoot(), commitment.leaf());
        } catch (MerkleProofException e) {
            throw new InvalidProofException(ProofStep.HISTORY, e);
        }
        if (!commitment.context().clusterId().equals(clusterId)) {
            throw new InvalidProofException(ProofStep.HISTORY, "segment %d is of another cluster".formatted(segment));
        }
    }

    private void verifyEntry(SegmentContext context) throws InvalidProofException {
        if (sequence < context.firstSequence() || sequence > context.lastSequence()) {
            throw new InvalidProofException(
                    ProofStep.ENTRY,
                    "entry %d is not in segment %d, which has the entries %d to %d"
                            .formatted(
                                    sequence,
                                    context.segmentNumber(),
                                    context.firstSequence(),
                                    context.lastSequence()));
        }
        long count = context.lastSequence() - context.firstSequence() + 1;
        Digest leaf = LedgerEntry.leaf(sequence, batchDigest);
        try {
            new MerklePath(sequence - context.firstSequence(), count, entrySiblings)
                    .verify(context.entriesRoot(), leaf);
        } catch (MerkleProofException e) {
            throw new InvalidProofException(ProofStep.ENTRY, e);
        }
    }

    /** {@return the whole stored record} */
    public byte[] encoded() {
        ByteWriter writer = new ByteWriter();
        writer.digest(clusterId);
        certified.encode(writer);
        commitment.encode(writer);
        encodePath(writer, historySiblings);
        writer.u64(sequence).digest(batchDigest);
        encodePath(writer, entrySiblings);
        batchPath.encode(writer);
        writer.sized(request.encoded());
        return StoredRecord.encode(StoredRecord.Kind.TRANSACTION_PROOF, FORMAT_VERSION, writer.toByteArray());
    }

    /**
     * Reads a stored record; whether it holds is for {@link #verify} to say.
     *
     * @param stored the whole record
     * @return the proof
     * @throws WireFormatException if the bytes are not one
     */
    public static TransactionProof decode(byte[] stored) throws WireFormatException {
        ByteReader reader = StoredRecord.open(stored, StoredRecord.Kind.TRANSACTION_PROOF, FORMAT_VERSION);
        TransactionProof proof = new TransactionProof(
                reader.digest(),
                CertifiedStatement.decode(reader),
                Commitment.decode(reader),
                decodePath(reader),
                reader.u64(),
                reader.digest(),
                decodePath(reader),
                BatchPath.decode(reader),
                Request.decode(reader.sized(reader.remaining())));
        reader.end();
        return proof;
    }

    private static void encodePath(ByteWriter writer, List<Digest> siblings) {
        writer.u8(siblings.size());
        siblings.forEach(writer::digest);
    }

    private static List<Digest> decodePath(ByteReader reader) throws WireFormatException {
        int count = reader.u8();
        List<Digest> siblings = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            siblings.add(reader.digest());
        }
        return siblings;
    }
}
