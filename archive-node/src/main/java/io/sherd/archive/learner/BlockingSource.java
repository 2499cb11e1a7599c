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
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.function.Consumer;

/**
 * A source whose answers are waited for, one at a time: for whoever asks little. It waits as long as the source itself does,
 * which has a deadline for every question.
 *
 * @param source who is asked; not closed from here
 */
public record BlockingSource(LedgerSource source) {

    /** The certificate of the highest stable checkpoint. */
    public CheckpointCertificate head() throws SourceException, InterruptedException {
        return wait(source::head);
    }

    /** Stored certificates from a position on. */
    public List<CheckpointCertificate> certificates(long fromSequence, int limit)
            throws SourceException, InterruptedException {
        return wait(receiver -> source.certificates(fromSequence, limit, receiver));
    }

    /** Closed epochs from one on. */
    public List<ClosedEpoch> epochs(long fromEpoch) throws SourceException, InterruptedException {
        return wait(receiver -> source.epochs(fromEpoch, receiver));
    }

    /** Consecutive commitments from one on. */
    public List<Commitment> commitments(long fromSegment, int limit) throws SourceException, InterruptedException {
        return wait(receiver -> source.commitments(fromSegment, limit, receiver));
    }

    /** One piece. */
    public Piece piece(long segment, int index) throws SourceException, InterruptedException {
        return wait(receiver -> source.piece(segment, index, receiver));
    }

    /** The storage receipts that are held there. */
    public List<StorageReceipt> receipts() throws SourceException, InterruptedException {
        return wait(source::receipts);
    }

    /** A part of a state. */
    public StateChunk state(long sequence, Digest root, Bytes prefix) throws SourceException, InterruptedException {
        return wait(receiver -> source.state(sequence, root, prefix, receiver));
    }

    private static <T> T wait(Consumer<LedgerSource.Receiver<T>> question)
            throws SourceException, InterruptedException {
        BlockingQueue<Outcome<T>> outcome = new ArrayBlockingQueue<>(1);
        question.accept(new LedgerSource.Receiver<>() {
            @Override
            public void received(T answer) {
                outcome.add(new Outcome.Answered<>(answer));
            }

            @Override
            public void failed(SourceException why) {
                outcome.add(new Outcome.Failed<>(why));
            }
        });
        return switch (outcome.take()) {
            case Outcome.Answered<T>(T answer) -> answer;
            case Outcome.Failed<T>(SourceException why) -> throw why;
        };
    }

    private sealed interface Outcome<T> {
        record Answered<T>(T answer) implements Outcome<T> {}

        record Failed<T>(SourceException why) implements Outcome<T> {}
    }
}
