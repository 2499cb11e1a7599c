package io.sherd.consensus.client;

import com.google.protobuf.UnsafeByteOperations;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.sherd.archive.edge.EdgeChannels;
import io.sherd.archive.edge.EdgeLimits;
import io.sherd.archive.genesis.Addresses;
import io.sherd.consensus.rpc.ClientGrpc;
import io.sherd.consensus.rpc.GetSessionRequest;
import io.sherd.consensus.rpc.GetSessionResponse;
import io.sherd.consensus.rpc.SubmitRequest;
import io.sherd.consensus.rpc.SubmitResponse;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.genesis.Member;
import io.sherd.replication.ledger.VerifyingKey;
import io.sherd.replication.wire.Bytes;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The stream to one replica. When it breaks it is opened again by the next thing sent, not sooner than a pause that grows up
 * to a bound. What was handed to a broken stream is lost; the client sends it again. Thread-safe.
 */
final class ReplicaStream implements AutoCloseable {

    private static final long FIRST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final long LONGEST_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final VerifyingKey client;
    private final Consumer<SubmitResponse> receiver;
    private final ManagedChannel channel;
    private final ClientGrpc.ClientStub stub;

    private @Nullable ClientCallStreamObserver<SubmitRequest> requests;
    private long opened;
    private long pauseNanos = FIRST_PAUSE_NANOS;
    private long notBeforeNanos = System.nanoTime();
    private boolean introduced;
    private boolean busy;
    private boolean closed;

    /**
     * A stream that is not open yet.
     *
     * @param genesis for the bounds of answers
     * @param member where the replica is, and its pin
     * @param client whose outcomes to ask for
     * @param receiver takes what the replica says, on the connection's own thread
     */
    ReplicaStream(Genesis genesis, Member member, VerifyingKey client, Consumer<SubmitResponse> receiver) {
        this.client = client;
        this.receiver = receiver;
        this.channel = EdgeChannels.to(Addresses.parse(member.edgeAddress()), member.tlsPin())
                .directExecutor()
                .maxInboundMessageSize(EdgeLimits.answerBytes(genesis))
                .maxInboundMetadataSize(EdgeLimits.HEADER_BYTES)
                .build();
        this.stub = ClientGrpc.newStub(channel);
    }

    /**
     * Opens the stream if it is closed and may be tried again, so that outcomes arrive even when nothing is sent here. A replica
     * that is too busy is left alone for longer: who only listens should not take the place of others who do.
     */
    synchronized void keepOpen() {
        openAfter(busy ? LONGEST_PAUSE_NANOS : 0);
    }

    /** Hands requests to the replica. They are lost if the stream is broken. */
    synchronized void send(List<Bytes> encodedRequests) {
        openAfter(0);
        ClientCallStreamObserver<SubmitRequest> open = requests;
        if (open != null) {
            SubmitRequest.Builder message = SubmitRequest.newBuilder();
            for (Bytes request : encodedRequests) {
                message.addRequests(UnsafeByteOperations.unsafeWrap(request.readOnlyArray()));
            }
            open.onNext(message.build());
            introduced = true;
        }
    }

    /**
     * Hands one request to the replica if none went over the stream since it was opened. A stream that only follows is a
     * stranger's, which a busy replica ends for others.
     */
    synchronized void introduceBy(Bytes encodedRequest) {
        if (!introduced) {
            send(List.of(encodedRequest));
        }
    }

    /** Whether the last that the replica said is that it is too busy. */
    synchronized boolean isBusy() {
        return busy;
    }

    /** Asks where this client's session stands. */
    void session(long deadlineMillis, Consumer<GetSessionResponse> answered) {
        GetSessionRequest question = GetSessionRequest.newBuilder()
                .setClient(UnsafeByteOperations.unsafeWrap(client.raw().toByteArray()))
                .build();
        stub.withDeadlineAfter(deadlineMillis, TimeUnit.MILLISECONDS)
                .getSession(question, new io.grpc.stub.StreamObserver<>() {
                    @Override
                    public void onNext(GetSessionResponse answer) {
                        alive();
                        answered.accept(answer);
                    }

                    @Override
                    public void onError(Throwable failure) {
                        // The replica is away or busy; the client asks again until enough others have answered.
                        failed(failure);
                    }

                    @Override
                    public void onCompleted() {
                        // The answer was taken when it came.
                    }
                });
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            requests = null;
        }
        channel.shutdownNow();
    }

    private void openAfter(long furtherNanos) {
        if (requests == null && !closed && System.nanoTime() - notBeforeNanos >= furtherNanos) {
            open();
        }
    }

    private void open() {
        // gRPC's own pauses between attempts to connect grow up to two minutes; those here are enough.
        channel.resetConnectBackoff();
        stub.submit(new Responses());
        ClientCallStreamObserver<SubmitRequest> stream = requests;
        if (stream != null) {
            stream.onNext(SubmitRequest.newBuilder()
                    .setFollow(UnsafeByteOperations.unsafeWrap(client.raw().toByteArray()))
                    .build());
        }
    }

    private synchronized void broken(long number) {
        if (number == opened) {
            requests = null;
            introduced = false;
            notBeforeNanos = System.nanoTime() + pauseNanos;
            pauseNanos = Math.min(2 * pauseNanos, LONGEST_PAUSE_NANOS);
        }
    }

    private synchronized void alive() {
        pauseNanos = FIRST_PAUSE_NANOS;
        busy = false;
    }

    private synchronized void failed(Throwable failure) {
        busy = Status.fromThrowable(failure).getCode() == Status.Code.RESOURCE_EXHAUSTED;
    }

    /** One opened stream's answers. */
    private final class Responses implements ClientResponseObserver<SubmitRequest, SubmitResponse> {

        private long number;

        @Override
        public void beforeStart(ClientCallStreamObserver<SubmitRequest> opening) {
            // Called by stub.submit inside open(), so the lock is held.
            number = ++opened;
            requests = opening;
        }

        @Override
        public void onNext(SubmitResponse response) {
            alive();
            receiver.accept(response);
        }

        @Override
        public void onError(Throwable failure) {
            failed(failure);
            broken(number);
        }

        @Override
        public void onCompleted() {
            broken(number);
        }
    }
}
