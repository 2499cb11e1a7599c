package io.sherd.replication.checkpoint;

import io.sherd.merkle.Digest;
import io.sherd.replication.ledger.SignedType;
import io.sherd.replication.ledger.SigningDomain;
import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.util.Optional;

/**
 * What the ledger is up to one closing.
 *
 * <pre>
 *   epoch 8 | sequence 8 | ledger hash 32 | segment count 8 | history root 32
 *   | state sequence 8 | state root 32 | closing 1 (0 or 1) | next member table 32, if closing is 1
 * </pre>
 *
 * <p>The cluster id is not in the bytes: it is under every signature through the {@link SigningDomain}.
 *
 * @param epoch the epoch whose keys sign this
 * @param sequence the position of the closing entry
 * @param ledgerHash the ledger hash after it
 * @param segmentCount segments up to and including the one it closes
 * @param historyRoot RFC 6962 root over all their commitments
 * @param stateSequence the position of the last state checkpoint strictly before {@code sequence}; 0 if there is none
 * @param stateRoot the root of the state after that position; of the empty state if there is none
 * @param nextMembers the digest of the next epoch's member table, when this closes its epoch
 */
public record CheckpointStatement(
        long epoch,
        long sequence,
        Digest ledgerHash,
        long segmentCount,
        Digest historyRoot,
        long stateSequence,
        Digest stateRoot,
        Optional<Digest> nextMembers) {

    /**
     * {@return the bytes that a replica signs for this statement}
     *
     * @param domain the cluster's
     */
    public byte[] toSign(SigningDomain domain) {
        return domain.toSign(epoch, SignedType.CHECKPOINT, encoded().readOnlyArray());
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
        writer.u64(epoch)
                .u64(sequence)
                .digest(ledgerHash)
                .u64(segmentCount)
                .digest(historyRoot)
                .u64(stateSequence)
                .digest(stateRoot)
                .u8(nextMembers.isPresent() ? 1 : 0);
        nextMembers.ifPresent(writer::digest);
    }

    /**
     * Reads a statement.
     *
     * @param reader stands before the first byte; afterwards behind the last
     * @return what stood there
     * @throws WireFormatException if the bytes are not one
     */
    public static CheckpointStatement decode(ByteReader reader) throws WireFormatException {
        long epoch = reader.u64();
        long sequence = reader.u64();
        Digest ledgerHash = reader.digest();
        long segmentCount = reader.u64();
        Digest historyRoot = reader.digest();
        long stateSequence = reader.u64();
        Digest stateRoot = reader.digest();
        int closing = reader.u8();
        if (closing > 1) {
            throw new WireFormatException("closing is " + closing + ", must be 0 or 1");
        }
        Optional<Digest> next = closing == 1 ? Optional.of(reader.digest()) : Optional.empty();
        return new CheckpointStatement(
                epoch, sequence, ledgerHash, segmentCount, historyRoot, stateSequence, stateRoot, next);
    }
}
