package io.sherd.cli.cluster;

import io.sherd.archive.crypto.KeyFileException;
import io.sherd.archive.genesis.GenesisException;
import io.sherd.archive.store.StoreException;
import io.sherd.cli.output.CommandFailure;
import io.sherd.cli.output.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A cluster that one command makes for itself: founded in a directory that was empty, its processes end with the command,
 * whether that ends by itself or is asked to, and a directory that nobody named goes with them.
 */
public final class OwnedCluster implements AutoCloseable {
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(20);

    private final Path root;
    private final boolean temporary;
    private final Consumer<String> notes;
    private final LocalCluster cluster;
    private final Thread hook = new Thread(this::interrupt);
    private final Thread owner = Thread.currentThread();
    private final List<ChildCommand> children = new ArrayList<>();
    private boolean finished;
    private volatile boolean interrupted;

    private OwnedCluster(Path root, boolean temporary, LocalCluster cluster, Consumer<String> notes) {
        this.root = root;
        this.temporary = temporary;
        this.cluster = cluster;
        this.notes = notes;
    }

    /**
     * Founds a cluster; nothing is started yet.
     *
     * @param founding what to make
     * @param directory where; must be new or empty, and is kept. Null for a temporary directory
     * @param keep whether a temporary directory is kept
     * @param maxHeapMiB how much heap each replica may use
     * @param notes told what cannot be cleaned up
     * @throws CommandFailure if something is in the directory
     */
    public static OwnedCluster found(
            Founding founding, @Nullable Path directory, boolean keep, int maxHeapMiB, Consumer<String> notes)
            throws CommandFailure, IOException, KeyFileException, StoreException, GenesisException {
        Path root = root(founding.name(), directory);
        boolean temporary = directory == null && !keep;
        try {
            var _ = founding.make(root);
            OwnedCluster owned =
                    new OwnedCluster(root, temporary, new LocalCluster(new ClusterLayout(root), maxHeapMiB), notes);
            Runtime.getRuntime().addShutdownHook(owned.hook);
            return owned;
        } catch (IOException | KeyFileException | StoreException | GenesisException e) {
            if (directory == null) {
                Founding.delete(root);
            }
            throw e;
        }
    }

    /** {@return the directory} */
    public Path root() {
        return root;
    }

    /** {@return the replicas} */
    public LocalCluster cluster() {
        return cluster;
    }

    /** {@return whether the process is being ended: replicas and commands are stopped under the work that uses them} */
    public boolean isInterrupted() {
        return interrupted;
    }

    /** Has commands ended together with the replicas. */
    public synchronized void owns(ChildCommand runner) {
        children.add(runner);
    }

    /** Options of {@code node run} for a replica that must not outlive this process. */
    public static List<String> replicaOptions() {
        return List.of("--stop-with", Long.toString(ProcessHandle.current().pid()));
    }

    @Override
    public void close() {
        finish();
        try {
            boolean _ = Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The process ends already; the hook finds that everything is done.
            return;
        }
    }

    private static Path root(String name, @Nullable Path directory) throws IOException, CommandFailure {
        if (directory == null) {
            return Files.createTempDirectory("sherd-" + name + "-").toRealPath();
        }
        if (Files.exists(directory) && !isEmptyDirectory(directory)) {
            throw new CommandFailure(
                    ExitCode.UNSAFE,
                    name + ".directory",
                    directory + " is not empty; nothing was changed",
                    "choose a new or empty directory");
        }
        return directory.toAbsolutePath().normalize();
    }

    private static boolean isEmptyDirectory(Path path) throws IOException {
        if (!Files.isDirectory(path)) {
            return false;
        }
        try (Stream<Path> content = Files.list(path)) {
            return content.findAny().isEmpty();
        }
    }

    /** The process was asked to end: nothing that fails from now on says anything about the work. */
    private void interrupt() {
        interrupted = true;
        notes.accept("interrupted: stopping the replicas");
        owner.interrupt();
        finish();
        notes.accept(temporary ? "stopped, and " + root + " is removed" : "stopped; what was made is in " + root);
    }

    private synchronized void finish() {
        if (finished) {
            return;
        }
        finished = true;
        children.forEach(ChildCommand::close);
        stop();
        if (temporary) {
            try {
                Founding.delete(root);
            } catch (IOException e) {
                notes.accept(root + " could not be removed: " + e);
            }
        }
    }

    private void stop() {
        try (cluster) {
            for (int replica : cluster.replicas()) {
                if (temporary) {
                    cluster.kill(replica);
                } else {
                    boolean _ = cluster.stop(replica, STOP_PATIENCE);
                }
            }
        } catch (IOException | CommandFailure e) {
            notes.accept("a replica could not be stopped: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
