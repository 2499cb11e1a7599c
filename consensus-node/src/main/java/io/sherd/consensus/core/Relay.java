package io.sherd.consensus.core;

import io.sherd.replication.genesis.Member;
import io.sherd.replication.ledger.Request;
import org.jspecify.annotations.Nullable;

/**
 * Takes requests in and brings them to those who must know them. A backup relays a client's request to the primary after a
 * short delay, and to everybody when half the timeout has passed: a view change needs f + 1 correct replicas that miss it. What
 * is pending longest it relays in any case, and again: a liar may have relayed it to this replica alone.
 */
final class Relay {

    /** Requests relayed in one tick. */
    static final int RELAYED_AT_ONCE = 256;

    private final ReplicaConfig config;
    private final Standing standing;
    private final RequestQueue queue;
    private final BatchRules rules;
    private final Outbox out;
    private Request.@Nullable Rejoin rejoin;
    private long rejoinSentTick;
    private boolean stopping;

    Relay(ReplicaConfig config, Standing standing, RequestQueue queue, BatchRules rules, Outbox out) {
        this.config = config;
        this.standing = standing;
        this.queue = queue;
        this.rules = rules;
        this.out = out;
    }

    /** This directory's REJOIN: durable, then sent to all until the member table has it. */
    void rejoinWith(Request.Rejoin own) {
        if (!standing.isRejoining() || !standing.members().applies(own)) {
            return;
        }
        rejoin = own;
        out.persist(new VoteRecord.OwnRejoin(own));
        sendRejoin(own);
    }

    /** A verified request came in at this replica's own edge; returns why it is ignored, or null. */
    @Nullable
    IgnoreReason onSubmitted(Request request) {
        if (request instanceof Request.Rejoin own && own.replica() == standing.self()) {
            rejoinWith(own);
            return null;
        }
        // The edge asked the table of a moment ago; an epoch may have begun since, and what the others refuse must not
        // be proposed.
        IgnoreReason reason = rules.reasonToRefuse(request, standing.members());
        return reason != null ? reason : queue.offer(request, request.digest(), standing.tick(), true);
    }

    /** A peer relays a request; returns why it is ignored, or null. */
    @Nullable
    IgnoreReason onForward(Request request) {
        if (request instanceof Request.Rejoin own && own.replica() == standing.self()) {
            return IgnoreReason.UNSOLICITED;
        }
        IgnoreReason reason = rules.reasonToRefuse(request, standing.members());
        return reason != null ? reason : queue.offer(request, request.digest(), standing.tick(), false);
    }

    /** Relays what is due. */
    void tick() {
        Request.Rejoin own = rejoin;
        if (own != null
                && standing.isRejoining()
                && standing.members().applies(own)
                && standing.tick() - rejoinSentTick >= config.resendTicks()) {
            sendRejoin(own);
        }
        long now = standing.tick();
        if (!standing.isPrimary() && !standing.isChangingView()) {
            for (Request request : queue.takeForPrimary(now, config.forwardTicks(), RELAYED_AT_ONCE)) {
                out.send(standing.primary(), new Message.Forward(request));
            }
        }
        for (Request request : queue.takeForAll(now, config.requestTimeoutTicks() / 2, RELAYED_AT_ONCE)) {
            out.broadcast(new Message.Forward(request));
        }
    }

    /**
     * Says so, once, when this process can never take part: the table has another directory, and no REJOIN of this one applies, or
     * it has another key now than the one that it had.
     */
    void heedMembers() {
        Request.Rejoin own = rejoin;
        if (stopping || !standing.isRejoining() || standing.awaitsKey()) {
            return;
        }
        Member member = standing.members().member(standing.self());
        if (standing.hasDirectory()) {
            stopping = true;
            out.add(new Effect.KeyReplaced(standing.epoch(), member.key()));
        } else if (own == null || !standing.members().applies(own)) {
            stopping = true;
            out.add(new Effect.Superseded(standing.epoch(), member.directory()));
        }
    }

    private void sendRejoin(Request.Rejoin own) {
        rejoinSentTick = standing.tick();
        out.broadcast(new Message.Forward(own));
    }
}
