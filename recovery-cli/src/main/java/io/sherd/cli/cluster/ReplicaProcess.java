package io.sherd.cli.cluster;

import io.sherd.cli.output.CommandFailure;
import io.sherd.cli.output.ExitCode;
import io.sherd.cli.output.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import tools.jackson.core.JacksonException;

/**
 * A replica's process, by its id and the moment it started: an id alone may meanwhile be another program's, which is never
 * stopped.
 *
 * @param pid the process id
 * @param startTicks when it started, as {@link ProcessStatistics} tells it
 */
public record ReplicaProcess(long pid, long startTicks) {
    private static final long NOT_RUNNING = -1;
    private static final Duration KILL_WAIT = Duration.ofSeconds(10);

    /**
     * {@return what is to be known of a process that was just started}
     *
     * @param handle the process
     */
    static ReplicaProcess of(ProcessHandle handle) throws IOException {
        return new ReplicaProcess(handle.pid(), startTicks(handle.pid()));
    }

    /**
     * Reads which process was started, whether it still runs or not.
     *
     * @param file where {@link #write} wrote it
     * @return empty if there is no such file
     * @throws CommandFailure if the file is not what was written
     */
    public static Optional<ReplicaProcess> read(Path file) throws IOException, CommandFailure {
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try {
            return Optional.of(Json.read(Files.readString(file), ReplicaProcess.class));
        } catch (JacksonException e) {
            throw new CommandFailure(
                    ExitCode.CONFIG,
                    "process.file",
                    file + " does not say which process was started",
                    "if the replica does not run, delete that file",
                    e);
        }
    }

    /**
     * Writes this down, all or nothing.
     *
     * @param file where
     */
    public void write(Path file) throws IOException {
        Path aside = file.resolveSibling(file.getFileName() + ".new");
        Files.writeString(aside, Json.of(this) + "\n");
        Files.move(aside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** {@return the process, if it still runs} */
    public Optional<ProcessHandle> running() throws IOException {
        boolean isTheSame = startTicks(pid) == startTicks && startTicks != NOT_RUNNING;
        return isTheSame ? ProcessHandle.of(pid).filter(ProcessHandle::isAlive) : Optional.empty();
    }

    /**
     * Asks the process to end, and makes it end if it does not.
     *
     * @param patience how long it may take to end by itself
     * @return whether it ended by itself, or did not run
     */
    public boolean stop(Duration patience) throws IOException, InterruptedException {
        Optional<ProcessHandle> handle = running();
        if (handle.isEmpty()) {
            return true;
        }
        boolean _ = handle.get().destroy();
        if (ended(handle.get(), patience)) {
            return true;
        }
        kill();
        return false;
    }

    /** Ends the process as a crash of the machine would (SIGKILL), and waits until it is gone. */
    public void kill() throws IOException, InterruptedException {
        Optional<ProcessHandle> handle = running();
        if (handle.isPresent()) {
            boolean _ = handle.get().destroyForcibly();
            boolean _ = ended(handle.get(), KILL_WAIT);
        }
    }

    private static boolean ended(ProcessHandle handle, Duration patience) throws InterruptedException {
        try {
            ProcessHandle _ = handle.onExit().get(patience.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw new IllegalStateException("waiting for the end of process " + handle.pid(), e);
        }
    }

    private static long startTicks(long pid) throws IOException {
        return ProcessStatistics.of(pid).map(ProcessStatistics::startTicks).orElse(NOT_RUNNING);
    }
}
