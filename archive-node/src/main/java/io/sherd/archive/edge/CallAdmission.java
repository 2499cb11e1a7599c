package io.sherd.archive.edge;

import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Admits calls to the {@link Places} there are, questions apart from streams: however many streams are held, questions are
 * answered. A call keeps its place until its stream is closed, not until its answer is made: answers that a slow peer does not
 * take are what fills memory. Whoever finds no place, or loses it, hears that the edge is busy. Also counts the bytes that
 * left.
 *
 * <p>A question is engaged from when it is read to when its answer is made: before and after that the peer is waited for. A
 * stream is engaged once its service says so ({@link EdgeGuest}).
 */
final class CallAdmission extends ServerStreamTracer.Factory implements ServerInterceptor {

    private static final Context.Key<Stream> STREAM = Context.key("sherd-stream");
    private static final Context.Key<Call> CALL = Context.key("sherd-call");

    private final EdgeConnections connections;
    private final Places questions;
    private final Places streams;
    private final LongAdder bytesSent = new LongAdder();

    CallAdmission(EdgeLimits limits, EdgeConnections connections) {
        this.connections = connections;
        this.questions = new Places(
                limits.maxCalls(), limits.maxCalls(), limits.questionPatience().toNanos(), System::nanoTime);
        this.streams = new Places(limits.maxStreams(), limits.streamsPerHolder(), 0, System::nanoTime);
    }

    /** The call that the calling thread answers, if an edge is around it. */
    static @Nullable EdgeGuest current() {
        return CALL.get();
    }

    @Override
    public ServerStreamTracer newServerStreamTracer(String fullMethodName, Metadata headers) {
        return new Stream();
    }

    @Override
    public <ReqT, RespT> ServerCall.Listener<ReqT> interceptCall(
            ServerCall<ReqT, RespT> call, Metadata headers, ServerCallHandler<ReqT, RespT> next) {
        boolean isQuestion = call.getMethodDescriptor().getType() == MethodDescriptor.MethodType.UNARY;
        EndableCall<ReqT, RespT> endable = new EndableCall<>(call);
        Call guest = new Call(isQuestion ? questions : streams, endable);
        Stream stream = STREAM.get();
        if (stream == null || !stream.enter(guest)) {
            call.close(busy(), new Metadata());
            return new ServerCall.Listener<>() {};
        }
        if (isQuestion) {
            endable.between(() -> guest.places.engage(guest), () -> guest.places.release(guest));
        }
        return endable.listener(
                Contexts.interceptCall(Context.current().withValue(CALL, guest), endable, headers, next));
    }

    /** Bytes of answers that left, framing of messages included, TLS excluded. */
    long bytesSent() {
        return bytesSent.sum();
    }

    private static Status busy() {
        return Status.RESOURCE_EXHAUSTED.withDescription("busy, try again");
    }

    /** One call as a guest. */
    private final class Call extends Places.Guest implements EdgeGuest {

        private final Places places;
        private final EndableCall<?, ?> call;
        private final EdgeConnections.@Nullable Connection connection;
        private volatile Runnable displaced = () -> {};

        Call(Places places, EndableCall<?, ?> call) {
            super(call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR));
            this.places = places;
            this.call = call;
            this.connection = connections.of(call.getAttributes());
        }

        @Override
        public void engagedBy(Object holder) {
            places.engage(this, holder);
        }

        @Override
        public void whenDisplaced(Runnable told) {
            displaced = told;
        }

        @Override
        void giveWay() {
            call.end(busy());
            displaced.run();
        }

        @Override
        void engagementChanged(boolean nowEngaged) {
            if (connection != null) {
                connections.engagementChanged(connection, nowEngaged);
            }
        }
    }

    /** One call's stream, from its first byte to its last. */
    private final class Stream extends ServerStreamTracer {

        private @Nullable Call guest;
        private boolean closed;

        @Override
        public Context filterContext(Context context) {
            return context.withValue(STREAM, this);
        }

        @Override
        public void outboundWireSize(long bytes) {
            bytesSent.add(bytes);
        }

        @Override
        public void streamClosed(Status status) {
            Call leaving;
            synchronized (this) {
                closed = true;
                leaving = guest;
            }
            if (leaving != null) {
                leaving.places.leave(leaving);
            }
        }

        boolean enter(Call newcomer) {
            if (!newcomer.places.admit(newcomer)) {
                return false;
            }
            boolean gone;
            synchronized (this) {
                guest = newcomer;
                gone = closed;
            }
            if (gone) {
                // The peer was gone before the call began: streamClosed may have found nobody to send away.
                newcomer.places.leave(newcomer);
            }
            return true;
        }
    }
}
