package io.sherd.replication.proof;

import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.CheckpointStatement;
import io.sherd.replication.checkpoint.ClosedEpoch;
import io.sherd.replication.checkpoint.InvalidCertificateException;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.ledger.SignatureVerifier;
import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.util.ArrayList;
import java.util.List;

/**
 * A certificate with everything that leads to its keys from the genesis. Bytes:
 *
 * <pre>
 *   closed epoch count 4 | (length 4 | closed epoch)* | certificate
 * </pre>
 *
 * @param closed the epochs from 0 to the one before the certificate's, exactly
 * @param certificate the certificate
 */
public record CertifiedStatement(List<ClosedEpoch> closed, CheckpointCertificate certificate) {

    /** The most epochs that are followed. */
    public static final int MAX_EPOCHS = 1 << 20;

    /** Copies the list. */
    public CertifiedStatement {
        closed = List.copyOf(closed);
    }

    /** {@return what is certified, if {@link #verify} accepts it} */
    public CheckpointStatement statement() {
        return certificate.statement();
    }

    /**
     * Checks the whole way from the genesis.
     *
     * @param genesis the one trust root
     * @param verifier decides about signatures
     * @return the member table whose keys signed
     * @throws InvalidProofException naming the step that does not hold
     */
    public MemberTable verify(Genesis genesis, SignatureVerifier verifier) throws InvalidProofException {
        MemberTable members = genesis.members();
        long lastClosing = 0;
        try {
            for (ClosedEpoch epoch : closed) {
                members = epoch.verify(genesis.signingDomain(), genesis.quorums(), members, verifier);
                lastClosing = epoch.certificate().statement().sequence();
            }
        } catch (InvalidCertificateException e) {
            throw new InvalidProofException(ProofStep.EPOCHS, e);
        }
        if (statement().epoch() != members.epoch()) {
            throw new InvalidProofException(
                    ProofStep.EPOCHS,
                    "the certificate is of epoch %d, the closed epochs lead to epoch %d"
                            .formatted(statement().epoch(), members.epoch()));
        }
        if (statement().sequence() <= lastClosing) {
            throw new InvalidProofException(
                    ProofStep.EPOCHS,
                    "the certificate is of seq %d, the epoch before its own closed at %d"
                            .formatted(statement().sequence(), lastClosing));
        }
        try {
            certificate.verify(genesis.signingDomain(), genesis.quorums(), members, verifier);
        } catch (InvalidCertificateException e) {
            throw new InvalidProofException(ProofStep.CERTIFICATE, e);
        }
        return members;
    }

    /**
     * Appends the canonical bytes.
     *
     * @param writer where the bytes go
     */
    public void encode(ByteWriter writer) {
        writer.u32(closed.size());
        for (ClosedEpoch epoch : closed) {
            writer.sized(epoch.encoded());
        }
        certificate.encode(writer);
    }

    /**
     * Reads a statement; whether it holds is for {@link #verify} to say.
     *
     * @param reader stands before the first byte; afterwards behind the last
     * @return what stood there
     * @throws WireFormatException if the bytes are not one
     */
    public static CertifiedStatement decode(ByteReader reader) throws WireFormatException {
        int count = reader.count(MAX_EPOCHS, "closed epochs");
        List<ClosedEpoch> closed = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Bytes epoch = reader.sized(reader.remaining());
            closed.add(ClosedEpoch.decode(epoch));
        }
        return new CertifiedStatement(closed, CheckpointCertificate.decode(reader));
    }
}
