package io.sherd.archive.edge;

import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.stub.StreamObserver;
import io.sherd.archive.rpc.GetCertificatesRequest;
import io.sherd.archive.rpc.GetCertificatesResponse;
import io.sherd.archive.rpc.GetCommitmentsRequest;
import io.sherd.archive.rpc.GetCommitmentsResponse;
import io.sherd.archive.rpc.GetEpochsRequest;
import io.sherd.archive.rpc.GetEpochsResponse;
import io.sherd.archive.rpc.GetHeadRequest;
import io.sherd.archive.rpc.GetHeadResponse;
import io.sherd.archive.rpc.GetPieceRequest;
import io.sherd.archive.rpc.GetPieceResponse;
import io.sherd.archive.rpc.GetReceiptsRequest;
import io.sherd.archive.rpc.GetReceiptsResponse;
import io.sherd.archive.rpc.GetStateRequest;
import io.sherd.archive.rpc.GetStateResponse;
import io.sherd.archive.rpc.LedgerGrpc;
import io.sherd.archive.state.StateReader;
import io.sherd.archive.store.FullBytes;
import io.sherd.archive.store.HeldPieces;
import io.sherd.archive.store.PieceStore;
import io.sherd.archive.store.StoreCorruptException;
import io.sherd.archive.store.StoreException;
import io.sherd.merkle.Digest;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.piece.Piece;
import io.sherd.replication.wire.Bytes;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers what learners and restores ask, from the stores. Every answer is bounded ({@link EdgeLimits}), whatever is asked
 * for. What is not there is NOT_FOUND, what is damaged here is DATA_LOSS, and what nobody could answer INVALID_ARGUMENT.
 */
public final class LedgerService extends LedgerGrpc.LedgerImplBase {

    private static final Logger LOG = LoggerFactory.getLogger(LedgerService.class);
    private static final long NANOS_BETWEEN_WARNINGS = 1_000_000_000L;
    private static final int MAX_PREFIX_NIBBLES = 64;
    private static final int MAX_NIBBLE = 15;

    private final PieceStore pieces;
    private final StateReader states;
    private final HeldPieces held;
    private final AtomicLong lastWarning = new AtomicLong(System.nanoTime() - NANOS_BETWEEN_WARNINGS);

    /**
     * A service over the stores of one replica.
     *
     * @param genesis the cluster
     * @param pieces its archive
     * @param states its servable state checkpoints
     */
    public LedgerService(Genesis genesis, PieceStore pieces, StateReader states) {
        this(
                genesis,
                pieces,
                states,
                commitment -> pieces.undropped(commitment.context().segmentNumber()));
    }

    /**
     * A service over the stores of one replica that votes.
     *
     * @param genesis the cluster
     * @param pieces its archive
     * @param states its servable state checkpoints
     * @param full what it still holds in full: pieces of all indexes are made from it
     */
    public LedgerService(Genesis genesis, PieceStore pieces, StateReader states, FullBytes full) {
        this.pieces = pieces;
        this.states = states;
        this.held = new HeldPieces(genesis, pieces, full);
    }

    @Override
    public void getHead(GetHeadRequest request, StreamObserver<GetHeadResponse> observer) {
        answer(
                observer,
                () -> GetHeadResponse.newBuilder()
                        .setCertificate(RpcCodec.bytes(pieces.latestCertificate()
                                .orElseThrow(() -> notFound("no checkpoint is stable yet"))
                                .encoded()))
                        .build());
    }

    @Override
    public void getCertificates(GetCertificatesRequest request, StreamObserver<GetCertificatesResponse> observer) {
        answer(observer, () -> {
            int limit = limit(request.getLimit(), EdgeLimits.CERTIFICATES_PER_ANSWER);
            GetCertificatesResponse.Builder response = GetCertificatesResponse.newBuilder();
            pieces.certificates(notNegative(request.getFromSequence()), limit)
                    .forEach(certificate -> response.addCertificates(RpcCodec.bytes(certificate.encoded())));
            return response.build();
        });
    }

    @Override
    public void getEpochs(GetEpochsRequest request, StreamObserver<GetEpochsResponse> observer) {
        answer(observer, () -> {
            GetEpochsResponse.Builder response = GetEpochsResponse.newBuilder();
            int size = 0;
            for (var closed : pieces.closedEpochs(notNegative(request.getFromEpoch()), EdgeLimits.EPOCHS_PER_ANSWER)) {
                if (size >= EdgeLimits.LIST_BYTES) {
                    break;
                }
                Bytes encoded = closed.encoded();
                response.addClosedEpochs(RpcCodec.bytes(encoded));
                size += encoded.size();
            }
            return response.build();
        });
    }

