package io.sherd.cli;

import io.sherd.archive.crypto.KeyFileException;
import io.sherd.archive.genesis.GenesisException;
import io.sherd.archive.store.StoreException;
import io.sherd.cli.cluster.Founding;
import io.sherd.cli.cluster.OwnedCluster;
import io.sherd.cli.output.CommandFailure;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of commands that make a cluster for themselves, with content that they make up. */
final class NewCluster {
    @Option(
            names = "--replicas",
            defaultValue = "4",
            paramLabel = "N",
            description = "How many replicas. Default: ${DEFAULT-VALUE}.")
    private int replicas;

    @Option(
            names = "--seed",
            defaultValue = "1",
            paramLabel = "N",
            description = "Decides what is made up. Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Option(
            names = "--dir",
            paramLabel = "DIR",
            description = "Where the cluster lives; must be new or empty, and is kept. Else a temporary directory.")
    private @Nullable Path directory;

    /** Made by picocli. */
    NewCluster() {}

    int replicas() {
        return replicas;
    }

    long seed() {
        return seed;
    }

    /** Whether the user named the directory: then it stays. */
    boolean hasDirectory() {
        return directory != null;
    }

    /** Founds the cluster; nothing is started yet. As {@link OwnedCluster#found}. */
    OwnedCluster found(Founding founding, boolean keep, int maxHeapMiB, Consumer<String> notes)
            throws CommandFailure, IOException, KeyFileException, StoreException, GenesisException {
        return OwnedCluster.found(founding, directory, keep, maxHeapMiB, notes);
    }
}
