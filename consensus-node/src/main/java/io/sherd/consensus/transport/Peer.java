package io.sherd.consensus.transport;

import io.netty.channel.Channel;
import io.netty.handler.ssl.SslContext;
import io.sherd.merkle.Digest;
import io.sherd.replication.genesis.Member;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One other replica: its queues, its link, and when to connect to it again. What is not final belongs to the event loop. */
final class Peer {

    /** Reasons in one outage that the log takes; more of them say no more. */
    private static final int MAX_REPORTED_REASONS = 8;

    final int replica;
    final Counters counters;
    final Outbox outbox;
    final Inbox inbox;

    @Nullable
    Channel link;

    long linkedAtNanos;
    boolean linkedSinceDialled;

    /** What the member table said of the peer when the link was made. */
    @Nullable
    Member linkedMember;

    /** Attempts since the last link that lasted. */
    int attempts;

    /** Why the peer cannot be reached, as far as the log says it already: since the last link, or the start. */
    private final Set<String> reportedReasons = new HashSet<>();

    private @Nullable SslContext context;
    private @Nullable Digest contextPin;

    Peer(int replica, Counters counters, Outbox outbox, Inbox inbox) {
        this.replica = replica;
        this.counters = counters;
        this.outbox = outbox;
        this.inbox = inbox;
    }

    /** The context for connecting to this peer, made once a pin. */
    SslContext context(Digest pin, ContextFactory factory) {
        SslContext known = context;
        if (known == null || !pin.equals(contextPin)) {
            known = factory.forPin(pin);
            context = known;
            contextPin = pin;
        }
        return known;
    }

    /** Makes contexts. */
    @FunctionalInterface
    interface ContextFactory {
        SslContext forPin(Digest pin);
    }

    LinkStatus status() {
        return new LinkStatus(
                replica,
                outbox.isConnected(),
                counters.bytesIn.sum(),
                counters.bytesOut.sum(),
                counters.dropped.sum(),
                counters.refused.sum(),
                counters.messagesIn.sum(),
                counters.messagesOut.sum(),
                outbox.queuedBytes(),
                counters.links.sum());
    }

    /** Whether the log should say that the peer cannot be reached for a reason: each reason once an outage. */
    boolean isNewsUnreachable(String reason) {
        return reportedReasons.size() < MAX_REPORTED_REASONS && reportedReasons.add(reason);
    }

    /** The peer is reached: what comes after this is another outage. */
    void isReached() {
        reportedReasons.clear();
    }
}
