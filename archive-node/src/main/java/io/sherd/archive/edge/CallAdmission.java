package io.sherd.archive.edge;

import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;

/**
 * Admits a bounded number of calls at one time and refuses the others as busy. A call counts until its stream is closed, not
 * until its answer is made: answers that a slow peer does not take are what fills memory. Also counts the bytes that left.
 */
final class CallAdmission extends ServerStreamTracer.Factory implements ServerInterceptor {

    private static final Context.Key<Stream> STREAM = Context.key("sherd-stream");

    private final Semaphore calls;
    private final LongAdder bytesSent = new LongAdder();

    CallAdmission(int maxCalls) {
        this.calls = new Semaphore(maxCalls);
    }

    @Override
    public ServerStreamTracer newServerStreamTracer(String fullMethodName, Metadata headers) {
        return new Stream();
    }

    @Override
    public <ReqT, RespT> ServerCall.Listener<ReqT> interceptCall(
            ServerCall<ReqT, RespT> call, Metadata headers, ServerCallHandler<ReqT, RespT> next) {
        Stream stream = STREAM.get();
        if (stream == null || !stream.enter()) {
            call.close(Status.RESOURCE_EXHAUSTED.withDescription("busy, try again"), new Metadata());
            return new ServerCall.Listener<>() {};
        }
        return next.startCall(call, headers);
    }

    /** Bytes of answers that left, framing of messages included, TLS excluded. */
    long bytesSent() {
        return bytesSent.sum();
    }

    /** One call from its first byte to its last. */
    private final class Stream extends ServerStreamTracer {

        private final AtomicBoolean holdsPermit = new AtomicBoolean();
        private volatile boolean closed;

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
            closed = true;
            leave();
        }

        boolean enter() {
            if (!calls.tryAcquire()) {
                return false;
            }
            holdsPermit.set(true);
            if (closed) {
                // The peer was gone before the call began: streamClosed may have found no permit to give back.
                leave();
            }
            return true;
        }

        private void leave() {
            if (holdsPermit.compareAndSet(true, false)) {
                calls.release();
            }
        }
    }
}
