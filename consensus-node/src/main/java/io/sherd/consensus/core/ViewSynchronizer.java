package io.sherd.consensus.core;

import io.sherd.merkle.Digest;
import io.sherd.replication.ledger.Request;
import org.jspecify.annotations.Nullable;

/**
 * When to leave a view; apart from what happens then ({@link ViewChanges}), as liveness is apart from safety (Bravo, Chockler
 * and Gotsman, "Liveness and Latency of Byzantine State-Machine Replication", 2022).
 *
 * <p>A backup watches the request that is pending longest (TOCS section 4.5: so no request is passed over for ever) and
 * gives the primary a timeout for it, from when it became the oldest. A missing seal is watched in the same way. While a view
 * is changed, the timer runs only when n - f replicas ask for this view or a later one. Each view in a row doubles the timeout,
 * up to {@link #MAX_DOUBLINGS} times; an executed entry of the new view resets it. A primary that is never late and always
 * slow is left, too ({@link Promptness}).
 *
 * <p>The timer rests where no primary could do better: while the epoch closes, and while the window or execution is full.
 *
 * <p>Unlike PBFT, nobody leaves a view by its own timer while fewer than n - f replicas, itself included, are heard of: too few
 * would follow, and when the others come into reach again they are in the view that it promised to vote in no more. From when
 * enough are heard again they have half a timeout at least. This costs no liveness: once n - f correct replicas reach each other
 * for good, each hears the others' STATUS, and all timers run as in PBFT.
 */
final class ViewSynchronizer {

    /** The timeout is doubled at most so often. */
    static final int MAX_DOUBLINGS = 4;

    private static final long OFF = Long.MAX_VALUE;

    private final ReplicaConfig config;
    private final Standing standing;
    private final MessageLog log;
    private final RequestQueue queue;
    private final Execution execution;
    private final Sealing sealing;
    private final Pace pace;
    private final CatchUp catchUp;
    private final Promptness promptness;
    private final Hearing hearing;
    private @Nullable Digest watched;
    private boolean patient;
    private long requestDeadline = OFF;
    private long sealDeadline = OFF;
    private long viewDeadline = OFF;
    private int doublings;

    ViewSynchronizer(
            ReplicaConfig config,
            Standing standing,
            MessageLog log,
            RequestQueue queue,
            Execution execution,
            Sealing sealing,
            Pace pace,
            CatchUp catchUp,
            Promptness promptness,
            Hearing hearing) {
        this.config = config;
        this.standing = standing;
        this.log = log;
        this.queue = queue;
        this.execution = execution;
        this.sealing = sealing;
        this.pace = pace;
        this.catchUp = catchUp;
        this.promptness = promptness;
        this.hearing = hearing;
    }

    /** Whether it is time to ask for the next view. */
    boolean isTimeToLeave() {
        long now = standing.tick();
        if (standing.mode() instanceof Mode.Active) {
            watch(now);
        }
        if (!hearing.reachesQuorum()) {
            postpone(now);
            promptness.entered();
        }
        return switch (standing.mode()) {
            case Mode.Active _ -> isOverdue(now) || promptness.isSlow();
            case Mode.ChangingView _ -> now >= viewDeadline && !standing.isEnding();
            case Mode.Closing _ -> {
                rest();
                yield false;
            }
            case Mode.Asking _, Mode.Rejoining _ -> false;
        };
    }

    /** So many replicas, this one included, ask for this view or a later one. */
    void supported(int replicas) {
        if (standing.isChangingView() && viewDeadline == OFF && config.quorums().isQuorum(replicas)) {
            viewDeadline = standing.tick() + timeout();
        }
    }

    /** The replica asks for a later view. */
    void left() {
        rest();
        promptness.left();
        viewDeadline = OFF;
        doublings = Math.min(doublings + 1, MAX_DOUBLINGS);
    }

    /** A view was entered. */
    void entered() {
        rest();
        promptness.entered();
        viewDeadline = OFF;
    }

    /** An entry with requests, decided in the current view, was handed to execution. */
    void progressed() {
        doublings = 0;
    }

    /** A segment's closing was executed. */
    void closed() {
        sealDeadline = OFF;
    }

    /** The next epoch begins. */
    void openEpoch() {
        entered();
        doublings = 0;
    }

    private void watch(long now) {
        boolean stalled = execution.handed() >= log.high() || execution.room() == 0;
        if (standing.isPrimary() || stalled) {
            rest();
            return;
        }
        RequestQueue.Pending oldest = queue.oldest(request -> counts(request, now));
        if (oldest == null) {
            watched = null;
            requestDeadline = OFF;
        } else if (!oldest.digest().equals(watched)) {
            watched = oldest.digest();
            patient = true;
            requestDeadline = now + timeout();
        }
        if (!sealing.isOverdue(now)) {
            sealDeadline = OFF;
        } else if (sealDeadline == OFF) {
            patient = true;
            sealDeadline = now + timeout();
        }
    }

    /** A REJOIN that backups would still delay is not the primary's fault. */
    private boolean counts(Request request, long now) {
        return !(request instanceof Request.Rejoin rejoin) || pace.allowsRejoin(rejoin.replica(), now);
    }

    /** Who is merely behind gets half a timeout, once, to learn what the others have executed. */
    private boolean isOverdue(long now) {
        if (now < requestDeadline && now < sealDeadline) {
            return false;
        }
        if (patient && catchUp.someoneIsAhead()) {
            patient = false;
            catchUp.askNext();
            postpone(now);
            return false;
        }
        return true;
    }

    /** Whatever is waited for gets half a timeout from now at least. */
    private void postpone(long now) {
        long grace = now + timeout() / 2;
        requestDeadline = requestDeadline == OFF ? OFF : Math.max(requestDeadline, grace);
        sealDeadline = sealDeadline == OFF ? OFF : Math.max(sealDeadline, grace);
        viewDeadline = viewDeadline == OFF ? OFF : Math.max(viewDeadline, grace);
    }

    private void rest() {
        watched = null;
        requestDeadline = OFF;
        sealDeadline = OFF;
    }

    private long timeout() {
        return (long) config.requestTimeoutTicks() << doublings;
    }
}
