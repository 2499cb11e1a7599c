package io.sherd.cli;

import io.sherd.archive.genesis.GenesisException;
import io.sherd.archive.genesis.GenesisFile;
import io.sherd.archive.store.DataDirectory;
import io.sherd.archive.store.DirectoryIdentity;
import io.sherd.archive.store.DirectoryInUseException;
import io.sherd.archive.store.StoreException;
import io.sherd.archive.store.StoreOwner;
import io.sherd.archive.store.UnsafeDirectoryException;
import io.sherd.replication.genesis.Genesis;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of commands that work on the data directory of a replica that is stopped. */
final class ArchiveOptions {
    @Option(names = "--data-dir", required = true, paramLabel = "DIR", description = "The replica's data directory.")
    private @Nullable Path dataDirectory;

    @Option(names = "--genesis", required = true, paramLabel = "FILE", description = "The cluster's genesis file.")
    private @Nullable Path genesisFile;

    /** Made by picocli. */
    ArchiveOptions() {}

    Genesis genesis() throws GenesisException {
        return GenesisFile.read(Given.required(genesisFile));
    }

    Path genesisFile() {
        return Given.required(genesisFile);
    }

    Path directory() {
        return Given.required(dataDirectory);
    }

    /**
     * Whose directory it is: a replica's of this cluster.
     *
     * @throws UnsafeDirectoryException if it is another cluster's
     * @throws DirectoryInUseException if a process has it open
     */
    StoreOwner owner(Genesis genesis) throws StoreException {
        return owner(genesis, directory());
    }

    /** Whose a directory is, as {@link #owner(Genesis)}. */
    static StoreOwner owner(Genesis genesis, Path directory) throws StoreException {
        DirectoryIdentity identity = DataDirectory.readIdentity(directory);
        if (!identity.owner().clusterId().equals(genesis.clusterId())) {
            throw new UnsafeDirectoryException("%s is of cluster %s, the genesis is of cluster %s"
                    .formatted(
                            directory,
                            identity.owner().clusterId().shortHex(),
                            genesis.clusterId().shortHex()));
        }
        OptionalLong holder = DataDirectory.holder(directory);
        if (holder.isPresent()) {
            throw new DirectoryInUseException(directory.toString(), holder);
        }
        return identity.owner();
    }
}
