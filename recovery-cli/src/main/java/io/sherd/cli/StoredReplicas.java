package io.sherd.cli;

import io.sherd.archive.export.ExportFile;
import io.sherd.archive.export.ExportedPieces;
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
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;

/**
 * Whole data directories of replicas that do not run, and exported archives, as sources: opened to be read and never written. A part of one that
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

    /**
     * Opens exported archives, which then stand for replicas that no directory was given of: an archive has every piece, so it can
     * stand for all of them.
     *
     * @param genesis the cluster
     * @param files the archives
     * @param standsFor for which replicas
     * @throws StoreException if one is none, is damaged where it says what is in it, or is of another cluster
     * @throws IOException if there is no such file, or it cannot be read
     */
    void addExports(Genesis genesis, List<Path> files, IntPredicate standsFor) throws StoreException, IOException {
        if (files.isEmpty()) {
            return;
        }
        List<ExportFile> exports = new ArrayList<>();
        for (Path file : files) {
            ExportFile export = ExportFile.open(file, genesis);
            opened.add(export::close);
            exports.add(export);
        }
        ExportedPieces pieces = new ExportedPieces(exports);
        StoredReplica.Stores stores = new StoredReplica.Stores(
                pieces,
                (_, _, _, _) -> Optional.empty(),
                commitment -> pieces.undropped(commitment.context().segmentNumber()),
                Optional.empty(),
                OptionalLong.empty());
        String names = files.stream().map(Path::toString).collect(Collectors.joining(" and "));
        for (int replica = 0; replica < genesis.quorums().replicaCount(); replica++) {
            if (standsFor.test(replica) && !replicas.containsKey(replica) && !unreadable.containsKey(replica)) {
                replicas.put(replica, new StoredReplica(names, stores));
            }
        }
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
            replica.troubles().stream()
                    .map(trouble -> replica.name() + ": " + trouble)
                    .filter(trouble -> !all.contains(trouble))
                    .forEach(all::add);
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
