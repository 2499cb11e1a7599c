package io.sherd.consensus.core;

import io.sherd.merkle.Digest;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.ledger.Signature;
import io.sherd.replication.ledger.SignedType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * VIEW-CHANGE and NEW-VIEW (PBFT section 4.4, the variant with signatures).
 *
 * <p>Unlike PBFT, proofs and proposals travel without their batches: who lacks one fetches it by its digest, the new primary
 * before it opens the view, a backup before it prepares. Of each replica the VIEW-CHANGE for the highest view is kept.
 */
final class ViewChanges {

    private final ReplicaConfig config;
    private final Authenticator authenticator;
    private final Standing standing;
    private final MessageLog log;
    private final RequestQueue queue;
    private final Checkpoints checkpoints;
    private final NormalOperation normal;
    private final Proposals proposals;
    private final ViewSynchronizer synchronizer;
    private final Ballots ballots;
    private final ViewProofs proofs;
    private final Outbox out;
    private final TreeMap<Integer, Message.ViewChange> latest = new TreeMap<>();
    private final Reproposals reproposals;
    private long ownFloor;
    private long leftAtTick;

    ViewChanges(
            ReplicaConfig config,
            Authenticator authenticator,
            Standing standing,
            MessageLog log,
            RequestQueue queue,
            Checkpoints checkpoints,
            NormalOperation normal,
            Proposals proposals,
            ViewSynchronizer synchronizer,
            Reproposals reproposals,
            Ballots ballots,
            Outbox out) {
        this.config = config;
        this.authenticator = authenticator;
        this.standing = standing;
        this.log = log;
        this.queue = queue;
        this.checkpoints = checkpoints;
        this.normal = normal;
        this.proposals = proposals;
        this.synchronizer = synchronizer;
        this.reproposals = reproposals;
        this.ballots = ballots;
        this.proofs = new ViewProofs(config, authenticator, standing, checkpoints, ballots);
        this.out = out;
    }

    /** Goes on where the replica stopped: asks again for its view, or completes what the NEW-VIEW of its view proposes. */
    void restore(Recovered recovered, long lastProposed) {
        ownFloor = log.low();
        recovered.viewChange().ifPresent(own -> {
            latest.put(standing.self(), own);
            out.broadcast(own);
        });
        long highest = lastProposed;
        if (recovered.newView().isPresent()) {
            Message.NewView newView = recovered.newView().get();
            NewViewPlan plan = NewViewPlan.of(newView.viewChanges(), log.low());
            reproposals.begin(newView, plan);
            highest = Math.max(highest, plan.highest());
        }
        proposals.begin(highest);
    }

    /** Leaves the view when the time has come, and repeats what others may have missed. */
    void tick() {
        if (synchronizer.isTimeToLeave() && mayAsk()) {
            leaveFor(standing.view() + 1);
        }
        if (standing.tick() % config.resendTicks() != 0) {
            return;
        }
        Message.ViewChange own = latest.get(standing.self());
        if (standing.isChangingView() && own != null) {
            out.broadcast(own);
            open();
        }
        reproposals.proceed();
        reproposals.fetch(unknown());
    }

    /** A peer's VIEW-CHANGE to the highest view, if one came in this epoch. */
    Optional<Message.ViewChange> latestOf(int peer) {
        return Optional.ofNullable(latest.get(peer));
    }

    /** Returns why a VIEW-CHANGE is ignored, or null. */
    @Nullable
    IgnoreReason onViewChange(int sender, Message.ViewChange change) {
        if (change.replica() != sender) {
            return IgnoreReason.WRONG_SENDER;
        }
        if (standing.isRejoining()) {
            return IgnoreReason.NOT_ACTIVE;
        }
        boolean old = standing.isChangingView() ? change.view() < standing.view() : change.view() <= standing.view();
        if (old) {
            return IgnoreReason.OLD_VIEW;
        }
        Message.ViewChange before = latest.get(sender);
        if (before != null && before.view() > change.view()) {
            return IgnoreReason.OLD_VIEW;
        }
        if (before != null && before.view() == change.view()) {
            return before.equals(change) ? IgnoreReason.DUPLICATE : IgnoreReason.CONFLICTING;
        }
        if (!proofs.holds(change)) {
            return IgnoreReason.INVALID_PROOF;
        }
        latest.put(sender, change);
        join();
        synchronizer.supported(supporters());
        open();
        return null;
    }

