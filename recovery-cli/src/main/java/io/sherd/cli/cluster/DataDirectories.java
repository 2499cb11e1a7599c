package io.sherd.cli.cluster;

import io.sherd.archive.state.RocksStateStore;
import io.sherd.archive.store.DataDirectory;
import io.sherd.archive.store.DirectoryIdentity;
import io.sherd.archive.store.RocksPieceStore;
import io.sherd.archive.store.StoreException;
import io.sherd.consensus.durable.VoteLog;
import io.sherd.replication.genesis.Genesis;
import java.nio.file.Path;

/** Makes the data directory of a replica that has never run. */
final class DataDirectories {
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
}
