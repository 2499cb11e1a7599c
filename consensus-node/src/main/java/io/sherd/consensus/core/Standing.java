package io.sherd.consensus.core;

import io.sherd.replication.Invariant;
import io.sherd.replication.Quorums;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.ledger.DirectoryId;
import io.sherd.replication.ledger.VerifyingKey;

/**
 * Where the replica stands: epoch, view, mode and time. Every part of the core reads it; {@link #enter} is the only writer of
 * the mode.
 */
final class Standing {

    private final ReplicaConfig config;
    private final DirectoryId directory;
    private final VerifyingKey key;
    private MemberTable members;
    private Mode mode;
    private long view;
    private long epochEnd;
    private boolean awaitsKey;
    private long tick;

    /** A replica that signs with a key and knows what it knew before it stopped, at tick 0. */
    Standing(ReplicaConfig config, VerifyingKey key, Recovered recovered) {
        this.config = config;
        this.key = key;
        this.directory = recovered.directory();
        this.members = recovered.members();
        this.awaitsKey = hasDirectory() && !isMember();
        this.view = recovered.view();
        this.epochEnd = recovered.epochEnded() ? recovered.executed() : 0;
        if (!recovered.viewActive() && recovered.viewChange().isEmpty() && isMember()) {
            throw new IllegalArgumentException("view %d is asked for without a VIEW-CHANGE".formatted(view));
        }
        if (!isMember()) {
            this.mode = new Mode.Rejoining();
        } else if (!recovered.viewActive()) {
            this.mode = new Mode.ChangingView(view);
        } else {
            this.mode = epochEnd == 0 ? new Mode.Active() : new Mode.Closing(epochEnd);
        }
    }

    int self() {
        return config.replica();
    }

    Quorums quorums() {
        return config.quorums();
    }

    MemberTable members() {
        return members;
    }

    long epoch() {
        return members.epoch();
    }

    /** The view it takes part in, or the one it asks for. */
    long view() {
        return view;
    }

    Mode mode() {
        return mode;
    }

    /** Ticks since the replica started. */
    long tick() {
        return tick;
    }

    void countTick() {
        tick++;
    }

    /** The position of the entry that ends this epoch, once that is known; 0 before. */
    long epochEnd() {
        return epochEnd;
    }

    boolean isEnding() {
        return epochEnd != 0;
    }

    int primary() {
        return quorums().primaryOf(epoch(), view);
    }

    boolean isPrimary() {
        return primary() == self();
    }

    /** Whether it votes in its view. */
    boolean votes() {
        return mode instanceof Mode.Active || mode instanceof Mode.Closing;
    }

    boolean isRejoining() {
        return mode instanceof Mode.Rejoining;
    }

    boolean isChangingView() {
        return mode instanceof Mode.ChangingView;
    }

    /** Whether this directory and this key are the ones that speak for the replica in this epoch. */
    boolean isMember() {
        return hasDirectory() && members.member(self()).key().equals(key);
    }

    /** Whether this directory is the one that speaks for the replica in this epoch, with whatever key. */
    boolean hasDirectory() {
        return members.member(self()).directory().equals(directory);
    }

    /**
     * Whether it was started with another key than the replica has in this epoch: an epoch that has it has begun elsewhere, or is to
     * begin.
     */
    boolean awaitsKey() {
        return awaitsKey;
    }

    /** The first epoch that this directory may sign anything of. */
    long incarnation() {
        return members.member(self()).incarnation();
    }

    /** The epoch is known to end with the entry at a position. */
    void endEpochAt(long sequence) {
        Invariant.holds(
                epochEnd == 0 || epochEnd == sequence, "epoch %d ends at %d and at %d", epoch(), epochEnd, sequence);
        epochEnd = sequence;
        if (mode instanceof Mode.Active) {
            enter(new Mode.Closing(sequence));
        }
    }

    /** The next epoch begins, in view 0. */
    void openEpoch(MemberTable next) {
        Invariant.holds(next.epoch() == epoch() + 1, "epoch %d cannot follow epoch %d", next.epoch(), epoch());
        members = next;
        view = 0;
        epochEnd = 0;
        if (isMember()) {
            awaitsKey = false;
            enter(new Mode.Active());
        } else if (!isRejoining()) {
            enter(new Mode.Rejoining());
        }
    }

    /** Leaves the current view for a later one. */
    void leaveFor(long later) {
        Invariant.holds(later > view, "view %d cannot follow view %d", later, view);
        view = later;
        enter(new Mode.ChangingView(later));
    }

    /** Enters a view by its NEW-VIEW. */
    void enterView(long entered) {
        Invariant.holds(entered >= view, "view %d cannot follow view %d", entered, view);
        if (!isChangingView()) {
            leaveFor(entered);
        }
        view = entered;
        enter(isEnding() ? new Mode.Closing(epochEnd) : new Mode.Active());
    }

    private void enter(Mode next) {
        Invariant.holds(mode.maySucceed(next), "%s cannot follow %s", next, mode);
        mode = next;
    }
}
