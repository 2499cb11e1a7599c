package io.sherd.consensus.core;

import io.sherd.replication.ledger.Signature;
import io.sherd.replication.ledger.SignedType;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Answers a peer that starts and asks what it has signed (docs/DESIGN.md, "Joining again"): the latest of its votes, CHECKPOINTs and
 * VIEW-CHANGEs that this replica knows, from its log, and, as long as it asks others itself, from what its disk knows.
 */
final class Witness {

    private final ReplicaConfig config;
    private final Standing standing;
    private final MessageLog log;
    private final Checkpoints checkpoints;
    private final ViewChanges viewChanges;
    private final Reproposals reproposals;
    private final Outbox out;
    private final long[] answeredTick;
    private @Nullable Recovered recovered;

    Witness(
            ReplicaConfig config,
            Standing standing,
            MessageLog log,
            Checkpoints checkpoints,
            ViewChanges viewChanges,
            Reproposals reproposals,
            Outbox out,
            Recovered recovered) {
        this.config = config;
        this.standing = standing;
        this.log = log;
        this.checkpoints = checkpoints;
        this.viewChanges = viewChanges;
        this.reproposals = reproposals;
        this.out = out;
        this.recovered = recovered;
        this.answeredTick = new long[config.quorums().replicaCount()];
        Arrays.fill(answeredTick, Long.MIN_VALUE / 2);
    }

    /** What the disk knows is in the log from now on. */
    void begun() {
        recovered = null;
    }

    /** Answers, but not more often than a peer that lost the answer asks again. */
    @Nullable
    IgnoreReason onFetchSigned(int sender) {
        if (standing.tick() - answeredTick[sender] < config.resendTicks()) {
            return IgnoreReason.DUPLICATE;
        }
        answeredTick[sender] = standing.tick();
        out.send(sender, signedBy(sender));
        return null;
    }

    /** The latest that a peer is known to have signed. */
    Message.Signed signedBy(int peer) {
        Latest latest = new Latest(peer);
        Recovered disk = recovered;
        if (disk != null) {
            disk.proposals().forEach(proposal -> latest.proposed(proposal.ballot(), proposal.signature()));
            disk.commits().forEach(own -> latest.prepared(own.proof()));
            disk.newView().ifPresent(latest::changed);
        }
        for (Slot slot : log.all()) {
            latest.slot(slot);
        }
        viewChanges.latestOf(peer).ifPresent(latest::changed);
        Message.NewView newView = reproposals.newView();
        if (newView != null) {
            latest.changed(newView);
        }
        return new Message.Signed(
                Optional.ofNullable(latest.vote), checkpoints.latestOf(peer), Optional.ofNullable(latest.change));
    }

    /** Gathers what one peer signed. */
    private final class Latest {

        private final int peer;
        private @Nullable SignedVote vote;
        private Message.@Nullable ViewChange change;

        Latest(int peer) {
            this.peer = peer;
        }

        void slot(Slot slot) {
            slot.voteOf(peer, standing.epoch(), standing.view()).ifPresent(this::vote);
            Message.PrePrepare proposal = slot.proposal();
            if (proposal != null) {
                proposed(proposal.ballot(), proposal.signature());
            }
            PreparedProof proof = slot.proof();
            if (proof != null) {
                prepared(proof);
            }
            DecidedEntry decided = slot.decided();
            if (decided != null) {
                vote(SignedType.COMMIT, decided.ballot(), decided.commits().get(peer));
            }
        }

        void proposed(Ballot ballot, Signature signature) {
            if (config.quorums().primaryOf(ballot.epoch(), ballot.view()) == peer) {
                vote(SignedType.PRE_PREPARE, ballot, signature);
            }
        }

        void prepared(PreparedProof proof) {
            proposed(proof.ballot(), proof.prePrepare());
            vote(SignedType.PREPARE, proof.ballot(), proof.prepares().get(peer));
        }

        void changed(Message.NewView newView) {
            newView.viewChanges().stream().filter(of -> of.replica() == peer).forEach(this::changed);
        }

        void changed(Message.ViewChange other) {
            if (change == null || other.view() > change.view()) {
                change = other;
            }
        }

        private void vote(SignedType type, Ballot ballot, @Nullable Signature signature) {
            if (signature != null) {
                vote(new SignedVote(type, ballot, signature));
            }
        }

        private void vote(SignedVote cast) {
            if (vote == null || SignedVote.BY_TIME.compare(cast, vote) > 0) {
                vote = cast;
            }
        }
    }
}
