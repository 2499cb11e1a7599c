package io.sherd.consensus.node;

import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ClientResponseObserver;
import io.sherd.consensus.rpc.ClientGrpc;
import io.sherd.consensus.rpc.SubmitResponse;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One stream to a gateway, byte for byte: it can send what no client library would, and leave answers unread. */
final class Talk implements ClientResponseObserver<byte[], SubmitResponse> {
    private static final long PATIENCE_SECONDS = 20;

    private final BlockingQueue<SubmitResponse> responses = new LinkedBlockingQueue<>();
    private final CompletableFuture<Status> end = new CompletableFuture<>();
    private final boolean readingAll;
    private @Nullable ClientCallStreamObserver<byte[]> requests;

    private Talk(boolean readingAll) {
        this.readingAll = readingAll;
    }

    /** A stream that reads its answers. */
    static Talk open(Channel channel) {
        return open(channel, true);
    }

    /** A stream that reads its first answer and no other. */
    static Talk openReadingOne(Channel channel) {
        return open(channel, false);
    }

    private static Talk open(Channel channel, boolean readingAll) {
        Talk talk = new Talk(readingAll);
        MethodDescriptor<byte[], SubmitResponse> method = ClientGrpc.getSubmitMethod().toBuilder(
                        new RawBytes(), ClientGrpc.getSubmitMethod().getResponseMarshaller())
                .build();
        var _ = ClientCalls.asyncBidiStreamingCall(channel.newCall(method, io.grpc.CallOptions.DEFAULT), talk);
        return talk;
    }

    Talk send(com.google.protobuf.MessageLite message) {
        return sendRaw(message.toByteArray());
    }

    Talk sendRaw(byte[] message) {
        ClientCallStreamObserver<byte[]> open = requests;
        if (open == null) {
            throw new IllegalStateException("the stream is not open");
        }
        open.onNext(message);
        return this;
    }

    /** The next answer. */
    SubmitResponse next() throws InterruptedException {
        SubmitResponse next = responses.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (next == null) {
            throw new AssertionError("no answer; the stream " + (end.isDone() ? "ended: " + end.join() : "is open"));
        }
        return next;
    }

    /** How the stream ends. */
    Status end() throws Exception {
        return end.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    /** Reads from now on. */
    void readAll() {
        ClientCallStreamObserver<byte[]> open = requests;
        if (open == null) {
            throw new IllegalStateException("the stream is not open");
        }
        open.request(Integer.MAX_VALUE);
    }

    boolean isOpen() {
        return !end.isDone();
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<byte[]> stream) {
        requests = stream;
        if (!readingAll) {
            stream.disableAutoRequestWithInitial(1);
        }
    }

    @Override
    public void onNext(SubmitResponse response) {
        responses.add(response);
    }

    @Override
    public void onError(Throwable failure) {
        end.complete(Status.fromThrowable(failure));
    }

    @Override
    public void onCompleted() {
        end.complete(Status.OK);
    }

    private static final class RawBytes implements MethodDescriptor.Marshaller<byte[]> {
        @Override
        public InputStream stream(byte[] value) {
            return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
            try {
                return stream.readAllBytes();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
