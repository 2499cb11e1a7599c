package io.sherd.consensus.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.sherd.replication.wire.Bytes;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What is kept of one peer across its connections: the connection of now, the frames that wait to be verified, counters. One
 * thread at a time verifies a peer's frames, so they stay in order. Thread-safe.
 */
// Netty's calls return futures; what they would tell arrives as channel events, which are all handled.
@SuppressWarnings("FutureReturnValueIgnored")
final class PeerLink {

    private final int replica;
    private final int inboundLimitBytes;
    private final Executor verifiers;
    private final Consumer<Bytes> verification;
    private final LongAdder bytesIn = new LongAdder();
    private final LongAdder bytesOut = new LongAdder();
    private final LongAdder dropped = new LongAdder();
    private final LongAdder refused = new LongAdder();

    // Guarded by this.
    private final Queue<Bytes> arrived = new ArrayDeque<>();
    private long arrivedBytes;
    private boolean verifying;
    private @Nullable Channel channel;

    /**
     * A link that is down.
     *
     * @param replica the peer
     * @param inboundLimitBytes frames that may wait to be verified; above it the connection is not read
     * @param verifiers runs the verification
     * @param verification takes one frame's message
     */
    PeerLink(int replica, int inboundLimitBytes, Executor verifiers, Consumer<Bytes> verification) {
        this.replica = replica;
        this.inboundLimitBytes = inboundLimitBytes;
        this.verifiers = verifiers;
        this.verification = verification;
    }

    int replica() {
        return replica;
    }

    synchronized boolean isUp() {
        return channel != null && channel.isActive();
    }

    /** A proven connection takes the place of the one before, which may be half dead. */
    void up(Channel proven) {
        Channel before;
        synchronized (this) {
            before = channel;
            channel = proven;
        }
        if (before != null) {
            before.close();
        }
    }

    synchronized void down(Channel closed) {
        if (closed.equals(channel)) {
            channel = null;
        }
    }

    /** Sends a frame, which this call releases; false if it is dropped. */
    boolean send(ByteBuf frame) {
        Channel open;
        synchronized (this) {
            open = channel;
        }
        if (open == null || !open.isActive() || !open.isWritable()) {
            frame.release();
            dropped.increment();
            return false;
        }
        bytesOut.add(frame.readableBytes());
        open.writeAndFlush(frame, open.voidPromise());
        return true;
    }

    /** A frame arrived; it is verified after those before it. */
    void arrived(Channel from, Bytes frame) {
        bytesIn.add(frame.size() + (long) Integer.BYTES);
        synchronized (this) {
            arrived.add(frame);
            arrivedBytes += frame.size();
            if (arrivedBytes > inboundLimitBytes) {
                from.config().setAutoRead(false);
            }
            if (verifying) {
                return;
            }
            verifying = true;
        }
        verifiers.execute(this::verifyArrived);
    }

    void refused() {
        refused.increment();
    }

    LinkStatus status() {
        return new LinkStatus(replica, isUp(), bytesIn.sum(), bytesOut.sum(), dropped.sum(), refused.sum());
    }

    private void verifyArrived() {
        while (true) {
            Bytes next;
            synchronized (this) {
                next = arrived.poll();
                if (next == null) {
                    verifying = false;
                    return;
                }
                arrivedBytes -= next.size();
                if (arrivedBytes <= inboundLimitBytes / 2
                        && channel != null
                        && !channel.config().isAutoRead()) {
                    channel.config().setAutoRead(true);
                }
            }
            verification.accept(next);
        }
    }
}
