package io.sherd.archive.edge;

import com.google.protobuf.InvalidProtocolBufferException;
import io.grpc.BindableService;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.InputStream;

/**
 * Ends a call whose message is not of its type with INVALID_ARGUMENT. Without this gRPC takes such a message for our bug: it
 * answers UNKNOWN and logs a stack trace for each, by which anybody could fill a replica's disk.
 *
 * <p>gRPC reads messages outside of what interceptors see. Here it hands on the bytes, and the service reads them inside.
 */
final class WellFormedMessages implements ServerInterceptor {

    private static final MethodDescriptor.Marshaller<InputStream> BYTES = new MethodDescriptor.Marshaller<>() {
        @Override
        public InputStream stream(InputStream value) {
            return value;
        }

        @Override
        public InputStream parse(InputStream stream) {
            return stream;
        }
    };

    private WellFormedMessages() {}

    /** A service that takes well-formed messages only. */
    static ServerServiceDefinition of(BindableService service) {
        return ServerInterceptors.intercept(
                ServerInterceptors.useMarshalledMessages(service.bindService(), BYTES), new WellFormedMessages());
    }

    @Override
    public <ReqT, RespT> ServerCall.Listener<ReqT> interceptCall(
            ServerCall<ReqT, RespT> call, Metadata headers, ServerCallHandler<ReqT, RespT> next) {
        return new Listener<>(call, next.startCall(call, headers));
    }

    /** Once a message was malformed, the service hears that the call is cancelled, and nothing more. */
    private static final class Listener<ReqT> extends SimpleForwardingServerCallListener<ReqT> {

        private final ServerCall<ReqT, ?> call;
        private boolean refused;

        Listener(ServerCall<ReqT, ?> call, ServerCall.Listener<ReqT> service) {
            super(service);
            this.call = call;
        }

        @Override
        public void onMessage(ReqT message) {
            if (refused) {
                return;
            }
            try {
                super.onMessage(message);
            } catch (StatusRuntimeException e) {
                if (!(e.getCause() instanceof InvalidProtocolBufferException malformed)) {
                    throw e;
                }
                refused = true;
                super.onCancel();
                call.close(
                        Status.INVALID_ARGUMENT.withDescription(
                                "not the message of this call: " + malformed.getMessage()),
                        new Metadata());
            }
        }

        @Override
        public void onHalfClose() {
            if (!refused) {
                super.onHalfClose();
            }
        }

        @Override
        public void onCancel() {
            if (!refused) {
                super.onCancel();
            }
        }

        @Override
        public void onComplete() {
            if (!refused) {
                super.onComplete();
            }
        }

        @Override
        public void onReady() {
            if (!refused) {
                super.onReady();
            }
        }
    }
}
