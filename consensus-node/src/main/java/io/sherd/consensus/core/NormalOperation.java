package io.sherd.consensus.core;

import io.sherd.merkle.Digest;
import io.sherd.replication.ledger.Batch;
import io.sherd.replication.ledger.LedgerEntry;
import io.sherd.replication.ledger.Signature;
import io.sherd.replication.ledger.SignedType;
import java.util.SortedMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * PRE-PREPARE, PREPARE and COMMIT (PBFT section 4.2).
 *
 * <p>The primary's PRE-PREPARE is its PREPARE. A position is prepared with the proposal and PREPAREs of n - f - 1 backups, and
 * decided with the proposal and n - f COMMITs. Unlike PBFT, a replica that lacks PREPAREs may decide: n - f COMMITs prove the
 * entry by themselves, as they do to whoever fetches it. Positions are decided in any order and executed in theirs.
 */
final class NormalOperation {

    /** Slots whose votes are sent again at once; the lowest ones hold up the others. */
    static final int RESENT_AT_ONCE = 32;

    private final ReplicaConfig config;
    private final Standing standing;
    private final MessageLog log;
    private final RequestQueue queue;
    private final Ballots ballots;
    private final BatchRules rules;
    private final Pace pace;
    private final Outbox out;
    private final RoundTime rounds = new RoundTime();
    private final TreeSet<Long> delayed = new TreeSet<>();

    NormalOperation(
            ReplicaConfig config,
            Standing standing,
            MessageLog log,
            RequestQueue queue,
            Ballots ballots,
            BatchRules rules,
            Pace pace,
            Outbox out) {
        this.config = config;
        this.standing = standing;
        this.log = log;
        this.queue = queue;
        this.ballots = ballots;
        this.rules = rules;
        this.pace = pace;
        this.out = out;
    }

    /** Returns why a proposal is ignored, or null. */
    @Nullable
    IgnoreReason onPrePrepare(int sender, Message.PrePrepare proposal) {
        Ballot ballot = proposal.ballot();
        IgnoreReason reason = reasonToIgnore(ballot);
        if (reason != null) {
            return reason;
        }
        if (!standing.votes()) {
            return IgnoreReason.NOT_ACTIVE;
        }
        if (sender != standing.primary()) {
            return IgnoreReason.NOT_FROM_PRIMARY;
        }
        if (!proposal.batch().digest().equals(ballot.digest())) {
            return IgnoreReason.WRONG_DIGEST;
        }
        Slot slot = log.slot(ballot.sequence(), standing.tick());
        reason = reasonToIgnore(slot, ballot);
        if (reason != null) {
            return reason;
        }
        if (slot.reproposal() != null) {
            repropose(slot, proposal);
            return null;
        }
        if (proposal.batch().sizeBytes() > log.freeBytes()) {
            return IgnoreReason.ABOVE_WINDOW;
        }
        reason = rules.reasonToRefuse(ballot.sequence(), proposal.batch(), standing.members());
        if (reason != null) {
            return reason;
        }

        log.propose(slot, proposal);
        slot.begun(standing.tick());
        slot.progressed(standing.tick());
        queue.proposed(proposal.batch());
        if (pace.admits(proposal.batch(), standing.tick())) {
            support(slot, proposal);
        } else {
            delayed.add(slot.sequence());
        }
        advance(slot);
        return null;
    }

    /** Returns why a PREPARE is ignored, or null. */
    @Nullable
    IgnoreReason onPrepare(int sender, Message.Prepare prepare) {
        IgnoreReason reason = reasonToIgnore(prepare.ballot());
        if (reason != null) {
            return reason;
        }
        if (prepare.replica() != sender) {
            return IgnoreReason.WRONG_SENDER;
        }
        if (sender == standing.primary()) {
            return IgnoreReason.FROM_PRIMARY;
        }
        Slot slot = log.slot(prepare.ballot().sequence(), standing.tick());
        reason = slot.addPrepare(prepare);
        if (reason != null) {
            return reason;
        }
        slot.progressed(standing.tick());
        advance(slot);
        return null;
    }

    /** Returns why a COMMIT is ignored, or null. */
    @Nullable
    IgnoreReason onCommit(int sender, Message.Commit commit) {
        IgnoreReason reason = reasonToIgnore(commit.ballot());
        if (reason != null) {
            return reason;
        }
        if (commit.replica() != sender) {
            return IgnoreReason.WRONG_SENDER;
        }
        Slot slot = log.slot(commit.ballot().sequence(), standing.tick());
        reason = slot.addCommit(commit);
        if (reason != null) {
            return reason;
        }
        slot.progressed(standing.tick());
        advance(slot);
        return null;
    }

    /** The primary makes a proposal of its own: durable, then sent. */
    void propose(Message.PrePrepare proposal) {
        Slot slot = log.slot(proposal.ballot().sequence(), standing.tick());
        log.propose(slot, proposal);
        slot.begun(standing.tick());
        slot.progressed(standing.tick());
        queue.proposed(proposal.batch());
        out.persist(new VoteRecord.Proposal(proposal));
        out.broadcast(proposal);
        advance(slot);
    }

    /**
     * Takes a proposal that the NEW-VIEW obliges the primary to. It was prepared in an earlier view, or fills a gap, so it is
     * neither judged nor paced. The primary's NEW-VIEW is its PRE-PREPARE.
     */
    void repropose(Slot slot, Message.PrePrepare proposal) {
        log.propose(slot, proposal);
        slot.progressed(standing.tick());
        queue.proposed(proposal.batch());
        if (standing.isPrimary()) {
            out.persist(new VoteRecord.Proposal(proposal));
        } else {
            support(slot, proposal);
        }
        advance(slot);
    }

