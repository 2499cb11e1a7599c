package io.sherd.archive.restore;

import io.sherd.archive.learner.LedgerSource;
import io.sherd.archive.learner.SourceDirectory;
import io.sherd.archive.learner.UnreachableSource;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.genesis.Member;
import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Where a restore reads from: replicas that run, data directories, or both. A replica whose directory is given is not asked itself.
 *
 * @param live the replicas that run
 * @param asksLive whether they are asked for anything but whether the restored replica is alive
 * @param directories by replica: its data directory; that of the restored one may be among them
 * @param unreadable by replica: why its data directory could not be opened
 */
public record RestoreSources(
        SourceDirectory live,
        boolean asksLive,
        SortedMap<Integer, StoredReplica> directories,
        SortedMap<Integer, String> unreadable) {

    private static final int NOBODY = -1;

    /** Copies the maps. */
    public RestoreSources {
        directories = Collections.unmodifiableSortedMap(new TreeMap<>(directories));
        unreadable = Collections.unmodifiableSortedMap(new TreeMap<>(unreadable));
    }

    /** Replicas that run, and nobody else. */
    public static RestoreSources live(SourceDirectory live) {
        return new RestoreSources(live, true, new TreeMap<>(), new TreeMap<>());
    }

    /**
     * Everybody who is asked when no replica is restored: to learn, to prove, to export.
     *
     * @param genesis the cluster
     * @return makes the source that stands for a replica
     */
    public SourceDirectory of(Genesis genesis) {
        return of(genesis, NOBODY);
    }

    /** Everybody who is asked when a replica is restored. */
    SourceDirectory of(Genesis genesis, int restored) {
        return (replica, member) -> open(genesis, restored, replica, member);
    }

    private Optional<LedgerSource> open(Genesis genesis, int restored, int replica, Member member) {
        StoredReplica stored = directories.get(replica);
        if (stored != null) {
            return Optional.of(new StoredSource(genesis, replica, stored));
        }
        String reason = unreadable.get(replica);
        if (reason != null) {
            return Optional.of(new UnreachableSource(replica, reason));
        }
        return asksLive && replica != restored ? live.open(replica, member) : Optional.empty();
    }
}
