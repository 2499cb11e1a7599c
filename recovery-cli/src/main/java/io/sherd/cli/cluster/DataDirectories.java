package io.sherd.cli.cluster;

import io.sherd.archive.state.RocksStateStore;
import io.sherd.archive.store.DataDirectory;
import io.sherd.archive.store.DirectoryIdentity;
import io.sherd.archive.store.RocksPieceStore;
import io.sherd.archive.store.StoreException;
import io.sherd.consensus.durable.VoteLog;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.ledger.DirectoryId;
import java.io.IOException;
import java.nio.file.Path;

/** Makes data directories, and the parts of them that a restore leaves to the node. */
public final class DataDirectories {
    private DataDirectories() {}

    /**
     * Makes a directory with its empty stores.
     *
     * @param root where; must not exist
     * @param genesis the cluster
     * @param identity whose it is
     */
    static void create(Path root, Genesis genesis, DirectoryIdentity identity) throws StoreException {
        DataDirectory.create(root, identity, layout -> {
            RocksPieceStore.create(layout.archive(), identity.owner());
            RocksStateStore.create(layout.state(), identity.owner());
            VoteLog.create(layout.votes(), genesis, identity.owner().replica(), identity.directoryId());
        });
    }

    /**
     * Gives a restored directory an empty vote log: it has signed nothing yet. One that an interrupted restore left is made
     * anew, since it is bound to the directory's name.
     *
     * @param root the data directory
     * @param genesis the cluster
     * @param replica whose it is
     * @param directory the directory's fresh name
     */
    public static void createVotesOfRestored(Path root, Genesis genesis, int replica, DirectoryId directory)
            throws StoreException, IOException {
        Path votes = new DataDirectory.Layout(root).votes();
        Founding.delete(votes);
        VoteLog.create(votes, genesis, replica, directory);
    }
}
