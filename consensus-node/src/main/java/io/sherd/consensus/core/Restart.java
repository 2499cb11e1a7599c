package io.sherd.consensus.core;

import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Puts back into the log what the disk remembers, so that a replica never votes against its own earlier word. */
final class Restart {

    private final Standing standing;
    private final MessageLog log;
    private final NormalOperation normal;

    Restart(Standing standing, MessageLog log, NormalOperation normal) {
        this.standing = standing;
        this.log = log;
        this.normal = normal;
    }

    /** Restores the log; returns the highest position proposed in the current view, 0 if none. */
    long restore(Recovered recovered) {
        TreeMap<Long, Message.Prepare> prepares = new TreeMap<>();
        for (Message.Prepare prepare : recovered.prepares()) {
            if (isOfThisView(prepare.ballot(), recovered)) {
                prepares.put(prepare.ballot().sequence(), prepare);
            }
        }
        long lastProposed = 0;
        for (Message.PrePrepare proposal : recovered.proposals()) {
            Slot slot = slotOf(proposal.ballot());
            if (slot == null) {
                continue;
            }
            Message.Prepare own = prepares.get(slot.sequence());
            // A backup that stopped before its PREPARE was durable has said nothing: it may be asked again, even for
            // another
            // batch, so that of several proposals for a position the one that it prepared counts.
            boolean spoken = own == null ? standing.isPrimary() : own.ballot().equals(proposal.ballot());
            if (!isOfThisView(proposal.ballot(), recovered) || !spoken || slot.proposal() != null) {
                slot.keepBatch(proposal.batch());
                continue;
            }
            log.propose(slot, proposal);
            lastProposed = Math.max(lastProposed, slot.sequence());
            if (own != null) {
                slot.prepared(own);
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
