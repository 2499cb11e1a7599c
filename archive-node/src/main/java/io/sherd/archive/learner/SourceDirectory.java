package io.sherd.archive.learner;

import io.sherd.replication.genesis.Member;
import java.util.Optional;

/** Port: makes the source that stands for a replica, where there is one. */
@FunctionalInterface
public interface SourceDirectory {

    /**
     * The source with a replica's data, newly made; whoever asks closes it.
     *
     * @param replica the replica's number
     * @param member its row of the member table, with the address and the pin of its edge
     * @return empty if that replica is not to be asked
     */
    Optional<LedgerSource> open(int replica, Member member);
}
