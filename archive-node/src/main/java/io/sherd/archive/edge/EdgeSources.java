package io.sherd.archive.edge;

import io.sherd.archive.genesis.Addresses;
import io.sherd.archive.learner.LedgerSource;
import io.sherd.archive.learner.SourceDirectory;
import io.sherd.archive.learner.UnreachableSource;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.genesis.Member;
import io.sherd.replication.genesis.MemberTable;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
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
 * @param known the member tables that are known, from the genesis's on: who is asked for as in one of them is reached as in the last
 */
public record EdgeSources(
        Genesis genesis,
        Set<Integer> excluded,
        Map<Integer, InetSocketAddress> addresses,
        Duration deadline,
        List<MemberTable> known)
        implements SourceDirectory {

    /** Copies the collections. */
    public EdgeSources {
        excluded = Set.copyOf(excluded);
        addresses = Map.copyOf(addresses);
        known = List.copyOf(known);
    }

    /**
     * The replicas as each member table says in its turn.
     *
     * @param genesis the cluster
     * @param excluded replicas that are not asked
     * @param addresses addresses to use instead of the member table's, by replica
     * @param deadline how long one question may take
     */
    public EdgeSources(
            Genesis genesis, Set<Integer> excluded, Map<Integer, InetSocketAddress> addresses, Duration deadline) {
        this(genesis, excluded, addresses, deadline, List.of(genesis.members()));
    }

    /** All replicas of a cluster, each where the member table says. */
    public static EdgeSources of(Genesis genesis) {
        return new EdgeSources(genesis, Set.of(), Map.of(), LedgerClient.DEFAULT_DEADLINE);
    }

    /** The same without one replica. */
    public EdgeSources without(int replica) {
        TreeSet<Integer> more = new TreeSet<>(excluded);
        more.add(replica);
        return new EdgeSources(genesis, more, addresses, deadline, known);
    }

    /**
     * The same, but who comes from the genesis on is led to where the replicas are today: with all keys replaced since, none of
     * them could be reached as the genesis says.
     *
     * @param tables proved member tables, from the genesis's on
     */
    public EdgeSources asOf(List<MemberTable> tables) {
        return new EdgeSources(genesis, excluded, addresses, deadline, tables);
    }

    /** The same, but no question takes longer. */
    public EdgeSources within(Duration limit) {
        return new EdgeSources(genesis, excluded, addresses, limit.compareTo(deadline) < 0 ? limit : deadline, known);
    }

    @Override
    public Optional<LedgerSource> open(int replica, Member member) {
        if (excluded.contains(replica)) {
            return Optional.empty();
        }
        Member today = known.stream().anyMatch(table -> table.member(replica).equals(member))
                ? known.getLast().member(replica)
                : member;
        InetSocketAddress given = addresses.get(replica);
        try {
            InetSocketAddress address = given == null ? Addresses.parse(today.edgeAddress()) : given;
            return Optional.of(new LedgerClient(genesis, replica, address, today.tlsPin(), deadline));
        } catch (IllegalArgumentException e) {
            // A member table is signed by an admin or by n - f replicas, and an address in it may be wrong all the
            // same.
            return Optional.of(new UnreachableSource(replica, "its address in the member table: " + e.getMessage()));
        }
    }
}
