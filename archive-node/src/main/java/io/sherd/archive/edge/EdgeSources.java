package io.sherd.archive.edge;

import io.sherd.archive.genesis.Addresses;
import io.sherd.archive.learner.LedgerSource;
import io.sherd.archive.learner.SourceDirectory;
import io.sherd.archive.learner.UnreachableSource;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.genesis.Member;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The live replicas of a cluster as sources: each at the address and with the pin of the member table.
 *
 * @param genesis the cluster
 * @param excluded replicas that are not asked: the one that is restored, or those a user leaves out
 * @param addresses addresses to use instead of the member table's, by replica
 * @param deadline how long one question may take
 */
public record EdgeSources(
        Genesis genesis, Set<Integer> excluded, Map<Integer, InetSocketAddress> addresses, Duration deadline)
        implements SourceDirectory {

    /** Copies set and map. */
    public EdgeSources {
        excluded = Set.copyOf(excluded);
        addresses = Map.copyOf(addresses);
    }

    /** All replicas of a cluster, each where the member table says. */
    public static EdgeSources of(Genesis genesis) {
        return new EdgeSources(genesis, Set.of(), Map.of(), LedgerClient.DEFAULT_DEADLINE);
    }

    /** The same without one replica. */
    public EdgeSources without(int replica) {
        TreeSet<Integer> more = new TreeSet<>(excluded);
        more.add(replica);
        return new EdgeSources(genesis, more, addresses, deadline);
    }

    /** The same, but no question takes longer. */
    public EdgeSources within(Duration limit) {
        return new EdgeSources(genesis, excluded, addresses, limit.compareTo(deadline) < 0 ? limit : deadline);
    }

    @Override
    public Optional<LedgerSource> open(int replica, Member member) {
        if (excluded.contains(replica)) {
            return Optional.empty();
        }
        InetSocketAddress given = addresses.get(replica);
        try {
            InetSocketAddress address = given == null ? Addresses.parse(member.edgeAddress()) : given;
            return Optional.of(new LedgerClient(genesis, replica, address, member.tlsPin(), deadline));
        } catch (IllegalArgumentException e) {
            // A member table is signed by an admin or by n - f replicas, and an address in it may be wrong all the
            // same.
            return Optional.of(new UnreachableSource(replica, "its address in the member table: " + e.getMessage()));
        }
    }
}
