package io.sherd.cli.inspect;

import io.sherd.archive.restore.RestoreMark;
import io.sherd.archive.state.RocksStateStore;
import io.sherd.archive.store.DataDirectory;
import io.sherd.archive.store.DirectoryAbsentException;
import io.sherd.archive.store.DirectoryIdentity;
import io.sherd.archive.store.DirectoryInUseException;
import io.sherd.archive.store.RocksPieceStore;
import io.sherd.archive.store.StoreException;
import io.sherd.archive.store.UnsafeDirectoryException;
import io.sherd.archive.store.UnsupportedFormatException;
import io.sherd.consensus.durable.VoteLogView;
import io.sherd.replication.genesis.Genesis;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A data directory to look at, whether its replica is dead or runs: nothing in it is ever written. What a running replica
 * writes after a store was opened here is not seen.
 */
public final class DirectoryView {
    private final DataDirectory.Layout layout;
    private final DirectoryIdentity identity;

    private DirectoryView(DataDirectory.Layout layout, DirectoryIdentity identity) {
        this.layout = layout;
        this.identity = identity;
    }

    /** What is done with a directory. */
    @FunctionalInterface
    public interface Look {
        /**
         * Looks at it.
         *
         * @param directory the directory
         * @return what was found
         */
        Inspected at(DirectoryView directory) throws StoreException, io.sherd.cli.output.CommandFailure;
    }

    /**
     * Looks at a directory.
     *
     * @param root the directory
     * @param genesis the cluster that it must be of; empty for any
     * @param look what is done with it
     * @return what was found
     * @throws DirectoryAbsentException if it is none
     * @throws UnsafeDirectoryException if it is another cluster's
     * @throws DirectoryInUseException if it cannot be read because a process changes it meanwhile
     * @throws StoreException if it cannot be read
     * @throws io.sherd.cli.output.CommandFailure if what was asked for is not there
     */
    public static Inspected look(Path root, Optional<Genesis> genesis, Look look)
            throws StoreException, io.sherd.cli.output.CommandFailure {
        DirectoryIdentity identity = DataDirectory.readIdentity(root);
        if (genesis.isPresent()
                && !genesis.get().clusterId().equals(identity.owner().clusterId())) {
            throw new UnsafeDirectoryException("%s is of cluster %s, the genesis is of cluster %s"
                    .formatted(
                            root,
                            identity.owner().clusterId().shortHex(),
                            genesis.get().clusterId().shortHex()));
        }
        try {
            return look.at(new DirectoryView(new DataDirectory.Layout(root), identity));
        } catch (DirectoryAbsentException | UnsafeDirectoryException | UnsupportedFormatException e) {
            throw e;
        } catch (StoreException e) {
            // A file that its process has replaced since the database was opened looks like damage, and is none.
            OptionalLong holder = DataDirectory.holder(root);
            if (holder.isPresent()) {
                DirectoryInUseException inUse = new DirectoryInUseException(root.toString(), holder);
                inUse.initCause(e);
                throw inUse;
            }
            throw e;
        }
    }

    /** The directory. */
    Path root() {
        return layout.root();
    }

    /** Whose it is. */
    DirectoryIdentity identity() {
        return identity;
    }

    /** The number of the replica that it is of. */
    int replica() {
        return identity.owner().replica();
    }

    /** The process that has it open. */
    OptionalLong holder() throws StoreException {
        return DataDirectory.holder(layout.root());
    }

    /** Whether a restore into it is not complete. */
    boolean isBeingRestored() {
        return RestoreMark.isIn(layout);
    }

    RocksPieceStore archive() throws StoreException {
        return RocksPieceStore.openReadOnly(layout.archive());
    }

    RocksStateStore state() throws StoreException {
        return RocksStateStore.openReadOnly(layout.state());
    }

    VoteLogView votes() throws StoreException {
        return VoteLogView.open(layout.votes());
    }
}
