package io.sherd.archive.proof;

import io.sherd.archive.state.InvalidStateException;
import io.sherd.archive.state.StateLeaf;
import io.sherd.archive.state.StateProof;
import io.sherd.merkle.Digest;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.ledger.SignatureVerifier;
import io.sherd.replication.proof.CertifiedStatement;
import io.sherd.replication.proof.InvalidProofException;
import io.sherd.replication.proof.ProofStep;
import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.StoredRecord;
import io.sherd.replication.wire.WireFormatException;
import java.util.Optional;

/**
 * What a key of the application holds in the state that a certificate binds, or that it holds nothing. Kept as a {@link StoredRecord}
 * of kind {@link StoredRecord.Kind#KEY_PROOF}:
 *
 * <pre>
 *   cluster id 32 | certified statement | holds 1 (0 or 1) | state proof, to the end
 * </pre>
 *
 * @param clusterId the cluster
 * @param certified what a quorum signed
 * @param holds whether the key holds a value
 * @param proof the way from the key to the statement's state root
 */
public record KeyProof(Digest clusterId, CertifiedStatement certified, boolean holds, StateProof proof) {

    /** Version of the stored form. */
    public static final int FORMAT_VERSION = 1;

    /** {@return the key} */
    public Bytes key() {
        return proof.key();
    }

    /**
     * Checks every step, from the genesis's keys down to the key.
     *
     * @param genesis the one trust root
     * @param verifier decides about signatures
     * @return what the key holds after the statement's state sequence; empty if nothing
     * @throws InvalidProofException naming the step that does not hold
     */
    public Optional<Bytes> verify(Genesis genesis, SignatureVerifier verifier) throws InvalidProofException {
        if (!clusterId.equals(genesis.clusterId())) {
            throw new InvalidProofException(
                    ProofStep.CLUSTER,
                    "the proof is of cluster %s, the genesis is of cluster %s"
                            .formatted(clusterId.shortHex(), genesis.clusterId().shortHex()));
        }
        var _ = certified.verify(genesis, verifier);
        if (proof.space() != StateLeaf.APPLICATION) {
            throw new InvalidProofException(ProofStep.STATE, "the key is none of the application's");
        }
        Optional<Bytes> value;
        try {
            value = proof.verify(certified.statement().stateRoot());
        } catch (InvalidStateException e) {
            throw new InvalidProofException(ProofStep.STATE, e);
        }
        if (value.isPresent() != holds) {
            throw new InvalidProofException(
                    ProofStep.STATE,
                    "the proof claims that the key holds %s, the state root says the opposite"
                            .formatted(holds ? "a value" : "nothing"));
        }
        return value;
    }

    /** {@return the whole stored record} */
    public byte[] encoded() {
        ByteWriter writer = new ByteWriter();
        writer.digest(clusterId);
        certified.encode(writer);
        writer.u8(holds ? 1 : 0).raw(proof.encoded());
        return StoredRecord.encode(StoredRecord.Kind.KEY_PROOF, FORMAT_VERSION, writer.toByteArray());
    }

    /**
     * Reads a stored record; whether it holds is for {@link #verify} to say.
     *
     * @param stored the whole record
     * @return the proof
     * @throws WireFormatException if the bytes are not one
     */
    public static KeyProof decode(byte[] stored) throws WireFormatException {
        ByteReader reader = StoredRecord.open(stored, StoredRecord.Kind.KEY_PROOF, FORMAT_VERSION);
        Digest clusterId = reader.digest();
        CertifiedStatement certified = CertifiedStatement.decode(reader);
        int holds = reader.u8();
        if (holds > 1) {
            throw new WireFormatException("a key holds something (1) or nothing (0), not " + holds);
        }
        Bytes proof = reader.rest();
        return new KeyProof(clusterId, certified, holds == 1, StateProof.decode(proof, proof.size()));
    }
}
