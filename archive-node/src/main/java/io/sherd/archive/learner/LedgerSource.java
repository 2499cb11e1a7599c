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
 * Port: somebody who answers questions about the ledger and is not trusted: a live replica, a data directory, an exported
 * archive. Whoever asks checks every answer.
 *
 * <p>A question returns at once. Its receiver is called exactly once, on any thread and perhaps before the question returns,
 * and must not block. Thread-safe.
 */
public interface LedgerSource extends AutoCloseable {

    /**
     * Takes the answer to one question.
     *
     * @param <T> what was asked for
     */
    interface Receiver<T> {

        /** The answer, well-formed and otherwise unchecked. */
        void received(T answer);

        /** There is no answer. */
        void failed(SourceException why);
    }

    /** {@return the replica whose data this source has, and so the index of its own pieces} */
    int replica();

    /** Asks for the certificate of the highest stable checkpoint. */
    void head(Receiver<CheckpointCertificate> receiver);

    /** Asks for stored certificates from a position on, ascending; superseded ones may be gone. */
    void certificates(long fromSequence, int limit, Receiver<List<CheckpointCertificate>> receiver);

    /** Asks for closed epochs from one on, consecutive; none if that one is not closed. */
    void epochs(long fromEpoch, Receiver<List<ClosedEpoch>> receiver);

    /** Asks for consecutive commitments from one on, at most {@code limit}; none if there is none that far. */
    void commitments(long fromSegment, int limit, Receiver<List<Commitment>> receiver);

    /** Asks for one piece of one segment. */
    void piece(long segment, int index, Receiver<Piece> receiver);

    /** Asks for the storage receipts that are held there, one of each replica at most. */
    void receipts(Receiver<List<StorageReceipt>> receiver);

    /** Asks for the part of a state checkpoint under a prefix of nibbles, one a byte. */
    void state(long sequence, Digest root, Bytes prefix, Receiver<StateChunk> receiver);

    /** {@return the bytes that came from this source so far, framing of messages included, TLS excluded} */
    long bytesReceived();

    /** Lets the source go; questions still open fail. */
    @Override
    void close();
}
