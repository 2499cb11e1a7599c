package io.sherd.cli;

import io.sherd.archive.genesis.GenesisException;
import io.sherd.archive.genesis.GenesisFile;
import io.sherd.archive.store.StoreException;
import io.sherd.archive.store.StoreOwner;
import io.sherd.replication.genesis.Genesis;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** What {@code sherd verify} checks: the data directory of a replica that is stopped, or an exported archive. */
final class VerifyTarget {
    @ArgGroup(exclusive = true, multiplicity = "1")
    private Where where = new Where();

    @Option(names = "--genesis", required = true, paramLabel = "FILE", description = "The cluster's genesis file.")
    private @Nullable Path genesisFile;

    /** One of both. */
    static final class Where {
        @Option(
                names = "--data-dir",
                required = true,
                paramLabel = "DIR",
                description = "The replica's data directory.")
        private @Nullable Path dataDirectory;

        @Option(
                names = "--archive",
                required = true,
                paramLabel = "FILE",
                description = "A file that `sherd export` wrote; it is checked whole, with the genesis alone.")
        private @Nullable Path archive;

        /** Made by picocli. */
        Where() {}
    }

    /** Made by picocli. */
    VerifyTarget() {}

    Genesis genesis() throws GenesisException {
        return GenesisFile.read(Given.required(genesisFile));
    }

    /** The exported archive, if that is what is checked. */
    Optional<Path> exported() {
        return Optional.ofNullable(where.archive);
    }

    Path directory() {
        return Given.required(where.dataDirectory);
    }

    /** Whose directory it is, as {@link ArchiveOptions#owner(Genesis)}. */
    StoreOwner owner(Genesis genesis) throws StoreException {
        return ArchiveOptions.owner(genesis, directory());
    }
}
