package io.sherd.consensus.node;

import io.sherd.archive.restore.RecordMender;
import io.sherd.archive.restore.RestoreMark;
import io.sherd.archive.state.RocksStateStore;
import io.sherd.archive.store.DataDirectory;
import io.sherd.archive.store.DirectoryIdentity;
import io.sherd.archive.store.RocksPieceStore;
import io.sherd.archive.store.StoreException;
import io.sherd.archive.store.StoreOwner;
import io.sherd.archive.store.UnsafeDirectoryException;
import io.sherd.consensus.durable.VoteLog;
import io.sherd.consensus.ledger.FullSegments;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.ClosedEpoch;
import io.sherd.replication.genesis.Genesis;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** The data directory of a replica with its three databases, opened together. */
final class NodeStores implements AutoCloseable {

    private final DataDirectory directory;
    private volatile RocksPieceStore pieces;
    private final RocksStateStore state;
    private final VoteLog votes;

    private NodeStores(DataDirectory directory, RocksPieceStore pieces, RocksStateStore state, VoteLog votes) {
        this.directory = directory;
        this.pieces = pieces;
        this.state = state;
        this.votes = votes;
    }

    /**
     * Opens a replica's directory.
     *
     * @param root the directory
     * @param genesis the cluster
     * @param replica whose directory it is
     * @param mending mends the records of the archive, if they are damaged
     * @throws StoreException as each part says; then nothing stays open
     */
    static NodeStores open(Path root, Genesis genesis, int replica, ArchiveMending mending) throws StoreException {
        StoreOwner owner = new StoreOwner(genesis.clusterId(), replica);
        List<Closing> opened = new ArrayList<>();
        try {
            DataDirectory directory = DataDirectory.open(root, owner);
            opened.add(directory::close);
            if (RestoreMark.isIn(directory.layout())) {
                throw new UnsafeDirectoryException(
                        root
                                + " is being restored, and not everything is there yet, or it is an older copy of itself: run the restore again, into another directory if it refuses this one");
            }
            RocksPieceStore found = RocksPieceStore.open(directory.layout().archive(), owner);
            opened.add(found::close);
            RocksStateStore state = RocksStateStore.open(directory.layout().state(), owner);
            opened.add(state::close);
            VoteLog votes = VoteLog.open(
                    directory.layout().votes(),
                    genesis,
                    replica,
                    directory.identity().directoryId());
            opened.add(votes::close);
            NodeStores stores = new NodeStores(directory, found, state, votes);
            opened.add(() -> stores.pieces().close());
            stores.mendRecords(mending);
            stores.completeClosings();
            return stores;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            StoreException stopped =
                    new StoreException("the records of the archive were not mended: the node stops", e);
            closeAll(opened.reversed(), stopped);
            throw stopped;
        } catch (StoreException e) {
            closeAll(opened.reversed(), e);
            throw e;
        }
    }

    /** Mends the records of the archive, if they are damaged; then it is another one that is open. Nothing else may use it meanwhile. */
    void mendRecords(ArchiveMending mending) throws StoreException, InterruptedException {
        pieces = mending.mended(
                directory.layout().archive(), pieces, new RecordMender.Known(votes.closedEpochs(), votes.stable()));
    }

    DirectoryIdentity identity() {
        return directory.identity();
    }

    void replaceIdentity(DirectoryIdentity next) throws StoreException {
        directory.replaceIdentity(next);
    }

    DataDirectory.Layout layout() {
        return directory.layout();
    }

    RocksPieceStore pieces() {
        return pieces;
    }

    RocksStateStore state() {
        return state;
    }

    VoteLog votes() {
        return votes;
    }

    /** What this replica still holds in full. */
    FullSegments fullSegments(Genesis genesis) {
        return new FullSegments(genesis, pieces, votes::decided);
    }

    /** The closings of all epochs so far. */
    List<ClosedEpoch> closings() throws StoreException {
        return pieces.closedEpochs(0, Integer.MAX_VALUE);
    }

    /** The newest certificate of archive and votes. */
    Optional<CheckpointCertificate> stable() throws StoreException {
        List<CheckpointCertificate> known = new ArrayList<>();
        pieces.latestCertificate().ifPresent(known::add);
        votes.stable().ifPresent(known::add);
        return known.stream()
                .max(Comparator.comparingLong(
                        certificate -> certificate.statement().sequence()));
    }

    @Override
    public void close() throws StoreException {
        StoreException first = new StoreException("the stores could not be closed");
        closeAll(List.of(votes::close, state::close, pieces::close, directory::close), first);
        if (first.getSuppressed().length > 0) {
            throw first;
        }
    }

    /** A crash, or the end of the parts, may have come between the two durable writes of an epoch's closing: that of the votes is the first. */
    void completeClosings() throws StoreException {
        for (ClosedEpoch closed : votes.closedEpochs()) {
            if (closed.epoch() == pieces.closedEpochCount()) {
                pieces.putClosedEpoch(closed);
            }
        }
    }

    @FunctionalInterface
    private interface Closing {
        void close() throws StoreException;
    }

    /** Closes all, whatever some of them say. */
    private static void closeAll(List<Closing> parts, StoreException collector) {
        for (Closing part : parts) {
            try {
                part.close();
            } catch (StoreException e) {
                collector.addSuppressed(e);
            }
        }
    }
}
