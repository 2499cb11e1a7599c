package io.sherd.archive.edge;

import com.google.protobuf.ByteString;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ClientInterceptors;
import io.grpc.ClientStreamTracer;
import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import io.sherd.archive.learner.LedgerSource;
import io.sherd.archive.learner.SourceException;
import io.sherd.archive.learner.SourceException.Kind;
import io.sherd.archive.rpc.GetCertificatesRequest;
import io.sherd.archive.rpc.GetCommitmentsRequest;
import io.sherd.archive.rpc.GetEpochsRequest;
import io.sherd.archive.rpc.GetHeadRequest;
import io.sherd.archive.rpc.GetPieceRequest;
import io.sherd.archive.rpc.GetReceiptsRequest;
import io.sherd.archive.rpc.GetStateRequest;
import io.sherd.archive.rpc.LedgerGrpc;
import io.sherd.archive.state.StateChunk;
import io.sherd.merkle.Digest;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.ClosedEpoch;
import io.sherd.replication.checkpoint.StorageReceipt;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.piece.Piece;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Asks one live replica through its public edge. The replica proves that it has the key of its pin; nothing else that it says
 * is believed here. It connects when first asked; when the connection broke it connects again, at most once a second and
 * only when asked. Thread-safe.
 */
public final class LedgerClient implements LedgerSource {

    /** How long a question may take unless said otherwise: a large piece over a slow line. */
    public static final Duration DEFAULT_DEADLINE = Duration.ofSeconds(30);

    private static final long NANOS_BETWEEN_RETRIES = 1_000_000_000L;

    private final int replica;
    private final Duration deadline;
    private final ManagedChannel channel;
    private final Channel counted;
    private final LongAdder bytesReceived = new LongAdder();
    private final AtomicLong lastRetryNanos = new AtomicLong(System.nanoTime());

    /**
     * A client of one replica. Nothing is sent yet.
     *
     * @param genesis the cluster, for the bounds of answers
     * @param replica the replica's number
     * @param address its edge; the name is looked up when connecting
     * @param pin the pin that it must show
     * @param deadline how long one question may take
     */
    public LedgerClient(Genesis genesis, int replica, InetSocketAddress address, Digest pin, Duration deadline) {
        this(genesis, replica, EdgeChannels.to(address, pin), deadline);
    }

    /**
     * A client of whoever answers at a replica's address: only for questions whose answers prove themselves, as certificates do.
     *
     * @param genesis the cluster, for the bounds of answers
     * @param replica the replica's number
     * @param address its edge; the name is looked up when connecting
     * @param deadline how long one question may take
     * @return the client; nothing is sent yet
     */
    public static LedgerClient ofAnybody(Genesis genesis, int replica, InetSocketAddress address, Duration deadline) {
        return new LedgerClient(genesis, replica, EdgeChannels.toAnybody(address), deadline);
    }

    private LedgerClient(Genesis genesis, int replica, NettyChannelBuilder builder, Duration deadline) {
        GrpcLogs.quieten();
        this.replica = replica;
        this.deadline = deadline;
        this.channel = builder.directExecutor()
                .maxInboundMessageSize(EdgeLimits.answerBytes(genesis))
                .maxInboundMetadataSize(EdgeLimits.HEADER_BYTES)
                .build();
        this.counted = ClientInterceptors.intercept(channel, new ByteCounter());
    }

    @Override
    public int replica() {
        return replica;
    }

    @Override
    public void head(Receiver<CheckpointCertificate> receiver) {
        ask(
                LedgerGrpc.getGetHeadMethod(),
                GetHeadRequest.getDefaultInstance(),
                response -> RpcCodec.certificate(response.getCertificate()),
                receiver);
    }

    @Override
    public void certificates(long fromSequence, int limit, Receiver<List<CheckpointCertificate>> receiver) {
        ask(
                LedgerGrpc.getGetCertificatesMethod(),
                GetCertificatesRequest.newBuilder()
                        .setFromSequence(fromSequence)
                        .setLimit(limit)
                        .build(),
                response -> RpcCodec.certificates(response.getCertificatesList()),
                receiver);
    }

    @Override
    public void epochs(long fromEpoch, Receiver<List<ClosedEpoch>> receiver) {
        ask(
                LedgerGrpc.getGetEpochsMethod(),
                GetEpochsRequest.newBuilder().setFromEpoch(fromEpoch).build(),
                response -> RpcCodec.closedEpochs(response.getClosedEpochsList()),
                receiver);
    }

    @Override
    public void commitments(long fromSegment, int limit, Receiver<List<Commitment>> receiver) {
        ask(
                LedgerGrpc.getGetCommitmentsMethod(),
                GetCommitmentsRequest.newBuilder()
                        .setFromSegment(fromSegment)
                        .setLimit(limit)
                        .build(),
                response -> RpcCodec.commitments(response.getCommitments()),
                receiver);
    }

