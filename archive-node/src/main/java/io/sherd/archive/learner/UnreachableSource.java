package io.sherd.archive.learner;

import io.sherd.archive.state.StateChunk;
import io.sherd.merkle.Digest;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.ClosedEpoch;
import io.sherd.replication.checkpoint.StorageReceipt;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.piece.Piece;
import io.sherd.replication.wire.Bytes;
import java.util.List;

/**
 * Stands for a replica that cannot be asked at all, for a reason that whoever lacks its answers should read: its address in the
 * member table is none.
 *
 * @param replica the replica
 * @param reason why it cannot be asked
 */
public record UnreachableSource(int replica, String reason) implements LedgerSource {

    @Override
    public void head(Receiver<CheckpointCertificate> receiver) {
        refuse(receiver);
    }

    @Override
    public void certificates(long fromSequence, int limit, Receiver<List<CheckpointCertificate>> receiver) {
        refuse(receiver);
    }

    @Override
    public void epochs(long fromEpoch, Receiver<List<ClosedEpoch>> receiver) {
        refuse(receiver);
    }

    @Override
    public void commitments(long fromSegment, int limit, Receiver<List<Commitment>> receiver) {
        refuse(receiver);
    }

    @Override
    public void piece(long segment, int index, Receiver<Piece> receiver) {
        refuse(receiver);
    }

    @Override
    public void receipts(Receiver<List<StorageReceipt>> receiver) {
        refuse(receiver);
    }

    @Override
    public void state(long sequence, Digest root, Bytes prefix, Receiver<StateChunk> receiver) {
        refuse(receiver);
    }

    @Override
    public long bytesReceived() {
        return 0;
    }

    @Override
    public void close() {
        // Nothing is open.
    }

    private void refuse(Receiver<?> receiver) {
        receiver.failed(
                new SourceException(SourceException.Kind.UNREACHABLE, "replica %d: %s".formatted(replica, reason)));
    }
}
