package io.sherd.consensus.core;

import org.jspecify.annotations.Nullable;

/** Puts back into the log what the disk remembers, so that a replica never votes against its own earlier word. */
final class Restart {

    private final Standing standing;
    private final MessageLog log;
    private final RequestQueue queue;
    private final NormalOperation normal;

    Restart(Standing standing, MessageLog log, RequestQueue queue, NormalOperation normal) {
        this.standing = standing;
        this.log = log;
        this.queue = queue;
        this.normal = normal;
    }

    /** Restores the log; returns the highest position proposed in the current view, 0 if none. */
    long restore(Recovered recovered) {
        long lastProposed = 0;
        for (Message.PrePrepare proposal : recovered.proposals()) {
            Slot slot = slotOf(proposal.ballot());
            if (slot == null) {
                continue;
            }
            if (isOfThisView(proposal.ballot(), recovered)) {
                log.propose(slot, proposal);
                queue.proposed(proposal.batch());
                lastProposed = Math.max(lastProposed, slot.sequence());
            } else {
                slot.keepBatch(proposal.batch());
            }
        }
        for (Message.Prepare prepare : recovered.prepares()) {
            Slot slot = slotOf(prepare.ballot());
            if (slot != null && isOfThisView(prepare.ballot(), recovered)) {
                slot.prepared(prepare);
            }
        }
        for (VoteRecord.OwnCommit own : recovered.commits()) {
            restoreCommit(own, recovered);
        }
        for (Slot slot : log.all()) {
            normal.advance(slot);
        }
        return lastProposed;
    }

    private void restoreCommit(VoteRecord.OwnCommit own, Recovered recovered) {
        Ballot ballot = own.commit().ballot();
        Slot slot = slotOf(ballot);
        if (slot == null) {
            return;
        }
        if (isOfThisView(ballot, recovered)) {
            own.proof().prepares().forEach((replica, signature) -> {
                if (replica != standing.self()) {
                    slot.addPrepare(new Message.Prepare(ballot, replica, signature));
                }
            });
            slot.committed(own.commit(), own.proof());
        } else {
            slot.keepProof(own.proof());
        }
    }

    private @Nullable Slot slotOf(Ballot ballot) {
        boolean inWindow = ballot.sequence() > log.low() && ballot.sequence() <= log.high();
        return ballot.epoch() == standing.epoch() && inWindow ? log.slot(ballot.sequence(), standing.tick()) : null;
    }

    private static boolean isOfThisView(Ballot ballot, Recovered recovered) {
        return recovered.viewActive() && ballot.view() == recovered.view();
    }
}