    @Override
    public void piece(long segment, int index, Receiver<Piece> receiver) {
        ask(
                LedgerGrpc.getGetPieceMethod(),
                GetPieceRequest.newBuilder().setSegment(segment).setIndex(index).build(),
                response -> Piece.decode(RpcCodec.bytes(response.getPiece())),
                receiver);
    }

    @Override
    public void receipts(Receiver<List<StorageReceipt>> receiver) {
        ask(
                LedgerGrpc.getGetReceiptsMethod(),
                GetReceiptsRequest.getDefaultInstance(),
                response -> RpcCodec.receipts(response.getReceiptsList()),
                receiver);
    }

    @Override
    public void state(long sequence, Digest root, Bytes prefix, Receiver<StateChunk> receiver) {
        ask(
                LedgerGrpc.getGetStateMethod(),
                GetStateRequest.newBuilder()
                        .setSequence(sequence)
                        .setRoot(ByteString.copyFrom(root.toByteArray()))
                        .setPrefix(RpcCodec.bytes(prefix))
                        .build(),
                RpcCodec::state,
                receiver);
    }

    @Override
    public long bytesReceived() {
        return bytesReceived.sum();
    }

    @Override
    public void close() {
        channel.shutdownNow();
    }

    /** Reads a value out of a message. */
    @FunctionalInterface
    private interface Reading<M, T> {
        T read(M message) throws WireFormatException;
    }

    private <Q, M, T> void ask(MethodDescriptor<Q, M> method, Q question, Reading<M, T> reading, Receiver<T> receiver) {
        retryIfDue();
        CallOptions options = CallOptions.DEFAULT.withDeadlineAfter(deadline.toMillis(), TimeUnit.MILLISECONDS);
        ClientCalls.asyncUnaryCall(counted.newCall(method, options), question, new StreamObserver<>() {
            private @Nullable M message;

            @Override
            public void onNext(M value) {
                message = value;
            }

            @Override
            public void onError(Throwable failure) {
                receiver.failed(exception(failure));
            }

            @Override
            public void onCompleted() {
                if (message == null) {
                    receiver.failed(new SourceException(Kind.MALFORMED, "replica " + replica + ": an empty answer"));
                    return;
                }
                T answer;
                try {
                    answer = reading.read(message);
                } catch (WireFormatException e) {
                    receiver.failed(
                            new SourceException(Kind.MALFORMED, "replica " + replica + ": " + e.getMessage(), e));
                    return;
                }
                receiver.received(answer);
            }
        });
    }

    /** gRPC's pauses grow to minutes, but whoever asks here has its own: a replica that is back is to be found soon. */
    private void retryIfDue() {
        long now = System.nanoTime();
        long last = lastRetryNanos.get();
        if (now - last >= NANOS_BETWEEN_RETRIES
                && channel.getState(false) == ConnectivityState.TRANSIENT_FAILURE
                && lastRetryNanos.compareAndSet(last, now)) {
            channel.resetConnectBackoff();
        }
    }

    private SourceException exception(Throwable failure) {
        Status status =
                failure instanceof StatusRuntimeException known ? known.getStatus() : Status.fromThrowable(failure);
        return new SourceException(
                kind(status), "replica %d: %s".formatted(replica, CallFailures.describe(status)), failure);
    }

    private static Kind kind(Status status) {
        return switch (status.getCode()) {
            case NOT_FOUND, DATA_LOSS -> Kind.NOT_FOUND;
            case UNAVAILABLE, DEADLINE_EXCEEDED, CANCELLED -> Kind.UNREACHABLE;
            // What does not parse, or is longer than any answer, fails here with these and without a word from the
            // replica.
            case INTERNAL, UNKNOWN, OUT_OF_RANGE -> Kind.MALFORMED;
            case RESOURCE_EXHAUSTED -> isTooLarge(status) ? Kind.MALFORMED : Kind.REFUSED;
            case INVALID_ARGUMENT,
                    ALREADY_EXISTS,
                    PERMISSION_DENIED,
                    FAILED_PRECONDITION,
                    ABORTED,
                    UNIMPLEMENTED,
                    UNAUTHENTICATED -> Kind.REFUSED;
            case OK -> throw new AssertionError("a call cannot fail with OK");
        };
    }

    private static boolean isTooLarge(Status status) {
        String description = status.getDescription();
        return description != null && description.contains("exceeds maximum size");
    }

    /** Counts the bytes of every message that comes in, compressed or not, whether it is believed or not. */
    private final class ByteCounter implements ClientInterceptor {

        private final ClientStreamTracer.Factory tracers = new ClientStreamTracer.Factory() {
            @Override
            public ClientStreamTracer newClientStreamTracer(ClientStreamTracer.StreamInfo info, Metadata headers) {
                return new ClientStreamTracer() {
                    @Override
                    public void inboundWireSize(long bytes) {
                        bytesReceived.add(bytes);
                    }
                };
            }
        };

        @Override
        public <Q, M> ClientCall<Q, M> interceptCall(MethodDescriptor<Q, M> method, CallOptions options, Channel next) {
            return next.newCall(method, options.withStreamTracerFactory(tracers));
        }
    }
}
