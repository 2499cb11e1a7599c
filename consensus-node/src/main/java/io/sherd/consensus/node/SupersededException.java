package io.sherd.consensus.node;

import io.sherd.replication.ledger.DirectoryId;

/**
 * A running replica's data directory is not the one that the member table has for it any more, and cannot become so: a copy of
 * the replica has joined elsewhere. What this one signed before stays valid; it must never sign again.
 */
public final class SupersededException extends Exception {

    private static final long serialVersionUID = 1L;

    /**
     * Says which directory has joined.
     *
     * @param epoch since which epoch, at the latest
     * @param directory the member table's
     */
    public SupersededException(long epoch, DirectoryId directory) {
        super("another copy of this replica has joined: in epoch %d its data directory is %s"
                .formatted(epoch, directory));
    }
}
