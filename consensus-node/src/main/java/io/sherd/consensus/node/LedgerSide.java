package io.sherd.consensus.node;

import io.sherd.archive.store.StoreException;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.ClosedEpoch;
import io.sherd.replication.checkpoint.StorageReceipt;
import io.sherd.replication.ledger.LedgerEntry;
import io.sherd.replication.ledger.Request;
import java.util.Optional;

/** Port: what becomes of decided entries. Called by the driver's thread, except where it says otherwise. */
public interface LedgerSide {

    /** Executes the next entry; the driver hears of it through {@link ReplicaDriver#executed}. May wait for room. */
    void execute(LedgerEntry entry, long epoch);

    /** Keeps a certificate, and lets go what the retention rule allows. */
    void stable(CheckpointCertificate certificate);

    /** Keeps the closing of an epoch. */
    void epochOpened(ClosedEpoch closed);

    /**
     * The closing of an epoch that has ended, also of one that ended before this directory was restored; empty if it is not here.
     * Called by any thread.
     */
    Optional<ClosedEpoch> closing(long epoch) throws StoreException;

    /** Entries will not do any more: everything must be brought forward, and another driver started. Never waits. */
    void fallenBehind(CheckpointCertificate certificate);

    /** The directory is an older copy of itself: from now on no node may run on it. Durable when this returns. */
    void forgotten() throws StoreException;

    /** Takes a peer's receipt, whose signature is verified. Called by any thread, and never waits. */
    void receipt(int sender, StorageReceipt receipt);

    /**
     * Whether the reply table is known to have no answer to an operation that a peer relays: only then may it be ordered. Called
     * by any thread, and never waits.
     */
    boolean isNew(Request.Operation operation);
}