    @Override
    public void getCommitments(GetCommitmentsRequest request, StreamObserver<GetCommitmentsResponse> observer) {
        answer(observer, () -> {
            int limit = limit(request.getLimit(), EdgeLimits.COMMITMENTS_PER_ANSWER);
            return GetCommitmentsResponse.newBuilder()
                    .setCommitments(
                            RpcCodec.commitments(pieces.commitments(notNegative(request.getFromSegment()), limit)))
                    .build();
        });
    }

    @Override
    public void getPiece(GetPieceRequest request, StreamObserver<GetPieceResponse> observer) {
        answer(
                observer,
                () -> GetPieceResponse.newBuilder()
                        .setPiece(RpcCodec.bytes(piece(notNegative(request.getSegment()), request.getIndex())
                                .encoded()))
                        .build());
    }

    @Override
    public void getReceipts(GetReceiptsRequest request, StreamObserver<GetReceiptsResponse> observer) {
        answer(observer, () -> {
            GetReceiptsResponse.Builder response = GetReceiptsResponse.newBuilder();
            pieces.signedReceipts().forEach(receipt -> response.addReceipts(RpcCodec.bytes(receipt.encoded())));
            return response.build();
        });
    }

    @Override
    public void getState(GetStateRequest request, StreamObserver<GetStateResponse> observer) {
        answer(observer, () -> {
            if (request.getRoot().size() != Digest.SIZE_BYTES) {
                throw invalid("a state root has 32 bytes");
            }
            Bytes prefix = RpcCodec.bytes(request.getPrefix());
            checkPrefix(prefix);
            return RpcCodec.state(states.chunk(
                            notNegative(request.getSequence()),
                            Digest.of(request.getRoot().toByteArray()),
                            prefix,
                            EdgeLimits.STATE_CHUNK_BYTES)
                    .orElseThrow(() -> notFound("that state is not held, or nothing is under that prefix")));
        });
    }

    /** A stored piece, else one made from the full bytes where those are still here. */
    private Piece piece(long segment, int index) throws StoreException, StatusException {
        Commitment commitment =
                pieces.commitment(segment).orElseThrow(() -> notFound("segment " + segment + " is not sealed here"));
        if (index < 0 || index >= commitment.context().pieceCount()) {
            throw invalid("a segment has pieces 0 to " + (commitment.context().pieceCount() - 1));
        }
        return held.of(commitment, index)
                .orElseThrow(() -> notFound("piece %d of segment %d is not here".formatted(index, segment)));
    }

    /** What an answer is made by. */
    @FunctionalInterface
    private interface Query<T> {
        T run() throws StoreException, StatusException;
    }

    private <T> void answer(StreamObserver<T> observer, Query<T> query) {
        T response;
        try {
            response = query.run();
        } catch (StatusException e) {
            observer.onError(e);
            return;
        } catch (StoreCorruptException e) {
            warn(e);
            observer.onError(
                    Status.DATA_LOSS.withDescription("the copy here is damaged").asException());
            return;
        } catch (StoreException e) {
            warn(e);
            observer.onError(Status.UNAVAILABLE
                    .withDescription("the disk here does not answer")
                    .asException());
            return;
        }
        observer.onNext(response);
        observer.onCompleted();
    }

    /** Peers may ask for what is damaged as often as they like: one warning a second is enough. */
    private void warn(StoreException e) {
        long now = System.nanoTime();
        long last = lastWarning.get();
        if (now - last >= NANOS_BETWEEN_WARNINGS && lastWarning.compareAndSet(last, now)) {
            LOG.warn("a question could not be answered from the store", e);
        }
    }

    private static void checkPrefix(Bytes prefix) throws StatusException {
        if (prefix.size() > MAX_PREFIX_NIBBLES) {
            throw invalid("a prefix has at most 64 nibbles");
        }
        for (int i = 0; i < prefix.size(); i++) {
            if (prefix.at(i) < 0 || prefix.at(i) > MAX_NIBBLE) {
                throw invalid("a nibble is 0 to 15");
            }
        }
    }

    private static int limit(int asked, int most) throws StatusException {
        if (asked == 0) {
            throw invalid("limit is at least 1");
        }
        return asked < 0 ? most : Math.min(asked, most);
    }

    private static long notNegative(long number) throws StatusException {
        if (number < 0) {
            throw invalid("positions and numbers are below 2^63");
        }
        return number;
    }

    private static StatusException notFound(String what) {
        return Status.NOT_FOUND.withDescription(what).asException();
    }

    private static StatusException invalid(String what) {
        return Status.INVALID_ARGUMENT.withDescription(what).asException();
    }
}
