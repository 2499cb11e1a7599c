package io.sherd.cli;

import io.sherd.archive.restore.SegmentRebuilding;
import io.sherd.archive.store.DataDirectory;
import io.sherd.archive.store.DirectoryInUseException;
import io.sherd.archive.store.RocksPieceStore;
import io.sherd.archive.store.StoreException;
import io.sherd.archive.store.UnsafeDirectoryException;
import io.sherd.cli.cluster.ClusterLayout;
import io.sherd.cli.output.CommandFailure;
import io.sherd.cli.output.ExitCode;
import io.sherd.replication.genesis.Genesis;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** The archives of other data directories, dead or copied from anywhere, opened to be read and never written. */
final class DirectorySources implements AutoCloseable {

    private static final String PREFIX = "dir:";

    private final Closing opened = new Closing();
    private final List<SegmentRebuilding.Archive> archives = new ArrayList<>();

    private DirectorySources() {}

    /**
     * Opens directories of replicas of one cluster.
     *
     * @param genesis the cluster
     * @param directories where they are
     * @return the archives, named by replica and directory, to be closed
     * @throws CommandFailure if two are of one replica
     * @throws UnsafeDirectoryException if one is of another cluster
     * @throws DirectoryInUseException if a process has one open
     * @throws StoreException if one cannot be opened; its message names it
     */
    static DirectorySources open(Genesis genesis, List<Path> directories) throws StoreException, CommandFailure {
        SortedMap<Integer, Path> byReplica = requireUsable(genesis, directories);
        DirectorySources sources = new DirectorySources();
        try {
            for (Map.Entry<Integer, Path> directory : byReplica.entrySet()) {
                sources.add(directory.getKey(), directory.getValue());
            }
            return sources;
        } catch (StoreException e) {
            try {
                sources.close();
            } catch (StoreException second) {
                e.addSuppressed(second);
            }
            throw e;
        }
    }

    List<SegmentRebuilding.Archive> archives() {
        return List.copyOf(archives);
    }

    /**
     * Whose directories these are: of different replicas of one cluster, and nobody has one open.
     *
     * @throws CommandFailure if two are of one replica
     * @throws StoreException if one is none, is of another cluster, or is in use
     */
    static SortedMap<Integer, Path> requireUsable(Genesis genesis, List<Path> directories)
            throws StoreException, CommandFailure {
        SortedMap<Integer, Path> byReplica = new TreeMap<>();
        for (Path directory : directories) {
            int replica = ArchiveOptions.owner(genesis, directory).replica();
            Path other = byReplica.putIfAbsent(replica, directory);
            if (other != null) {
                throw new CommandFailure(
                        ExitCode.USAGE,
                        "source.twice",
                        "%s and %s are both of %s".formatted(other, directory, ClusterLayout.name(replica)),
                        "give each replica's directory once; of copies, the one that was made last");
            }
        }
        return byReplica;
    }

    /** Whose directory it is and where, for people. */
    static String name(int replica, Path directory) {
        return "%s in %s".formatted(ClusterLayout.name(replica), directory);
    }

    private void add(int replica, Path directory) throws StoreException {
        RocksPieceStore pieces = RocksPieceStore.openReadOnly(new DataDirectory.Layout(directory).archive());
        opened.add(pieces::close);
        archives.add(new SegmentRebuilding.Archive(name(replica, directory), pieces));
    }

    @Override
    public void close() throws StoreException {
        opened.close();
    }

    /** The path in {@code dir:PATH}. */
    static Optional<Path> path(String text) {
        return text.startsWith(PREFIX) && text.length() > PREFIX.length()
                ? Optional.of(Path.of(text.substring(PREFIX.length())))
                : Optional.empty();
    }

    /** Reads {@code dir:PATH} from the command line. */
    static final class Converter implements ITypeConverter<Path> {

        /** Made by picocli. */
        Converter() {}

        @Override
        public Path convert(String text) {
            return path(text)
                    .orElseThrow(
                            () -> new TypeConversionException("\"" + text + "\" is no source such as dir:/copies/r1"));
        }
    }
}
