package io.sherd.archive.edge;

import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;

/**
 * A call that its service is not alone to end. What the service says to it afterwards is lost, and it hears that the call was
 * cancelled. {@link #end} may be called by any thread.
 */
final class EndableCall<ReqT, RespT> extends SimpleForwardingServerCall<ReqT, RespT> {

    private Runnable whenRead = () -> {};
    private Runnable whenAnswered = () -> {};
    private boolean closed;
    private boolean endedByOthers;

    EndableCall(ServerCall<ReqT, RespT> call) {
        super(call);
    }

    /** What to do when the peer has said everything, and when the service has. To be given before the call begins. */
    void between(Runnable read, Runnable answered) {
        whenRead = read;
        whenAnswered = answered;
    }

    /** What gRPC tells, for the service. */
    ServerCall.Listener<ReqT> listener(ServerCall.Listener<ReqT> service) {
        return new SimpleForwardingServerCallListener<>(service) {
            @Override
            public void onHalfClose() {
                whenRead.run();
                super.onHalfClose();
            }

            @Override
            public void onComplete() {
                if (isEndedByOthers()) {
                    super.onCancel();
                } else {
                    super.onComplete();
                }
            }
        };
    }

    /** Ends the call, unless it has ended. */
    synchronized void end(Status reason) {
        if (!closed) {
            closed = true;
            endedByOthers = true;
            delegate().close(reason, new Metadata());
        }
    }

    @Override
    public synchronized void sendHeaders(Metadata headers) {
        if (!endedByOthers) {
            super.sendHeaders(headers);
        }
    }

    @Override
    public synchronized void sendMessage(RespT message) {
        if (!endedByOthers) {
            super.sendMessage(message);
        }
    }

    @Override
    public void close(Status status, Metadata trailers) {
        synchronized (this) {
            if (endedByOthers) {
                return;
            }
            closed = true;
            super.close(status, trailers);
        }
        whenAnswered.run();
    }

    private synchronized boolean isEndedByOthers() {
        return endedByOthers;
    }
}
