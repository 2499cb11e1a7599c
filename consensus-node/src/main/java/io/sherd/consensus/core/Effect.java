package io.sherd.consensus.core;

import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.ClosedEpoch;
import io.sherd.replication.ledger.DirectoryId;
import io.sherd.replication.ledger.LedgerEntry;
import io.sherd.replication.ledger.VerifyingKey;

/** What a replica asks of whoever drives it, in this order. What follows a {@link Persist} waits until it is durable. */
public sealed interface Effect {

    /**
     * Make a record durable before anything that follows.
     *
     * @param record what to keep
     */
    record Persist(VoteRecord record) implements Effect {}

    /**
     * Send to one peer.
     *
     * @param replica the peer
     * @param message what to say
     */
    record Send(int replica, Message message) implements Effect {}

    /**
     * Send to every other replica.
     *
     * @param message what to say
     */
    record Broadcast(Message message) implements Effect {}

    /**
     * Execute the next entry; answered by {@link Event.Executed}. Entries are asked for in order, each once in a process's
     * life.
     *
     * @param entry the entry
     * @param epoch the epoch it was decided in
     */
    record Execute(LedgerEntry entry, long epoch) implements Effect {}

    /**
     * A checkpoint became stable, or its certificate gained a signature: keep it; what the retention rule allows may go. Comes
     * only after {@link Event.Executed} of its closing, but maybe before its {@link Event.CheckpointReady}, and not
     * necessarily in the order of positions.
     *
     * @param certificate at least n - f signatures
     */
    record Stable(CheckpointCertificate certificate) implements Effect {}

    /**
     * An epoch ended and the next one began.
     *
     * @param closed what proves it
     */
    record EpochOpened(ClosedEpoch closed) implements Effect {}

    /**
     * Send a peer, which spoke in an epoch that has ended, the {@link Message.EpochClosed} of that epoch. The chain of them is
     * kept for ever, so it is not in the core's memory.
     *
     * @param replica the peer
     * @param epoch the epoch whose closing it lacks
     */
    record SendClosing(int replica, long epoch) implements Effect {}

    /**
     * Another directory is this replica's in the current epoch, and no REJOIN of this one applies any more: a copy of this
     * replica has joined elsewhere. Stop the process; this directory will never speak again. Said once in a process's life.
     *
     * @param epoch the current epoch
     * @param directory the one that the member table has
     */
    record Superseded(long epoch, DirectoryId directory) implements Effect {}

    /**
     * Another key signs for this replica from this epoch on: stop the process; it goes on, on the same directory, with that key.
     * Said once in a process's life.
     *
     * @param epoch the current epoch
     * @param key the one that the member table has
     */
    record KeyReplaced(long epoch, VerifyingKey key) implements Effect {}

    /**
     * The disk is an older copy: the replica has signed what it does not know. It has signed nothing since it started. Stop the
     * process; this directory must not speak again. Said once in a core's life.
     *
     * @param evidence what was signed, who shows it, and what the disk knows
     */
    record Forgotten(String evidence) implements Effect {}

    /**
     * The entries after the last one are kept by nobody any more, though a checkpoint above them is stable: bring state and archive
     * forward from what is certified, and start another core on them and on the same votes. Until it is stopped this one goes
     * on, and votes. Said once in a core's life.
     *
     * @param certificate the newest one that is known
     */
    record FallenBehind(CheckpointCertificate certificate) implements Effect {}

    /**
     * Something a peer sent was ignored. For counters and tests.
     *
     * @param sender the peer
     * @param kind the message's simple class name
     * @param reason why
     */
    record Ignored(int sender, String kind, IgnoreReason reason) implements Effect {}

    /**
     * A transition, for logs, metrics and tests; never for logic.
     *
     * @param text what happened
     */
    record Note(String text) implements Effect {}
}
