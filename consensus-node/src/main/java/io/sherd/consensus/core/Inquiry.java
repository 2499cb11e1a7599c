package io.sherd.consensus.core;

import io.sherd.replication.checkpoint.CheckpointStatement;
import io.sherd.replication.ledger.Signature;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The first thing that a replica with a disk does (docs/DESIGN.md, "Joining again"): before it signs anything it asks the others for the
 * latest that they have seen it sign, and goes on when n - f have answered, itself included. If one shows a signature that is
 * later than what its disk knows, the disk is an older copy: then it never goes on.
 *
 * <p>Peers that start answer too, so a mass reboot goes on by itself. A liar can withhold what it knows; then an older copy spends one
 * of the f. It cannot make a whole disk look like an older copy: only this replica's own signatures count, and only those since
 * its directory began to speak for it.
 */
final class Inquiry {

    private final ReplicaConfig config;
    private final Authenticator authenticator;
    private final Standing standing;
    private final Recovered recovered;
    private final Outbox out;
    private final TreeSet<Integer> answered = new TreeSet<>();
    private final List<Event> deferred = new ArrayList<>();
    private final long known;
    private boolean open;
    private boolean forgotten;

    Inquiry(ReplicaConfig config, Authenticator authenticator, Standing standing, Recovered recovered, Outbox out) {
        this.config = config;
        this.authenticator = authenticator;
        this.standing = standing;
        this.recovered = recovered;
        this.out = out;
        this.known = lastKnown(recovered);
        this.open =
                recovered.asks() && !standing.isRejoining() && !config.quorums().isQuorum(1);
    }

    /** Whether the replica still signs nothing. */
    boolean isOpen() {
        return open;
    }

    /** Asks everybody. */
    void ask() {
        out.broadcast(new Message.FetchSigned());
    }

    /** Asks those again that have not answered. */
    void tick() {
        if (standing.tick() % config.resendTicks() != 0) {
            return;
        }
        for (int peer = 0; peer < config.quorums().replicaCount(); peer++) {
            if (peer != standing.self() && !answered.contains(peer)) {
                out.send(peer, new Message.FetchSigned());
            }
        }
    }

    /** Keeps what execution and sealing say meanwhile. */
    void defer(Event event) {
        deferred.add(event);
    }

    /** What was kept; nothing any more afterwards. */
    List<Event> takeDeferred() {
        List<Event> events = List.copyOf(deferred);
        deferred.clear();
        return events;
    }

    /** A peer says what it has seen. Returns why that is ignored, or null. */
    @Nullable
    IgnoreReason onSigned(int sender, Message.Signed signed) {
        if (!recovered.asks()) {
            return IgnoreReason.UNSOLICITED;
        }
        if (!open || forgotten) {
            // All are asked, and the first ones are enough.
            return null;
        }
        if (!verifies(signed)) {
            return IgnoreReason.INVALID_PROOF;
        }
        Optional<String> later = laterThanKnown(signed);
        if (later.isPresent()) {
            forgotten = true;
            String evidence = "replica %d has signed %s, as replica %d shows, and this disk knows %s"
                    .formatted(standing.self(), later.get(), sender, whatIsKnown());
            out.note(evidence);
            out.add(new Effect.Forgotten(evidence));
            return null;
        }
        answered.add(sender);
        open = !config.quorums().isQuorum(answered.size() + 1);
        return null;
    }

    /** Of earlier epochs, in which the replica may have had another key, nothing matters here. */
    private boolean verifies(Message.Signed signed) {
        return signed.vote()
                        .filter(vote -> concerns(vote.ballot().epoch()))
                        .map(vote -> isOwn(vote.ballot().toSign(config.domain(), vote.type()), vote.signature()))
                        .orElse(true)
                && signed.checkpoint()
                        .filter(own -> concerns(own.statement().epoch()))
                        .map(own -> own.replica() == standing.self()
                                && isOwn(own.statement().toSign(config.domain()), own.signature()))
                        .orElse(true)
                && signed.viewChange()
                        .filter(own -> concerns(own.epoch()))
                        .map(own ->
                                own.replica() == standing.self() && isOwn(own.toSign(config.domain()), own.signature()))
                        .orElse(true);
    }

    private boolean isOwn(byte[] bytes, Signature signature) {
        return authenticator
                .verifier()
                .verify(standing.members().member(standing.self()).key(), bytes, signature);
    }

    private Optional<String> laterThanKnown(Message.Signed signed) {
        return signed.vote()
                .filter(vote -> concerns(vote.ballot().epoch()) && !isKnown(vote))
                .map(Inquiry::describe)
                .or(() -> signed.checkpoint()
                        .filter(own -> concerns(own.statement().epoch()) && !isKnown(own.statement()))
                        .map(own -> "the CHECKPOINT of position %d in epoch %d"
                                .formatted(
                                        own.statement().sequence(),
                                        own.statement().epoch())))
                .or(() -> signed.viewChange()
                        .filter(own -> concerns(own.epoch()) && !isKnown(own))
                        .map(own -> "a VIEW-CHANGE to view %d of epoch %d".formatted(own.view(), own.epoch())));
    }

    /** What was signed before this directory spoke for the replica, or in an epoch that is over here, cannot be signed again. */
    private boolean concerns(long epoch) {
        return epoch >= standing.incarnation() && epoch >= standing.epoch();
    }

    private boolean isKnown(Message.ViewChange own) {
        return own.epoch() == standing.epoch() && own.view() <= recovered.view();
    }

    private boolean isKnown(CheckpointStatement own) {
        return own.epoch() == standing.epoch() && own.sequence() <= known;
    }

    /**
     * Votes of an earlier view were cast before that view was left, which the disk knows; those at positions that it knows as
     * decided cannot be cast otherwise any more.
     */
    private boolean isKnown(SignedVote vote) {
        Ballot ballot = vote.ballot();
        if (ballot.epoch() != standing.epoch() || ballot.view() > recovered.view()) {
            return false;
        }
        return ballot.view() < recovered.view()
                || ballot.sequence() <= known
                || switch (vote.type()) {
                    case PRE_PREPARE ->
                        recovered.proposals().stream()
                                        .anyMatch(own -> own.ballot().equals(ballot))
                                || isObliged(ballot);
                    case PREPARE ->
                        recovered.prepares().stream()
                                .anyMatch(own -> own.ballot().equals(ballot));
                    default ->
                        recovered.commits().stream()
                                .anyMatch(own -> own.commit().ballot().equals(ballot));
                };
    }

    /** Whether the NEW-VIEW of the view, which is on the disk, proposes a position, be its batch there or not. */
    private boolean isObliged(Ballot ballot) {
        return recovered
                .newView()
                .map(opened -> opened.proposals().containsKey(ballot.sequence()))
                .orElse(false);
    }

    private String whatIsKnown() {
        return "position %d, and view %d of epoch %d".formatted(known, recovered.view(), standing.epoch());
    }

    private static String describe(SignedVote vote) {
        Ballot ballot = vote.ballot();
        return "a %s for position %d in view %d of epoch %d"
                .formatted(vote.type().name().replace('_', '-'), ballot.sequence(), ballot.view(), ballot.epoch());
    }

    /** The last position up to which every entry is executed, decided, or below a stable checkpoint. */
    private static long lastKnown(Recovered recovered) {
        long decided = recovered.decided().isEmpty()
                ? recovered.executed()
                : recovered.decided().getLast().entry().sequence();
        long stable = recovered
                .stable()
                .map(certificate -> certificate.statement().sequence())
                .orElse(0L);
        return Math.max(decided, stable);
    }
}