    /** Casts the PREPAREs that came too early for the pace and are in time now. */
    void castDelayed() {
        for (long sequence : new TreeSet<>(delayed)) {
            Slot slot = log.find(sequence);
            Message.PrePrepare proposal = slot == null ? null : slot.proposal();
            if (slot == null || proposal == null || slot.isDecided() || !standing.votes()) {
                delayed.remove(sequence);
            } else if (pace.admits(proposal.batch(), standing.tick())) {
                delayed.remove(sequence);
                support(slot, proposal);
                advance(slot);
            }
        }
    }

    /** Sends own proposals and votes again where nothing happened for a while. */
    void resend(long handed) {
        int slots = 0;
        long bytes = 0;
        for (Slot slot : log.above(handed)) {
            Message.PrePrepare proposal = slot.proposal();
            if (standing.tick() - slot.lastProgressTick() < config.resendTicks() || slot.isDecided()) {
                continue;
            }
            slot.progressed(standing.tick());
            if (proposal != null
                    && standing.isPrimary()
                    && bytes <= config.limits().batchBytes()) {
                bytes += proposal.batch().sizeBytes();
                sendToSilent(slot, proposal);
            }
            if (slot.ownPrepare() != null) {
                out.broadcast(slot.ownPrepare());
            }
            if (slot.ownCommit() != null) {
                out.broadcast(slot.ownCommit());
            }
            if (++slots == RESENT_AT_ONCE) {
                return;
            }
        }
    }

    /** How long rounds take. */
    RoundTime rounds() {
        return rounds;
    }

    /** Proposals that this replica holds up itself. */
    int delayed() {
        return delayed.size();
    }

    /** Another view or epoch begins: nothing is delayed any more. */
    void newView() {
        delayed.clear();
    }

    /** Votes for a proposal as a backup: both durable, then sent. */
    private void support(Slot slot, Message.PrePrepare proposal) {
        Ballot ballot = proposal.ballot();
        Message.Prepare prepare =
                new Message.Prepare(ballot, standing.self(), ballots.sign(ballot, SignedType.PREPARE));
        slot.prepared(prepare);
        out.persist(new VoteRecord.Proposal(proposal));
        out.persist(new VoteRecord.OwnPrepare(prepare));
        out.broadcast(prepare);
    }

    /** Commits what is prepared, decides what is committed. */
    void advance(Slot slot) {
        Message.PrePrepare proposal = slot.proposal();
        if (proposal == null) {
            return;
        }
        if (slot.ownCommit() == null && standing.votes() && hasOwnWord(slot)) {
            SortedMap<Integer, Signature> prepares =
                    slot.preparesFor(proposal.ballot().digest());
            if (prepares.size() >= config.quorums().preparesNeeded()) {
                commit(slot, new PreparedProof(proposal.ballot(), proposal.signature(), prepares));
            }
        }
        if (!slot.isDecided()) {
            Ballot ballot = proposal.ballot();
            SortedMap<Integer, Signature> commits = slot.commitsFor(ballot.digest());
            if (config.quorums().isQuorum(commits.size())) {
                LedgerEntry entry = new LedgerEntry(ballot.sequence(), proposal.batch());
                slot.decide(new DecidedEntry(entry, ballot.epoch(), ballot.view(), commits));
                if (slot.hasBegun() && proposal.batch().kind() == Batch.Kind.OPERATIONS) {
                    rounds.took(standing.tick() - slot.begunTick());
                }
            }
        }
    }

    /** The proposal of a slot is this replica's, or it has sent its PREPARE for it: either way its bytes are durable. */
    private boolean hasOwnWord(Slot slot) {
        return standing.isPrimary() || slot.ownPrepare() != null;
    }

    private void commit(Slot slot, PreparedProof proof) {
        Ballot ballot = proof.ballot();
        Message.Commit commit = new Message.Commit(ballot, standing.self(), ballots.sign(ballot, SignedType.COMMIT));
        slot.committed(commit, proof);
        out.persist(new VoteRecord.OwnCommit(commit, proof));
        out.broadcast(commit);
    }

    private void sendToSilent(Slot slot, Message.PrePrepare proposal) {
        for (int replica = 0; replica < config.quorums().replicaCount(); replica++) {
            if (replica != standing.self() && !slot.hasPrepareOf(replica)) {
                out.send(replica, proposal);
            }
        }
    }

    private @Nullable IgnoreReason reasonToIgnore(Ballot ballot) {
        if (standing.isRejoining()) {
            return IgnoreReason.NOT_ACTIVE;
        }
        if (ballot.view() != standing.view()) {
            return ballot.view() < standing.view() ? IgnoreReason.OLD_VIEW : IgnoreReason.FUTURE_VIEW;
        }
        if (ballot.sequence() <= log.low()) {
            return IgnoreReason.BELOW_WINDOW;
        }
        boolean isVoid = standing.isEnding() && ballot.sequence() > standing.epochEnd();
        return ballot.sequence() > log.high() || isVoid ? IgnoreReason.ABOVE_WINDOW : null;
    }

    private static @Nullable IgnoreReason reasonToIgnore(Slot slot, Ballot ballot) {
        Message.PrePrepare accepted = slot.proposal();
        if (accepted != null) {
            return accepted.ballot().equals(ballot) ? IgnoreReason.DUPLICATE : IgnoreReason.CONFLICTING;
        }
        Slot.Reproposal obliged = slot.reproposal();
        if (obliged != null && !obliged.ballot().equals(ballot)) {
            return IgnoreReason.CONFLICTING;
        }
        DecidedEntry decided = slot.decided();
        Digest decision = decided == null ? null : decided.entry().batch().digest();
        return decision == null || decision.equals(ballot.digest()) ? null : IgnoreReason.CONFLICTING;
    }
}
