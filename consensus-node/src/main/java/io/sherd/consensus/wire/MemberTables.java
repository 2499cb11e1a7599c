package io.sherd.consensus.wire;

import io.sherd.replication.genesis.MemberTable;
import java.util.Optional;

/** Port: the member tables of the epochs up to the current one. Asked by several threads at once. */
public interface MemberTables {

    /** {@return the member table of the epoch that this replica is in} */
    MemberTable current();

    /**
     * {@return the member table of an epoch, if this replica knows it: a later one it does not know yet}
     *
     * @param epoch any number that a peer may write
     */
    Optional<MemberTable> ofEpoch(long epoch);
}
