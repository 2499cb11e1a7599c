package io.sherd.consensus.node;

import io.sherd.replication.ledger.VerifyingKey;

/**
 * An admin has given a running replica another key: what this process would sign from now on counts for nothing. Its data directory
 * stays the one that speaks for the replica, once it is started with that key.
 */
public final class KeyReplacedException extends Exception {

    private static final long serialVersionUID = 1L;

    /**
     * Says which key the replica has.
     *
     * @param epoch since which epoch
     * @param key the member table's
     */
    public KeyReplacedException(long epoch, VerifyingKey key) {
        super("an admin has replaced the key of this replica: since epoch %d it is %s".formatted(epoch, key.hex()));
    }
}
