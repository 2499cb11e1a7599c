package io.sherd.archive.edge;

import io.netty.channel.Channel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Accepts connections up to a number and closes those beyond it before a byte is read: a crowd in its handshake costs no more
 * than a crowd of guests.
 */
final class BoundedServerSocketChannel extends NioServerSocketChannel {

    private final int maxConnections;
    private final AtomicInteger open;

    /**
     * A listening channel.
     *
     * @param maxConnections the most connections at one time
     * @param open how many there are, over all channels that share it
     */
    BoundedServerSocketChannel(int maxConnections, AtomicInteger open) {
        this.maxConnections = maxConnections;
        this.open = open;
    }

    @Override
    protected int doReadMessages(List<Object> accepted) throws Exception {
        int count = super.doReadMessages(accepted);
        if (count <= 0) {
            return count;
        }
        Channel connection = (Channel) accepted.getLast();
        if (open.incrementAndGet() > maxConnections) {
            open.decrementAndGet();
            accepted.removeLast();
            connection.unsafe().closeForcibly();
            return 0;
        }
        connection.closeFuture().addListener(_ -> open.decrementAndGet());
        return count;
    }
}
