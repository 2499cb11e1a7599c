package io.sherd.consensus.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.sherd.replication.wire.Bytes;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What waits to be sent to one peer. Any thread puts messages in; the event loop takes out as many as the socket likes and
 * flushes once. Small messages are gathered into one buffer, so that a burst of votes is one TLS record and one system call;
 * large ones are not copied. A message that would exceed the bound is dropped and counted: what waits is older, and what
 * matters of the new one is sent again by the core.
 */
final class Outbox {

    /** Buffers are about this large; a larger message is sent from where it is. */
    private static final int GATHER_BYTES = 16 * 1024;

    private final int maxBytes;
    private final Counters counters;
    private final ConcurrentLinkedQueue<Bytes> queue = new ConcurrentLinkedQueue<>();
    private final AtomicLong queuedBytes = new AtomicLong();
    private final AtomicBoolean scheduled = new AtomicBoolean();
    private volatile @Nullable Channel channel;

    Outbox(int maxBytes, Counters counters) {
        this.maxBytes = maxBytes;
        this.counters = counters;
    }

    long queuedBytes() {
        return queuedBytes.get();
    }

    boolean isConnected() {
        return channel != null;
    }

    /** The link that messages go to; null for none. On the event loop. */
    void connect(@Nullable Channel link) {
        channel = link;
        if (link == null) {
            for (Bytes lost = queue.poll(); lost != null; lost = queue.poll()) {
                queuedBytes.addAndGet(-lost.size());
                counters.dropped.increment();
            }
        }
    }

    /** Sends, or drops and counts. Any thread. */
    void put(Bytes message) {
        Channel link = channel;
        if (link == null) {
            counters.dropped.increment();
            return;
        }
        if (queuedBytes.addAndGet(message.size()) > maxBytes) {
            queuedBytes.addAndGet(-message.size());
            counters.dropped.increment();
            return;
        }
        queue.add(message);
        if (scheduled.compareAndSet(false, true)) {
            try {
                link.eventLoop().execute(this::drain);
            } catch (RejectedExecutionException e) {
                // The transport is closed, and with it goes what waits.
                counters.dropped.increment();
            }
        }
    }

    /** Sends what the socket takes. On the event loop. */
    void drain() {
        // First, so that what is put in from here on schedules again.
        scheduled.set(false);
        Channel link = channel;
        if (link == null) {
            connect(null);
            return;
        }
        @Nullable ByteBuf gathered = null;
        boolean wrote = false;
        while (link.isWritable()) {
            Bytes message = queue.poll();
            if (message == null) {
                break;
            }
            int size = message.size();
            queuedBytes.addAndGet(-size);
            counters.messagesOut.increment();
            counters.bytesOut.add(FrameReader.LENGTH_BYTES + (long) size);
            boolean large = size > GATHER_BYTES;
            if (gathered == null) {
                gathered = link.alloc().buffer(large ? FrameReader.LENGTH_BYTES : GATHER_BYTES);
            }
            gathered.writeInt(size);
            if (!large) {
                gathered.writeBytes(message.readOnlyArray());
            }
            if (large || gathered.readableBytes() >= GATHER_BYTES) {
                write(link, gathered);
                gathered = null;
            }
            if (large) {
                write(link, Unpooled.wrappedBuffer(message.readOnlyArray()));
            }
            wrote = true;
        }
        if (gathered != null) {
            write(link, gathered);
        }
        if (wrote) {
            link.flush();
        }
    }

    /** A failed write closes the link, which is how it is noticed: no future of its own. */
    private static void write(Channel link, ByteBuf buffer) {
        var _ = link.write(buffer, link.voidPromise());
    }
}
