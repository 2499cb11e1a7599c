package io.sherd.cli;

import io.sherd.archive.crypto.KeyFileException;
import io.sherd.archive.genesis.GenesisException;
import io.sherd.archive.store.StoreException;
import io.sherd.cli.cluster.Founding;
import io.sherd.cli.cluster.LocalAddresses;
import io.sherd.cli.cluster.OwnedCluster;
import io.sherd.cli.output.CommandFailure;
import io.sherd.cli.output.ExitCode;
import io.sherd.replication.Quorums;
import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalInt;
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

    @Option(
            names = "--base-port",
            paramLabel = "PORT",
            description =
                    "The first of 2N ports on loopback. Else free ones from 10000 on, away from those that `sherd init` gives.")
    private @Nullable Integer basePort;

    /** Made by picocli. */
    NewCluster() {}

    /**
     * What to found, where the user or the free ports say.
     *
     * @throws CommandFailure if the ports are no ports, or taken
     */
    Founding founding(String name, Quorums quorums, int clientCount) throws CommandFailure {
        return Founding.withDefaults(name, quorums, addresses(name), clientCount);
    }

    private LocalAddresses addresses(String name) throws CommandFailure {
        if (basePort == null) {
            return LocalAddresses.findFreeForPassing(
                            replicas, ProcessHandle.current().pid())
                    .orElseThrow(() -> new CommandFailure(
                            ExitCode.IN_USE,
                            name + ".ports",
                            "no %d ports in a row are free".formatted(2 * replicas),
                            "stop what listens there, or name a --base-port"));
        }
        LocalAddresses given;
        try {
            given = new LocalAddresses(basePort, replicas);
        } catch (IllegalArgumentException e) {
            throw new CommandFailure(
                    ExitCode.USAGE, name + ".ports", String.valueOf(e.getMessage()), "choose another --base-port", e);
        }
        OptionalInt taken = given.firstTaken();
        if (taken.isPresent()) {
            throw new CommandFailure(
                    ExitCode.IN_USE,
                    name + ".ports",
                    "port %d is taken; %d replicas need the ports %d to %d"
                            .formatted(taken.getAsInt(), replicas, basePort, basePort + 2 * replicas - 1),
                    "choose another --base-port, or leave it out and free ones are found");
        }
        return given;
    }

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