    /** Returns why a NEW-VIEW is ignored, or null. */
    @Nullable
    IgnoreReason onNewView(int sender, Message.NewView newView) {
        if (newView.replica() != sender) {
            return IgnoreReason.WRONG_SENDER;
        }
        if (standing.isRejoining() || !mayAsk()) {
            return IgnoreReason.NOT_ACTIVE;
        }
        if (sender != config.quorums().primaryOf(newView.epoch(), newView.view())) {
            return IgnoreReason.NOT_FROM_PRIMARY;
        }
        if (newView.view() < standing.view()) {
            return IgnoreReason.OLD_VIEW;
        }
        if (newView.view() == standing.view() && !standing.isChangingView()) {
            return newView.equals(reproposals.newView()) ? IgnoreReason.DUPLICATE : IgnoreReason.CONFLICTING;
        }
        if (!proofs.holds(newView, latest)) {
            return IgnoreReason.INVALID_PROOF;
        }
        NewViewPlan plan = NewViewPlan.of(newView.viewChanges(), log.low());
        if (!proofs.follows(newView, plan)) {
            return IgnoreReason.INVALID_PROOF;
        }
        if (contradictsDecisions(plan)) {
            return IgnoreReason.CONFLICTING;
        }
        enter(newView, plan);
        return null;
    }

    /** Returns why all of the batches are ignored, or null. */
    @Nullable
    IgnoreReason onBatches(Message.Batches message) {
        if (!reproposals.keep(message.batches(), unknown())) {
            return IgnoreReason.UNSOLICITED;
        }
        open();
        reproposals.proceed();
        return null;
    }

    /** The next epoch begins, in view 0. */
    void openEpoch() {
        latest.clear();
        reproposals.end();
    }

    /**
     * Whether this replica may still ask for views of this epoch. Once it knows the certificate that closes the epoch it has
     * forgotten what was prepared below, and a VIEW-CHANGE without that could undo it; there is nothing left to decide either.
     */
    private boolean mayAsk() {
        return !standing.isEnding() || log.low() < standing.epochEnd();
    }

    /** PBFT section 4.5.2: f + 1 replicas ask for later views, so a correct one does; go with the lowest of them. */
    private void join() {
        TreeMap<Long, Integer> later = new TreeMap<>();
        int count = 0;
        for (Message.ViewChange change : latest.values()) {
            if (change.view() > standing.view()) {
                later.merge(change.view(), 1, Integer::sum);
                count++;
            }
        }
        if (config.quorums().containsCorrect(count) && mayAsk()) {
            leaveFor(later.firstKey());
        }
    }

    private void leaveFor(long view) {
        if (!standing.isChangingView()) {
            leftAtTick = standing.tick();
        }
        standing.leaveFor(view);
        reproposals.end();
        log.leaveView(standing.tick());
        normal.newView();
        synchronizer.left();
        ownFloor = log.low();
        Message.ViewChange own = viewChange(view);
        latest.put(standing.self(), own);
        out.note("asks for view %d of epoch %d".formatted(view, standing.epoch()));
        out.persist(new VoteRecord.OwnViewChange(own));
        out.persist(new VoteRecord.InView(standing.epoch(), view, false));
        out.broadcast(own);
        synchronizer.supported(supporters());
        open();
    }

    private Message.ViewChange viewChange(long view) {
        CheckpointCertificate stable = checkpoints.stable();
        Optional<CheckpointCertificate> shown =
                stable != null && stable.statement().epoch() == standing.epoch()
                        ? Optional.of(stable)
                        : Optional.empty();
        List<PreparedProof> prepared = new ArrayList<>();
        for (Slot slot : log.above(log.low())) {
            PreparedProof proof = slot.proof();
            if (proof != null) {
                prepared.add(proof);
            }
        }
        Message.ViewChange unsigned =
                new Message.ViewChange(standing.epoch(), view, shown, prepared, standing.self(), Ballots.UNSIGNED);
        Signature signature = authenticator.signer().sign(unsigned.toSign(config.domain()));
        return new Message.ViewChange(standing.epoch(), view, shown, prepared, standing.self(), signature);
    }

