package io.sherd.consensus.transport;

import io.netty.channel.Channel;
import io.sherd.consensus.core.Message;
import io.sherd.consensus.wire.MessageCodec;
import io.sherd.consensus.wire.MessageVerifier;
import io.sherd.consensus.wire.Refusal;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * What arrived of one peer and waits to be decoded and verified. Workers are shared by all peers; of one peer, one worker at a
 * time takes messages, in order, and after some of them lets another peer go first. While too much waits, nothing more is read
 * from the peer: TCP tells it.
 */
final class Inbox {

    private static final Logger LOG = LoggerFactory.getLogger(Inbox.class);

    /** Messages of one peer before it is another peer's turn. */
    private static final int TURN = 64;

    /** Stands for a new link: it is empty, as no message is. */
    private static final Bytes CONNECTED = Bytes.EMPTY;

    private final int replica;
    private final int maxBytes;
    private final MessageCodec codec;
    private final MessageVerifier verifier;
    private final Executor workers;
    private final Transport.Listener listener;
    private final Counters counters;
    private final LogLimit logLimit = new LogLimit();
    private final ConcurrentLinkedQueue<Bytes> queue = new ConcurrentLinkedQueue<>();
    private final AtomicInteger queuedBytes = new AtomicInteger();
    private final AtomicBoolean scheduled = new AtomicBoolean();
    private volatile @Nullable Channel paused;

    Inbox(
            int replica,
            int maxBytes,
            MessageCodec codec,
            MessageVerifier verifier,
            Executor workers,
            Transport.Listener listener,
            Counters counters) {
        this.replica = replica;
        this.maxBytes = maxBytes;
        this.codec = codec;
        this.verifier = verifier;
        this.workers = workers;
        this.listener = listener;
        this.counters = counters;
    }

    /** A link was made. On the event loop, before the link's first message. */
    void connected() {
        queue.add(CONNECTED);
        schedule();
    }

    /** Takes a frame's content; pauses the link if too much waits. On the event loop. */
    void put(Bytes message, Channel link) {
        counters.messagesIn.increment();
        counters.bytesIn.add(FrameReader.LENGTH_BYTES + (long) message.size());
        if (queuedBytes.addAndGet(message.size()) > maxBytes) {
            link.config().setAutoRead(false);
            paused = link;
        }
        queue.add(message);
        schedule();
    }

    private void schedule() {
        if (scheduled.compareAndSet(false, true)) {
            try {
                workers.execute(this::turn);
            } catch (RejectedExecutionException e) {
                // The transport is closing: what waits is lost, as everything on its links is.
                LOG.debug("replica {}: a message arrived while closing", replica);
            }
        }
    }

    private void turn() {
        for (int i = 0; i < TURN; i++) {
            Bytes message = queue.poll();
            if (message == null) {
                break;
            }
            if (message.isEmpty()) {
                listener.connected(replica);
            } else {
                handle(message);
                resume(queuedBytes.addAndGet(-message.size()));
            }
        }
        scheduled.set(false);
        if (!queue.isEmpty()) {
            schedule();
        }
    }

    private void handle(Bytes bytes) {
        Message message;
        try {
            message = codec.decode(bytes);
        } catch (WireFormatException e) {
            counters.refused.increment();
            if (logLimit.allows()) {
                LOG.warn("replica {} sends what is no message: {}", replica, e.getMessage());
            }
            return;
        }
        Optional<Refusal> refusal = verifier.refusal(replica, message);
        if (refusal.isPresent()) {
            counters.refused.increment();
            if (logLimit.allows()) {
                // While a replica joins again, the others are in the new epoch a moment before it is.
                Level level = refusal.get() == Refusal.UNKNOWN_EPOCH ? Level.INFO : Level.WARN;
                LOG.atLevel(level)
                        .log(
                                "replica {}: a {} is refused: {}",
                                replica,
                                message.getClass().getSimpleName(),
                                refusal.get());
            }
            return;
        }
        listener.received(replica, message);
    }

    private void resume(int waiting) {
        Channel link = paused;
        if (link != null && waiting <= maxBytes / 2) {
            paused = null;
            link.eventLoop().execute(() -> link.config().setAutoRead(true));
        }
    }
}
