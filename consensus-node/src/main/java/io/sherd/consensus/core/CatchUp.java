package io.sherd.consensus.core;

import io.sherd.replication.checkpoint.CheckpointCertificate;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a replica that missed something current: it listens to where the others stand, asks one that is ahead for decided
 * entries with their commit proofs, and shows certificates to those behind.
 *
 * <p>A STATUS is only a hint. One that lies costs the asker a question: peers ahead are asked in turn, each after a pause in
 * which the one before could have answered. The pause follows how long answers take, so that slow links are not flooded with
 * the same question, up to {@value #LONGEST_PAUSE_RESENDS} times the usual one, so that a liar does not hold up much. However
 * late an answer is, it counts: its entries prove themselves.
 *
 * <p>Peers keep entries for a while only. Whoever has executed what it is asked for and does not keep it any more answers with
 * nothing. When f + 1 have said so, everybody who is ahead was asked, and a stable checkpoint is ahead, no entries will come:
 * only certified state helps ({@link Effect.FallenBehind}). A liar can neither bring that about alone nor, by silence, prevent it.
 */
final class CatchUp {

    /** The longest pause between two questions, in times of {@link ReplicaConfig#resendTicks()}. */
    private static final int LONGEST_PAUSE_RESENDS = 8;

    /** What one peer last said about itself, and what was said to it. */
    private static final class Peer {
        private Message.@Nullable Status status;
        /** A question for entries was sent at {@link #askedTick}, and nothing new has come since. */
        private boolean asked;

        private long askedTick;

        /** The position that it was last asked for; 0 if it never was. */
        private long askedFor;

        /** The position that it said it does not keep any more; 0 if none. */
        private long lacks;

        private long shownTick = Long.MIN_VALUE / 2;
        private long viewTick = Long.MIN_VALUE / 2;
        private long toldTick = Long.MIN_VALUE / 2;
    }

    private final ReplicaConfig config;
    private final Standing standing;
    private final MessageLog log;
    private final Execution execution;
    private final Checkpoints checkpoints;
    private final Ballots ballots;
    private final Outbox out;
    private final Peer[] peers;
    private long lastHanded;
    private long lastProgressTick;
    private int lastAsked;
    private long lastAskedTick;
    private long pauseTicks;
    private boolean fallenBehind;

    CatchUp(
            ReplicaConfig config,
            Standing standing,
            MessageLog log,
            Execution execution,
            Checkpoints checkpoints,
            Ballots ballots,
            Outbox out) {
        this.config = config;
        this.standing = standing;
        this.log = log;
        this.execution = execution;
        this.checkpoints = checkpoints;
        this.ballots = ballots;
        this.out = out;
        this.lastHanded = execution.handed();
        this.lastAsked = config.replica();
        this.pauseTicks = config.resendTicks();
        this.peers = new Peer[config.quorums().replicaCount()];
        for (int i = 0; i < peers.length; i++) {
            peers[i] = new Peer();
        }
    }

    /** What this replica says about itself. */
    Message.Status status() {
        CheckpointCertificate stable = checkpoints.stable();
        return new Message.Status(
                standing.epoch(),
                standing.view(),
                execution.handed(),
                stable == null ? 0 : stable.statement().sequence());
    }

    /** A peer says where it stands. */
    void onStatus(int sender, Message.Status status) {
        peers[sender].status = status;
        if (status.epoch() < standing.epoch()) {
            showClosing(sender, status.epoch());
            return;
        }
        CheckpointCertificate stable = checkpoints.stable();
        if (status.epoch() == standing.epoch()
                && stable != null
                && stable.statement().epoch() == standing.epoch()
                && status.stable() < stable.statement().sequence()
                && mayShow(sender)) {
            out.send(sender, new Message.Certificate(stable));
        }
    }

    /** A peer spoke in an epoch that has ended here: show it the closing, but not at each of its messages. */
    void showClosing(int peer, long epoch) {
        if (mayShow(peer)) {
            out.add(new Effect.SendClosing(peer, epoch));
        }
    }

    /** A peer is in an earlier view than the one that this primary has opened: show it the NEW-VIEW. */
    void showNewView(int peer, Message.@Nullable NewView newView) {
        if (newView != null
                && newView.replica() == standing.self()
                && standing.tick() - peers[peer].viewTick >= config.resendTicks()) {
            peers[peer].viewTick = standing.tick();
            out.send(peer, newView);
        }
    }

    /** A peer spoke in an epoch that has not begun here: let it see that, so that it shows the closing. */
    void tellStatus(int peer) {
        if (standing.tick() - peers[peer].toldTick >= config.resendTicks()) {
            peers[peer].toldTick = standing.tick();
            out.send(peer, status());
        }
    }

    /** Whether a peer says that it executed more than this replica. */
    boolean someoneIsAhead() {
        for (int i = 0; i < peers.length; i++) {
            if (isAhead(i)) {
                return true;
            }
        }
        return false;
    }

    /** Whether so many peers say that they executed more that one of them is correct. */
    boolean isBehind() {
        int ahead = 0;
        for (int i = 0; i < peers.length; i++) {
            ahead += isAhead(i) ? 1 : 0;
        }
        return config.quorums().containsCorrect(ahead);
    }

    /** Asks the next peer that is ahead, when nothing was handed to execution for a while. */
    void tick() {
        noteProgress();
        long now = standing.tick();
        if (now - lastProgressTick >= config.resendTicks() && now - lastAskedTick >= pauseTicks) {
            if (peers[lastAsked].asked) {
                pauseTicks = pause(2 * pauseTicks);
            }
            askNext();
        }
        heedLack();
    }

    /** Asks the next peer that is ahead for the entries after the last. */
    void askNext() {
        for (int i = 1; i <= peers.length; i++) {
            int candidate = (lastAsked + i) % peers.length;
            if (isAhead(candidate)) {
                ask(candidate);
                return;
            }
        }
    }

    /**
     * A peer answers with decided entries; what verifies and follows is handed over through {@code sink}. Returns why the
     * message is ignored, or null.
     */
    @Nullable
    IgnoreReason onEntries(int sender, Message.Entries message, EntrySink sink) {
        Peer peer = peers[sender];
        if (!peer.asked) {
            return IgnoreReason.UNSOLICITED;
        }
        if (message.entries().isEmpty()) {
            peer.asked = false;
            peer.lacks = peer.askedFor;
            return null;
        }
        boolean taken = false;
        for (DecidedEntry entry : message.entries()) {
            long sequence = entry.entry().sequence();
            if (sequence <= execution.handed()) {
                continue;
            }
            IgnoreReason reason = reasonToRefuse(entry);
            if (reason != null) {
                peer.asked = false;
                return taken ? null : reason;
            }
            sink.learn(entry);
            taken = true;
        }
        if (!taken) {
            // The answer to an earlier question, perhaps: the one to the last may still come.
            return IgnoreReason.DUPLICATE;
        }
        peer.asked = false;
        pauseTicks = pause(2 * (standing.tick() - peer.askedTick));
        noteProgress();
        if (isAhead(sender)) {
            ask(sender);
        }
        return null;
    }

    /** Takes the next entry of the ledger. */
    interface EntrySink {
        /** An entry whose proof verifies, and that follows the last one handed to execution. */
        void learn(DecidedEntry entry);
    }

    private @Nullable IgnoreReason reasonToRefuse(DecidedEntry entry) {
        if (entry.entry().sequence() != execution.handed() + 1) {
            return IgnoreReason.UNSOLICITED;
        }
        if (entry.epoch() != standing.epoch()) {
            return entry.epoch() < standing.epoch() ? IgnoreReason.OLD_EPOCH : IgnoreReason.FUTURE_EPOCH;
        }
        if (standing.isEnding() && entry.entry().sequence() > standing.epochEnd()) {
            return IgnoreReason.OLD_EPOCH;
        }
        if (execution.room() == 0) {
            return IgnoreReason.QUEUE_FULL;
        }
        return ballots.isCommitted(entry, standing.members()) ? null : IgnoreReason.INVALID_PROOF;
    }

    private void ask(int peer) {
        long end = standing.isEnding() ? standing.epochEnd() : Long.MAX_VALUE;
        long wanted = Math.min(Math.min(execution.room(), log.high() - log.low()), end - execution.handed());
        if (wanted > 0) {
            peers[peer].asked = true;
            peers[peer].askedTick = standing.tick();
            peers[peer].askedFor = execution.handed() + 1;
            lastAsked = peer;
            lastAskedTick = standing.tick();
            out.send(peer, new Message.FetchEntries(execution.handed() + 1, (int) wanted));
        }
    }

    /** Says once that entries will not do, when nothing has come for as long as the slowest answer may take. */
    private void heedLack() {
        CheckpointCertificate stable = checkpoints.stable();
        if (fallenBehind
                || stable == null
                || stable.statement().sequence() <= execution.handed()
                || standing.tick() - lastProgressTick < pause(Long.MAX_VALUE)
                || !isLackedByAll()) {
            return;
        }
        fallenBehind = true;
        out.note("%d is kept by nobody any more, %d is stable: certified state is needed"
                .formatted(execution.handed() + 1, stable.statement().sequence()));
        out.add(new Effect.FallenBehind(stable));
    }

    /** Whether all that are ahead were asked for the next entry, and one of those that do not keep it is correct. */
    private boolean isLackedByAll() {
        long next = execution.handed() + 1;
        int lacking = 0;
        for (int i = 0; i < peers.length; i++) {
            if (isAhead(i) && peers[i].askedFor != next) {
                return false;
            }
            lacking += peers[i].lacks == next ? 1 : 0;
        }
        return config.quorums().containsCorrect(lacking);
    }

    private long pause(long ticks) {
        return Math.clamp(ticks, config.resendTicks(), (long) LONGEST_PAUSE_RESENDS * config.resendTicks());
    }

    private boolean isAhead(int peer) {
        Message.Status status = peers[peer].status;
        return peer != config.replica() && status != null && status.executed() > execution.handed();
    }

    private boolean mayShow(int peer) {
        if (standing.tick() - peers[peer].shownTick < config.resendTicks()) {
            return false;
        }
        peers[peer].shownTick = standing.tick();
        return true;
    }

    private void noteProgress() {
        if (execution.handed() != lastHanded) {
            lastHanded = execution.handed();
            lastProgressTick = standing.tick();
        }
    }
}
