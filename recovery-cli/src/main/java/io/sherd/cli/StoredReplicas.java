package io.sherd.cli;

import io.sherd.archive.restore.StoredReplica;
import io.sherd.archive.state.RocksStateStore;
import io.sherd.archive.state.StateReader;
import io.sherd.archive.store.DataDirectory;
import io.sherd.archive.store.FullBytes;
import io.sherd.archive.store.RocksPieceStore;
import io.sherd.archive.store.StoreException;
import io.sherd.cli.output.CommandFailure;
import io.sherd.consensus.durable.VoteLogView;
import io.sherd.consensus.ledger.FullSegments;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.genesis.Genesis;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Whole data directories of replicas that do not run, as sources of a restore: opened to be read and never written. A part of one that
 * cannot be opened is named, and does not keep the rest from being used.
 */
final class StoredReplicas implements AutoCloseable {

    private final Closing opened = new Closing();
    private final SortedMap<Integer, StoredReplica> replicas = new TreeMap<>();
    private final SortedMap<Integer, String> unreadable = new TreeMap<>();
    private final List<String> troubles = new ArrayList<>();

    private StoredReplicas() {}

    /**
     * Opens directories of different replicas of one cluster.
     *
     * @param genesis the cluster
     * @param directories where they are
     * @return what they hold, to be closed
     * @throws CommandFailure if two are of one replica
     * @throws StoreException if one is none, is of another cluster, or is in use; its message names it
     */
    static StoredReplicas open(Genesis genesis, List<Path> directories) throws StoreException, CommandFailure {
        SortedMap<Integer, Path> byReplica = DirectorySources.requireUsable(genesis, directories);
        StoredReplicas sources = new StoredReplicas();
        byReplica.forEach((replica, directory) -> sources.add(genesis, replica, directory));
        return sources;
    }

    SortedMap<Integer, StoredReplica> replicas() {
        return replicas;
    }

    SortedMap<Integer, String> unreadable() {
        return unreadable;
    }

    /** What was found to be wrong so far, each with its directory. */
    List<String> troubles() {
        List<String> all = new ArrayList<>(troubles);
        for (StoredReplica replica : replicas.values()) {
            replica.troubles().forEach(trouble -> all.add(replica.name() + ": " + trouble));
        }
        return all;
    }

    /** The highest position that one of the replicas voted for, as far as their directories know. */
    OptionalLong votedUpTo() {
        return replicas.values().stream()
                .flatMapToLong(replica -> replica.votedUpTo().stream())
                .max();
    }

    private void add(Genesis genesis, int replica, Path directory) {
        String name = DirectorySources.name(replica, directory);
        DataDirectory.Layout layout = new DataDirectory.Layout(directory);
        RocksPieceStore pieces;
        try {
            pieces = RocksPieceStore.openReadOnly(layout.archive());
            opened.add(pieces::close);
        } catch (StoreException e) {
            unreadable.put(replica, "%s: %s".formatted(directory, e.getMessage()));
            troubles.add("%s: %s".formatted(name, e.getMessage()));
            return;
        }
        StateReader states = states(name, layout);
        replicas.put(replica, new StoredReplica(name, stores(genesis, name, layout, pieces, states)));
    }

    private StateReader states(String name, DataDirectory.Layout layout) {
        try {
            RocksStateStore states = RocksStateStore.openReadOnly(layout.state());
            opened.add(states::close);
            return states;
        } catch (StoreException e) {
            troubles.add("%s: %s".formatted(name, e.getMessage()));
            return (_, _, _, _) -> Optional.empty();
        }
    }

    private StoredReplica.Stores stores(
            Genesis genesis, String name, DataDirectory.Layout layout, RocksPieceStore pieces, StateReader states) {
        try {
            VoteLogView votes = VoteLogView.open(layout.votes());
            opened.add(votes::close);
            FullBytes full = new FullSegments(genesis, pieces, votes::decided);
            Optional<CheckpointCertificate> stable = votes.stable();
            OptionalLong votedUpTo = OptionalLong.of(votes.promised().sequence());
            return new StoredReplica.Stores(pieces, states, full, stable, votedUpTo);
        } catch (StoreException e) {
            troubles.add("%s: %s".formatted(name, e.getMessage()));
            FullBytes inArchive =
                    commitment -> pieces.undropped(commitment.context().segmentNumber());
            return new StoredReplica.Stores(pieces, states, inArchive, Optional.empty(), OptionalLong.empty());
        }
    }

    @Override
    public void close() throws StoreException {
        opened.close();
    }
}
