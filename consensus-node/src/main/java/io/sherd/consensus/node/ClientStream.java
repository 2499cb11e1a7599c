package io.sherd.consensus.node;

import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.sherd.archive.edge.EdgeGuest;
import io.sherd.consensus.rpc.SubmitResponse;
import io.sherd.replication.ledger.VerifyingKey;
import java.util.ArrayDeque;
import java.util.LinkedHashSet;
import java.util.Queue;
import java.util.Set;
import java.util.function.Consumer;

/**
 * One client's stream: sends while the client reads, keeps a bounded number of bytes while it does not, and cuts it above
 * that. Thread-safe; gRPC's observers are not, so everything that touches one holds the lock.
 */
final class ClientStream {

    private final ServerCallStreamObserver<SubmitResponse> responses;
    private final EdgeGuest guest;
    private final long unreadLimitBytes;
    private final Consumer<ClientStream> ended;
    private final Set<VerifyingKey> followed = new LinkedHashSet<>();
    private final Queue<SubmitResponse> unread = new ArrayDeque<>();
    private long unreadBytes;
    private boolean proved;
    private boolean closed;

    /**
     * A stream that was just opened.
     *
     * @param responses towards the client
     * @param guest the same at the edge
     * @param unreadLimitBytes how much may wait for it
     * @param ended told when the stream is over, at least once
     */
    ClientStream(
            ServerCallStreamObserver<SubmitResponse> responses,
            EdgeGuest guest,
            long unreadLimitBytes,
            Consumer<ClientStream> ended) {
        this.responses = responses;
        this.guest = guest;
        this.unreadLimitBytes = unreadLimitBytes;
        this.ended = ended;
        responses.setOnReadyHandler(this::drain);
        responses.setOnCancelHandler(this::abandon);
    }

    /** A listed client proved that the stream is its own: it handed in an operation that nobody had seen. */
    void provedBy(VerifyingKey client) {
        guest.engagedBy(client);
        synchronized (this) {
            proved = true;
        }
    }

    /** Bytes that wait for a stream on which nobody proved anything; 0 for others. */
    synchronized long unreadByStranger() {
        return proved ? 0 : unreadBytes;
    }

    /** The stream has ended by itself. */
    void abandon() {
        close();
        ended.accept(this);
    }

    /** Adds a client to follow, unless there are too many. */
    synchronized boolean follow(VerifyingKey client, int limit) {
        return followed.contains(client) || (followed.size() < limit && followed.add(client));
    }

    /** The clients whose outcomes this stream gets. */
    synchronized Set<VerifyingKey> followed() {
        return Set.copyOf(followed);
    }

    /** Sends a message, now or when the client reads again. */
    void send(SubmitResponse message) {
        boolean slow;
        synchronized (this) {
            if (closed) {
                return;
            }
            unread.add(message);
            unreadBytes += message.getSerializedSize();
            drain();
            slow = unreadBytes > unreadLimitBytes;
        }
        if (slow) {
            cutUnread();
        }
    }

    /** Ends the stream because too much waits for it. */
    void cutUnread() {
        cut(Status.RESOURCE_EXHAUSTED.withDescription("outcomes are not read"));
    }

    /** Ends the stream with a reason. */
    void cut(Status reason) {
        synchronized (this) {
            if (!closed) {
                close();
                responses.onError(reason.asRuntimeException());
            }
        }
        ended.accept(this);
    }

    /** Ends the stream because the client did. */
    synchronized void complete() {
        if (!closed) {
            close();
            responses.onCompleted();
        }
    }

    private synchronized void drain() {
        while (!closed && responses.isReady() && !unread.isEmpty()) {
            SubmitResponse next = unread.remove();
            unreadBytes -= next.getSerializedSize();
            responses.onNext(next);
        }
    }

    private synchronized void close() {
        closed = true;
        unread.clear();
        unreadBytes = 0;
    }
}
