package io.sherd.consensus.core;

import io.sherd.merkle.Digest;
import io.sherd.replication.ledger.Batch;
import io.sherd.replication.ledger.Signature;
import io.sherd.replication.ledger.SignedType;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The evidence for one position: proposal and votes of the current view, the prepared certificate of the highest view, and
 * the decision. A vote may come before its proposal; of each replica one PREPARE and one COMMIT of a view are kept.
 */
final class Slot {

    /**
     * Batches kept besides that of the current proposal. A NEW-VIEW may ask for one that was proposed in an earlier view, so
     * they are kept until the position is below a stable checkpoint, but not without bound.
     */
    static final int MAX_EARLIER_BATCHES = 4;

    private static final long NEVER = -1;

    /** What the NEW-VIEW of this view proposes again here, perhaps without its batch being known yet. */
    record Reproposal(Ballot ballot, Signature signature) {}

    private record Vote(Digest digest, Signature signature) {}

    private final long sequence;
    private final TreeMap<Integer, Vote> prepares = new TreeMap<>();
    private final TreeMap<Integer, Vote> commits = new TreeMap<>();
    private final LinkedHashMap<Digest, Batch> earlierBatches = new LinkedHashMap<>();
    private Message.@Nullable PrePrepare proposal;
    private @Nullable Reproposal reproposal;
    private Message.@Nullable Prepare ownPrepare;
    private Message.@Nullable Commit ownCommit;
    private @Nullable PreparedProof proof;
    private @Nullable DecidedEntry decided;
    private long proposedTick = NEVER;
    private long lastProgressTick;

    Slot(long sequence, long tick) {
        this.sequence = sequence;
        this.lastProgressTick = tick;
    }

    long sequence() {
        return sequence;
    }

    Message.@Nullable PrePrepare proposal() {
        return proposal;
    }

    /** What the NEW-VIEW obliges the primary to propose here, or null. */
    @Nullable
    Reproposal reproposal() {
        return reproposal;
    }

    /** Whether the NEW-VIEW's proposal still lacks its batch. */
    boolean lacksBatch() {
        return reproposal != null && proposal == null;
    }

    void expect(Reproposal again) {
        reproposal = again;
    }

    Message.@Nullable Prepare ownPrepare() {
        return ownPrepare;
    }

    Message.@Nullable Commit ownCommit() {
        return ownCommit;
    }

    /** The prepared certificate of the highest view. */
    @Nullable
    PreparedProof proof() {
        return proof;
    }

    @Nullable
    DecidedEntry decided() {
        return decided;
    }

    boolean isDecided() {
        return decided != null;
    }

    /** Whether there is a proposal of this view that is not decided yet. */
    boolean isInFlight() {
        return proposal != null && decided == null;
    }

    /** The tick at which something last happened to this slot. */
    long lastProgressTick() {
        return lastProgressTick;
    }

    void progressed(long tick) {
        lastProgressTick = tick;
    }

    void propose(Message.PrePrepare accepted) {
        proposal = accepted;
    }

    /** What is proposed is new in this view: its round begins. */
    void begun(long tick) {
        proposedTick = tick;
    }

    /** Whether its round began in this view; {@link #begunTick} says when. */
    boolean hasBegun() {
        return proposedTick != NEVER;
    }

    long begunTick() {
        return proposedTick;
    }

    void prepared(Message.Prepare own) {
        ownPrepare = own;
        prepares.put(own.replica(), new Vote(own.ballot().digest(), own.signature()));
    }

    void committed(Message.Commit own, PreparedProof certificate) {
        ownCommit = own;
        keepProof(certificate);
        commits.put(own.replica(), new Vote(own.ballot().digest(), own.signature()));
    }

    /** Keeps a prepared certificate if it is of a higher view than the one held. */
    void keepProof(PreparedProof certificate) {
        PreparedProof held = proof;
        if (held == null || held.ballot().view() < certificate.ballot().view()) {
            proof = certificate;
        }
    }

    void decide(DecidedEntry entry) {
        decided = entry;
    }

    /** Counts a backup's PREPARE; returns why not, or null. */
    @Nullable
    IgnoreReason addPrepare(Message.Prepare prepare) {
        return add(prepares, prepare.replica(), prepare.ballot(), prepare.signature());
    }

    /** Counts a COMMIT; returns why not, or null. */
    @Nullable
    IgnoreReason addCommit(Message.Commit commit) {
        return add(commits, commit.replica(), commit.ballot(), commit.signature());
    }

    /** The PREPAREs for one digest. */
    SortedMap<Integer, Signature> preparesFor(Digest digest) {
        return votesFor(prepares, digest);
    }

    /** The COMMITs for one digest. */
    SortedMap<Integer, Signature> commitsFor(Digest digest) {
        return votesFor(commits, digest);
    }

    /** A replica's vote of this view, the COMMIT if there is one; its proposal need not be there. */
    Optional<SignedVote> voteOf(int replica, long epoch, long view) {
        boolean hasCommit = commits.containsKey(replica);
        Vote vote = (hasCommit ? commits : prepares).get(replica);
        return Optional.ofNullable(vote)
                .map(cast -> new SignedVote(
                        hasCommit ? SignedType.COMMIT : SignedType.PREPARE,
                        new Ballot(epoch, view, sequence, cast.digest()),
                        cast.signature()));
    }

    /** Whether a replica's PREPARE of this view was seen. */
    boolean hasPrepareOf(int replica) {
        return prepares.containsKey(replica);
    }

    /** Forgets proposal and votes of the view that is left; certificate, decision and batches stay. */
    void leaveView(long tick) {
        proposedTick = NEVER;
        if (proposal != null) {
            keepBatch(proposal.batch());
        }
        proposal = null;
        reproposal = null;
        ownPrepare = null;
        ownCommit = null;
        prepares.clear();
        commits.clear();
        lastProgressTick = tick;
    }

    /** Keeps the batch of a proposal of an earlier view. */
    void keepBatch(Batch batch) {
        earlierBatches.put(batch.digest(), batch);
        if (earlierBatches.size() > MAX_EARLIER_BATCHES) {
            Digest certified = proof == null ? null : proof.ballot().digest();
            for (Digest digest : earlierBatches.keySet()) {
                if (!digest.equals(certified)) {
                    earlierBatches.remove(digest);
                    return;
                }
            }
        }
    }

    /** The batch of a digest, from any view, if this slot has seen it. */
    @Nullable
    Batch batchOf(Digest digest) {
        if (proposal != null && proposal.ballot().digest().equals(digest)) {
            return proposal.batch();
        }
        if (decided != null && decided.entry().batch().digest().equals(digest)) {
            return decided.entry().batch();
        }
        return earlierBatches.get(digest);
    }

    private static @Nullable IgnoreReason add(
            Map<Integer, Vote> votes, int replica, Ballot ballot, Signature signature) {
        Vote before = votes.get(replica);
        if (before != null) {
            return before.digest().equals(ballot.digest()) ? IgnoreReason.DUPLICATE : IgnoreReason.CONFLICTING;
        }
        votes.put(replica, new Vote(ballot.digest(), signature));
        return null;
    }

    private static SortedMap<Integer, Signature> votesFor(Map<Integer, Vote> votes, Digest digest) {
        TreeMap<Integer, Signature> matching = new TreeMap<>();
        votes.forEach((replica, vote) -> {
            if (vote.digest().equals(digest)) {
                matching.put(replica, vote.signature());
            }
        });
        return matching;
    }
}
