package io.sherd.cli;

import io.sherd.archive.crypto.Ed25519Verifier;
import io.sherd.archive.edge.EdgeSources;
import io.sherd.archive.restore.MemberSearch;
import io.sherd.replication.genesis.Genesis;
import java.time.Duration;

/** The replicas of a cluster that runs, each where it is reached today: keys and addresses may have changed since the genesis. */
final class LivePeers {

    private LivePeers() {}

    /**
     * The replicas as sources.
     *
     * @param genesis the cluster
     * @param timeout how long one question may take
     */
    static EdgeSources of(Genesis genesis, Duration timeout) {
        MemberSearch search = search(genesis, timeout);
        return EdgeSources.of(genesis).within(timeout).asOf(search.tables());
    }

    /**
     * What those who answer at once can prove about who takes part today.
     *
     * @param genesis the cluster
     * @param timeout how long to wait at most for those who do not answer
     */
    static MemberSearch search(Genesis genesis, Duration timeout) {
        MemberSearch search = new MemberSearch(genesis, new Ed25519Verifier());
        try {
            var _ = search.search(timeout.compareTo(MemberSearch.PATIENCE) < 0 ? timeout : MemberSearch.PATIENCE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return search;
    }
}
