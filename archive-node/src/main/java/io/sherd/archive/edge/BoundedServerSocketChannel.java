package io.sherd.archive.edge;

import io.netty.channel.Channel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.util.List;

/** Accepts the connections that find a place, and closes the others before a byte is read. */
final class BoundedServerSocketChannel extends NioServerSocketChannel {

    private final EdgeConnections connections;

    /**
     * A listening channel.
     *
     * @param connections those that are open
     */
    BoundedServerSocketChannel(EdgeConnections connections) {
        this.connections = connections;
    }

    @Override
    protected int doReadMessages(List<Object> accepted) throws Exception {
        int count = super.doReadMessages(accepted);
        if (count <= 0) {
            return count;
        }
        Channel connection = (Channel) accepted.getLast();
        if (connections.admit(connection, eventLoop())) {
            return count;
        }
        accepted.removeLast();
        connection.unsafe().closeForcibly();
        return 0;
    }
}
