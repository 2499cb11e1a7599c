package io.sherd.cli;

import io.sherd.archive.store.StoreException;
import io.sherd.cli.output.CommandFailure;
import io.sherd.replication.genesis.Genesis;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntPredicate;
import picocli.CommandLine;

/**
 * What {@code --source} names, given any number of times.
 *
 * @param peers whether the replicas that run are asked
 * @param directories data directories
 * @param files exported archives
 */
record NamedSources(boolean peers, List<Path> directories, List<Path> files) {
    private static final String PEERS = "peers";
    private static final String FILE = "file:";

    /**
     * Reads what was given; without anything the replicas that run are asked.
     *
     * @param texts as on the command line
     * @param line whose usage error it is if one is none
     */
    static NamedSources of(List<String> texts, CommandLine line) {
        List<Path> directories = new ArrayList<>();
        List<Path> files = new ArrayList<>();
        for (String text : texts) {
            Optional<Path> directory = DirectorySources.path(text);
            if (directory.isPresent()) {
                directories.add(directory.get());
            } else if (text.startsWith(FILE) && text.length() > FILE.length()) {
                files.add(Path.of(text.substring(FILE.length())));
            } else if (!text.equals(PEERS)) {
                throw new CommandLine.ParameterException(
                        line, "--source must be peers, dir:PATH or file:PATH, not \"%s\"".formatted(text));
            }
        }
        return new NamedSources(texts.isEmpty() || texts.contains(PEERS), directories, files);
    }

    /**
     * Opens directories and files.
     *
     * @param genesis the cluster
     * @param standIn for which replicas files stand though the replicas that run are asked
     * @throws CommandFailure if two directories are of one replica
     * @throws StoreException if one is none, is of another cluster, or is in use
     * @throws IOException if a file is not there, or cannot be read
     */
    StoredReplicas open(Genesis genesis, IntPredicate standIn) throws StoreException, CommandFailure, IOException {
        StoredReplicas stored = StoredReplicas.open(genesis, directories);
        try {
            stored.addExports(genesis, files, replica -> !peers || standIn.test(replica));
            return stored;
        } catch (StoreException | IOException e) {
            try {
                stored.close();
            } catch (StoreException second) {
                e.addSuppressed(second);
            }
            throw e;
        }
    }
}
