package io.sherd.consensus.core;

import io.sherd.replication.ledger.Batch;
import io.sherd.replication.ledger.Request;

/**
 * Whether the primary proposes what it knows as soon as it may. A timer for single requests does not tell: a primary that
 * orders one request just before each timeout runs out is never late (Amir and others, "Prime", 2011; Clement and others,
 * "Aardvark", 2009). But a correct primary takes everything that waits into its next batch, and proposes that at once while
 * rounds are free. So a backup that misses a request for {@link #patience} relays it once more, and counts the ticks in which
 * the primary could still propose it after as long again; for every {@link #FORGIVEN} other ones it takes one off. When there
 * are more than the request timeout has, it is time for another view.
 *
 * <p>What the primary could not help does not count: while rounds, window or batches are full, while f + 1 peers are ahead of
 * this replica, and of a request that it did not relay to the primary itself, twice. The patience is {@value #ROUNDS} times what a
 * round takes ({@link RoundTime}), since a primary's disk and links are as slow as the others'.
 *
 * <p>Where every primary seems slow, the links or the load are to blame, and views must settle: each time f + 1 views in a row
 * were left for it, the patience is doubled, until it is as long as the timeout and only that counts. It is halved again after
 * {@link #CALM_TIMEOUTS} timeouts of work in which half the patience would have been enough.
 */
final class Promptness {

    /** One tick is taken off for so many in which nothing waited too long. */
    static final int FORGIVEN = 3;

    /** So many timeouts of work without complaint, and the patience is halved. */
    static final int CALM_TIMEOUTS = 64;

    /** A request waits for so many rounds before it is the primary's fault. */
    private static final int ROUNDS = 2;

    private static final long NEVER = Long.MIN_VALUE / 2;

    private final ReplicaConfig config;
    private final Standing standing;
    private final MessageLog log;
    private final RequestQueue queue;
    private final Execution execution;
    private final NormalOperation normal;
    private final CatchUp catchUp;
    private final Outbox out;
    private long fullTick = NEVER;
    private int wasted;
    private int forgiving;
    private int blamed;
    private int doublings;
    private long calmTicks;

    Promptness(
            ReplicaConfig config,
            Standing standing,
            MessageLog log,
            RequestQueue queue,
            Execution execution,
            NormalOperation normal,
            CatchUp catchUp,
            Outbox out) {
        this.config = config;
        this.standing = standing;
        this.log = log;
        this.queue = queue;
        this.execution = execution;
        this.normal = normal;
        this.catchUp = catchUp;
        this.out = out;
    }

    /** How long a request that the primary knows may wait while it could be proposed; the timeout, where nothing is known. */
    long patience() {
        RoundTime rounds = normal.rounds();
        long timeout = config.requestTimeoutTicks();
        return rounds.isKnown()
                ? Math.min(Math.max(config.resendTicks(), ROUNDS * rounds.ticks()) << doublings, timeout)
                : timeout;
    }

    /** Whether the primary wasted more time than a request may take. */
    boolean isSlow() {
        return wasted > config.requestTimeoutTicks();
    }

    /** A proposal of the current view was accepted. */
    void proposed(Batch batch) {
        boolean full = batch.requests().size() == Batch.MAX_REQUESTS
                || batch.sizeBytes() + 4L + config.limits().requestBytes()
                        > config.limits().batchBytes();
        if (full) {
            fullTick = standing.tick();
        }
    }

    /** The view is left, for whatever reason; if its primary was slow, that counts. */
    void left() {
        if (isSlow()) {
            blamed++;
            calmTicks = 0;
        }
        if (config.quorums().containsCorrect(blamed) && patience() < config.requestTimeoutTicks()) {
            doublings++;
            blamed = 0;
        }
        entered();
    }

    /** A view or an epoch begins. */
    void entered() {
        wasted = 0;
        forgiving = 0;
        fullTick = NEVER;
    }

    /** Judges the tick that has passed. */
    void tick() {
        if (!(standing.mode() instanceof Mode.Active) || standing.isPrimary()) {
            entered();
            return;
        }
        long now = standing.tick();
        long patience = patience();
        boolean room = patience < config.requestTimeoutTicks() && queue.hasWaiting() && mayPropose();
        RequestQueue.Pending oldest = queue.longestWaiting();
        if (room && oldest != null && oldest.isKnownSince(now - patience)) {
            wasted++;
        } else {
            forgive();
        }
        if (room) {
            relayAgain(now, patience);
        }
        calm(oldest != null && oldest.isKnownSince(now - patience / 2));
    }

    /** What the primary does not propose may be lost on its way, or had no room there; or the others do not know of it. */
    private void relayAgain(long now, long patience) {
        boolean first = true;
        for (Request request : queue.takeAgain(now, patience, Relay.RELAYED_AT_ONCE)) {
            Message.Forward again = new Message.Forward(request);
            out.add(first ? new Effect.Broadcast(again) : new Effect.Send(standing.primary(), again));
            first = false;
        }
    }

    private void forgive() {
        if (wasted > 0 && ++forgiving >= FORGIVEN) {
            forgiving = 0;
            wasted--;
        }
    }

    /** Only work shows that the links and the load are better now. */
    private void calm(boolean waits) {
        if (waits) {
            calmTicks = 0;
        } else if (queue.size() > 0 && ++calmTicks >= (long) CALM_TIMEOUTS * config.requestTimeoutTicks()) {
            calmTicks = 0;
            blamed = 0;
            doublings = Math.max(0, doublings - 1);
        }
    }

    /** Whether a correct primary could propose one more batch, as far as this replica sees. */
    private boolean mayPropose() {
        if (execution.handed() >= log.high()
                || execution.room() == 0
                || log.freeBytes() < config.limits().batchBytes()
                || standing.tick() - fullTick < patience()
                || catchUp.isBehind()) {
            return false;
        }
        int rounds = 0;
        for (Slot slot : log.above(execution.handed())) {
            Message.PrePrepare proposal = slot.proposal();
            if (proposal != null && slot.sequence() == log.high()) {
                return false;
            }
            if (!slot.isDecided() && proposal != null && proposal.batch().kind() == Batch.Kind.EPOCH) {
                return false;
            }
            rounds += slot.isDecided() || (proposal == null && slot.reproposal() == null) ? 0 : 1;
        }
        return rounds - normal.delayed() < config.maxRoundsInFlight();
    }
}
