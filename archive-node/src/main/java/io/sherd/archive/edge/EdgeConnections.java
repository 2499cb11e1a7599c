package io.sherd.archive.edge;

import io.grpc.Attributes;
import io.grpc.Grpc;
import io.netty.channel.Channel;
import java.net.SocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The connections of the edge, from their first packet on: a crowd in its handshake is a crowd as well. One with an engaged
 * call is engaged. Thread-safe.
 */
final class EdgeConnections {

    private final Places places;
    private final Map<Ends, Connection> open = new ConcurrentHashMap<>();

    EdgeConnections(EdgeLimits limits) {
        this.places = new Places(limits.maxConnections(), limits.maxConnections(), 0, System::nanoTime);
    }

    /** Both ends of a connection: no two that are open have the same. */
    private record Ends(
            @Nullable SocketAddress here, @Nullable SocketAddress there) {}

    /** One connection. */
    static final class Connection extends Places.Guest {

        private final Channel channel;
        private final Executor listener;
        private int engagedCalls;

        private Connection(Channel channel, Executor listener) {
            super(channel.remoteAddress());
            this.channel = channel;
            this.listener = listener;
        }

        /**
         * Closed without a word: no answer is under way, and whoever waits for a farewell holds on to memory. Not before the
         * listener has handed it on: Netty complains aloud of one that is closed by then.
         */
        @Override
        void giveWay() {
            listener.execute(() -> channel.unsafe().close(channel.unsafe().voidPromise()));
        }
    }

    /**
     * Gives a connection a place; false if there is none for it.
     *
     * @param channel was just accepted
     * @param listener runs what is to be done once it is handed on, on the connection's own thread
     */
    boolean admit(Channel channel, Executor listener) {
        Connection connection = new Connection(channel, listener);
        if (!places.admit(connection)) {
            return false;
        }
        Ends ends = new Ends(channel.localAddress(), channel.remoteAddress());
        open.put(ends, connection);
        channel.closeFuture().addListener(_ -> {
            boolean _ = open.remove(ends, connection);
            places.leave(connection);
        });
        return true;
    }

    /** The connection of a call; null if it is closed meanwhile. */
    @Nullable
    Connection of(Attributes call) {
        return open.get(new Ends(call.get(Grpc.TRANSPORT_ATTR_LOCAL_ADDR), call.get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR)));
    }

    /** A call of a connection is engaged now, or not any more. */
    void engagementChanged(Connection connection, boolean engaged) {
        synchronized (connection) {
            connection.engagedCalls += engaged ? 1 : -1;
            if (engaged && connection.engagedCalls == 1) {
                places.engage(connection);
            } else if (!engaged && connection.engagedCalls == 0) {
                places.release(connection);
            }
        }
    }
}