    /** Since when this replica votes in no view, if it does not. */
    long leftAt() {
        return leftAtTick;
    }

    /** How many replicas, this one included, are known to ask for this view or a later one; 0 unless it is asked for. */
    int supporters() {
        if (!standing.isChangingView()) {
            return 0;
        }
        int count = 0;
        for (Message.ViewChange change : latest.values()) {
            count += change.view() >= standing.view() ? 1 : 0;
        }
        return count;
    }

    /** The new primary opens its view once it has n - f VIEW-CHANGEs and every batch that they oblige it to propose. */
    private void open() {
        if (!standing.isChangingView() || !standing.isPrimary() || !unknown().isEmpty()) {
            return;
        }
        List<Message.ViewChange> quorum = quorum();
        if (quorum.isEmpty()) {
            return;
        }
        NewViewPlan plan = NewViewPlan.of(quorum, ownFloor);
        TreeMap<Long, Signature> signatures = new TreeMap<>();
        plan.digests().forEach((sequence, digest) -> {
            Ballot ballot = new Ballot(standing.epoch(), standing.view(), sequence, digest);
            signatures.put(sequence, ballots.sign(ballot, SignedType.PRE_PREPARE));
        });
        Message.NewView unsigned = new Message.NewView(
                standing.epoch(), standing.view(), quorum, signatures, standing.self(), Ballots.UNSIGNED);
        Signature signature = authenticator.signer().sign(unsigned.toSign(config.domain()));
        Message.NewView newView =
                new Message.NewView(standing.epoch(), standing.view(), quorum, signatures, standing.self(), signature);
        enter(newView, plan);
        out.broadcast(newView);
    }

    /** n - f VIEW-CHANGEs for this very view, the own one among them, or none. */
    private List<Message.ViewChange> quorum() {
        Message.ViewChange own = latest.get(standing.self());
        List<Message.ViewChange> quorum = new ArrayList<>();
        if (own != null && own.view() == standing.view()) {
            quorum.add(own);
        }
        for (Message.ViewChange change : latest.values()) {
            boolean other = change.replica() != standing.self() && change.view() == standing.view();
            if (other && !config.quorums().isQuorum(quorum.size())) {
                quorum.add(change);
            }
        }
        return config.quorums().isQuorum(quorum.size()) ? quorum : List.of();
    }

    /** Never with at most f liars: n - f COMMITs leave a prepared certificate in every n - f VIEW-CHANGEs. */
    private boolean contradictsDecisions(NewViewPlan plan) {
        for (Slot slot : log.all()) {
            DecidedEntry decided = slot.decided();
            Digest planned = plan.digests().get(slot.sequence());
            if (decided != null
                    && planned != null
                    && !planned.equals(decided.ballot().digest())) {
                return true;
            }
        }
        return false;
    }

    private void enter(Message.NewView newView, NewViewPlan plan) {
        if (!standing.isChangingView() || newView.view() != standing.view()) {
            log.leaveView(standing.tick());
            normal.newView();
        }
        plan.stable().ifPresent(checkpoints::adopt);
        standing.enterView(newView.view());
        synchronizer.entered();
        queue.newView();
        latest.values().removeIf(change -> change.view() <= newView.view());
        out.note("enters view %d of epoch %d".formatted(newView.view(), standing.epoch()));
        out.persist(new VoteRecord.AcceptedNewView(newView));
        out.persist(new VoteRecord.InView(standing.epoch(), newView.view(), true));
        reproposals.begin(newView, plan);
        proposals.begin(plan.highest());
    }

    /** The batches that this replica must have before it goes on, by position. */
    private SortedMap<Long, Digest> unknown() {
        boolean opening = standing.isChangingView() && standing.isPrimary();
        return opening ? reproposals.unknown(NewViewPlan.of(quorum(), ownFloor)) : reproposals.unknown();
    }
}
