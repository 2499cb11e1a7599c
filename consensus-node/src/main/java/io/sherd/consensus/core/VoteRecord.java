package io.sherd.consensus.core;

import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.ClosedEpoch;
import io.sherd.replication.ledger.Request;

/**
 * What must be durable before the replica speaks of it. Records become durable in the order in which they are asked for: a
 * crash loses some of the last ones, never one before another. After it the records make {@link Recovered}.
 */
public sealed interface VoteRecord {

    /**
     * A proposal that this replica made or accepted, with the batch's bytes: goes before its PRE-PREPARE or PREPARE.
     *
     * @param proposal the PRE-PREPARE
     */
    record Proposal(Message.PrePrepare proposal) implements VoteRecord {}

    /**
     * This replica's PREPARE.
     *
     * @param prepare the vote
     */
    record OwnPrepare(Message.Prepare prepare) implements VoteRecord {}

    /**
     * This replica's COMMIT with the prepared certificate that allows it.
     *
     * @param commit the vote
     * @param proof why it may be cast
     */
    record OwnCommit(Message.Commit commit, PreparedProof proof) implements VoteRecord {}

    /**
     * An entry is decided. It may be learnt again from peers, so it need not be durable before anything is sent.
     *
     * @param entry with its commit proof
     */
    record Decided(DecidedEntry entry) implements VoteRecord {}

    /**
     * The replica is in a view, or on its way to one, and will not vote in an earlier one of the epoch.
     *
     * @param epoch the epoch
     * @param view the view
     * @param active whether the view was entered, by the epoch's start or a NEW-VIEW
     */
    record InView(long epoch, long view, boolean active) implements VoteRecord {}

    /**
     * This replica's VIEW-CHANGE.
     *
     * @param viewChange as it is sent
     */
    record OwnViewChange(Message.ViewChange viewChange) implements VoteRecord {}

    /**
     * The NEW-VIEW that this replica sent or accepted.
     *
     * @param newView as it is sent
     */
    record AcceptedNewView(Message.NewView newView) implements VoteRecord {}

    /**
     * A stable checkpoint: the log below it is not needed for voting any more.
     *
     * @param certificate n - f signatures
     */
    record StableCheckpoint(CheckpointCertificate certificate) implements VoteRecord {}

    /**
     * An epoch ended: nothing that was signed in it counts from here on.
     *
     * @param closed what proves it
     */
    record Closed(ClosedEpoch closed) implements VoteRecord {}

    /**
     * This replica's REJOIN: it signs nothing else until the epoch that this opens.
     *
     * @param rejoin as it is sent
     */
    record OwnRejoin(Request.Rejoin rejoin) implements VoteRecord {}
}
