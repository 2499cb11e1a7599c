package io.sherd.cli;

import io.sherd.archive.restore.SegmentRebuilding;
import io.sherd.archive.store.DataDirectory;
import io.sherd.archive.store.DirectoryIdentity;
import io.sherd.archive.store.RocksPieceStore;
import io.sherd.archive.store.StoreException;
import io.sherd.archive.store.UnsafeDirectoryException;
import io.sherd.cli.cluster.ClusterLayout;
import io.sherd.replication.genesis.Genesis;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** The archives of other data directories, dead or copied from anywhere, opened to be read and never written. */
final class DirectorySources implements AutoCloseable {

    private static final String PREFIX = "dir:";

    private final List<RocksPieceStore> opened = new ArrayList<>();
    private final List<SegmentRebuilding.Archive> archives = new ArrayList<>();

    private DirectorySources() {}

    /**
     * Opens directories of replicas of one cluster.
     *
     * @param genesis the cluster
     * @param directories where they are
     * @return the archives, named by replica and directory, to be closed
     * @throws UnsafeDirectoryException if one is of another cluster
     * @throws StoreException if one cannot be opened; its message names it
     */
    static DirectorySources open(Genesis genesis, List<Path> directories) throws StoreException {
        DirectorySources sources = new DirectorySources();
        try {
            for (Path directory : directories) {
                sources.add(genesis, directory);
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

    private void add(Genesis genesis, Path directory) throws StoreException {
        DirectoryIdentity identity = DataDirectory.readIdentity(directory);
        if (!identity.owner().clusterId().equals(genesis.clusterId())) {
            throw new UnsafeDirectoryException("%s is of cluster %s, the genesis is of cluster %s"
                    .formatted(
                            directory,
                            identity.owner().clusterId().shortHex(),
                            genesis.clusterId().shortHex()));
        }
        RocksPieceStore pieces = RocksPieceStore.openReadOnly(new DataDirectory.Layout(directory).archive());
        opened.add(pieces);
        String name = "%s in %s".formatted(ClusterLayout.name(identity.owner().replica()), directory);
        archives.add(new SegmentRebuilding.Archive(name, pieces));
    }

    @Override
    public void close() throws StoreException {
        for (RocksPieceStore pieces : opened) {
            pieces.close();
        }
    }

    /** Reads {@code dir:PATH} from the command line. */
    static final class Converter implements ITypeConverter<Path> {

        /** Made by picocli. */
        Converter() {}

        @Override
        public Path convert(String text) {
            if (!text.startsWith(PREFIX) || text.length() == PREFIX.length()) {
                throw new TypeConversionException("\"" + text + "\" is no source such as dir:/copies/r1");
            }
            return Path.of(text.substring(PREFIX.length()));
        }
    }
}
