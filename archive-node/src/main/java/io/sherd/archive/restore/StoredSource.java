package io.sherd.archive.restore;

import io.sherd.archive.edge.EdgeLimits;
import io.sherd.archive.learner.LedgerSource;
import io.sherd.archive.learner.SourceException;
import io.sherd.archive.state.StateChunk;
import io.sherd.archive.state.StateLeaf;
import io.sherd.archive.store.HeldPieces;
import io.sherd.archive.store.PieceStore;
import io.sherd.archive.store.StoreCorruptException;
import io.sherd.archive.store.StoreException;
import io.sherd.merkle.Digest;
import io.sherd.merkle.MerkleProofException;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.ClosedEpoch;
import io.sherd.replication.checkpoint.StorageReceipt;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.piece.Piece;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;

/**
 * A {@link StoredReplica} as a source: it answers as that replica would if it ran. Its disk is read by one thread, so several
 * directories are read at the same time. A piece that does not verify is not handed over, but named as what it is: rot is no lie, and the
 * rest of the directory is as good as before.
 */
final class StoredSource implements LedgerSource {

    private final int replica;
    private final StoredReplica stored;
    private final PieceStore pieces;
    private final HeldPieces held;
    private final LongAdder bytes = new LongAdder();
    private final ExecutorService reader;
    private volatile boolean closed;

    StoredSource(Genesis genesis, int replica, StoredReplica stored) {
        this.replica = replica;
        this.stored = stored;
        this.pieces = stored.stores().pieces();
        this.held = new HeldPieces(genesis, pieces, stored.stores().full());
        this.reader = Executors.newSingleThreadExecutor(task -> {
            Thread thread = new Thread(task, "read " + stored.name());
            thread.setDaemon(true);
            return thread;
        });
    }

    @Override
    public int replica() {
        return replica;
    }

    @Override
    public void head(Receiver<CheckpointCertificate> receiver) {
        answer(receiver, () -> {
            CheckpointCertificate newest = Stream.concat(
                            pieces.latestCertificate().stream(), stored.stores().voted().stream())
                    .max(Comparator.comparingLong(
                            certificate -> certificate.statement().sequence()))
                    .orElseThrow(() -> notFound("no checkpoint is certified in it"));
            return counted(newest, newest.encoded().size());
        });
    }

    @Override
    public void certificates(long fromSequence, int limit, Receiver<List<CheckpointCertificate>> receiver) {
        answer(receiver, () -> {
            List<CheckpointCertificate> found =
                    pieces.certificates(fromSequence, Math.min(limit, EdgeLimits.CERTIFICATES_PER_ANSWER));
            return counted(
                    found, found.stream().mapToLong(one -> one.encoded().size()).sum());
        });
    }

    @Override
    public void epochs(long fromEpoch, Receiver<List<ClosedEpoch>> receiver) {
        answer(receiver, () -> {
            List<ClosedEpoch> found = pieces.closedEpochs(fromEpoch, EdgeLimits.EPOCHS_PER_ANSWER);
            return counted(
                    found, found.stream().mapToLong(one -> one.encoded().size()).sum());
        });
    }

    @Override
    public void commitments(long fromSegment, int limit, Receiver<List<Commitment>> receiver) {
        answer(receiver, () -> {
            List<Commitment> found =
                    pieces.commitments(fromSegment, Math.min(limit, EdgeLimits.COMMITMENTS_PER_ANSWER));
            return counted(found, (long) found.size() * Commitment.SIZE_BYTES);
        });
    }

    @Override
    public void piece(long segment, int index, Receiver<Piece> receiver) {
        answer(receiver, () -> {
            Commitment commitment =
                    pieces.commitment(segment).orElseThrow(() -> notFound("segment " + segment + " is not in it"));
            try {
                Piece piece = held.of(commitment, index)
                        .orElseThrow(() -> notFound("piece %d of segment %d is not in it".formatted(index, segment)));
                piece.verify(commitment);
                return counted(piece, piece.encoded().size());
            } catch (StoreCorruptException | MerkleProofException | WireFormatException e) {
                String trouble = "piece %d of segment %d: %s".formatted(index, segment, e.getMessage());
                stored.note(trouble);
                throw new SourceException(SourceException.Kind.NOT_FOUND, stored.name() + ": " + trouble, e);
            }
        });
    }

    @Override
    public void receipts(Receiver<List<StorageReceipt>> receiver) {
        answer(receiver, () -> {
            List<StorageReceipt> found = pieces.signedReceipts();
            return counted(
                    found, found.stream().mapToLong(one -> one.encoded().size()).sum());
        });
    }

    @Override
    public void state(long sequence, Digest root, Bytes prefix, Receiver<StateChunk> receiver) {
        answer(receiver, () -> {
            Optional<StateChunk> found =
                    stored.stores().states().chunk(sequence, root, prefix, EdgeLimits.STATE_CHUNK_BYTES);
            StateChunk chunk = found.orElseThrow(() -> notFound("that state is not in it"));
            return counted(chunk, sizeBytes(chunk));
        });
    }

    @Override
    public long bytesReceived() {
        return bytes.sum();
    }

    /** Waits for the read that is under way, then lets the thread go; the stores are closed by whoever opened them. */
    @Override
    public void close() {
        closed = true;
        reader.close();
    }

    /** What an answer is made by. */
    @FunctionalInterface
    private interface Question<T> {
        T ask() throws StoreException, SourceException;
    }

    private <T> void answer(Receiver<T> receiver, Question<T> question) {
        try {
            reader.execute(() -> {
                T found;
                if (closed) {
                    receiver.failed(new SourceException(SourceException.Kind.UNREACHABLE, stored.name() + ": let go"));
                    return;
                }
                try {
                    found = question.ask();
                } catch (SourceException e) {
                    receiver.failed(e);
                    return;
                } catch (StoreCorruptException e) {
                    stored.note(String.valueOf(e.getMessage()));
                    receiver.failed(failure(SourceException.Kind.NOT_FOUND, e));
                    return;
                } catch (StoreException e) {
                    stored.note(String.valueOf(e.getMessage()));
                    receiver.failed(failure(SourceException.Kind.UNREACHABLE, e));
                    return;
                }
                receiver.received(found);
            });
        } catch (RejectedExecutionException e) {
            receiver.failed(failure(SourceException.Kind.UNREACHABLE, e));
        }
    }

    private <T> T counted(T answer, long sizeBytes) {
        bytes.add(sizeBytes);
        return answer;
    }

    private static long sizeBytes(StateChunk chunk) {
        return switch (chunk) {
            case StateChunk.Inner(var children) -> (long) children.size() * (1 + Digest.SIZE_BYTES);
            case StateChunk.Leaves(List<StateLeaf> leaves) ->
                leaves.stream().mapToLong(leaf -> leaf.encoded().size()).sum();
        };
    }

    private SourceException notFound(String what) {
        return new SourceException(SourceException.Kind.NOT_FOUND, stored.name() + ": " + what);
    }

    private SourceException failure(SourceException.Kind kind, Exception e) {
        return new SourceException(kind, stored.name() + ": " + e.getMessage(), e);
    }
}
