package io.sherd.cli;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Disks that refuse: system calls of another process that fail (strace), and file systems that are full or read-only (mount).
 * Both need a tool and a right that a machine may not give; whoever asks for one where it is missing is skipped, and says so.
 */
final class DiskFaults {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private DiskFaults() {}

    /**
     * A process whose system calls are watched, until it ends or this is closed.
     *
     * @param tracer strace
     * @param trace what it saw
     */
    record Watched(Process tracer, Path trace) implements AutoCloseable {
        /** The calls that were made to fail. */
        List<String> failed() throws IOException {
            return calls().stream().filter(line -> line.contains("(INJECTED)")).toList();
        }

        /** All calls, as soon as they are over. */
        List<String> calls() throws IOException {
            return Files.readAllLines(trace).stream()
                    .filter(line -> line.contains(" = "))
                    .toList();
        }

        @Override
        public void close() {
            tracer.destroy();
            var _ = tracer.onExit()
                    .orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS)
                    .join();
        }
    }

    /**
     * Watches calls of a process.
     *
     * @param pid the process
     * @param calls which calls, as strace names them
     * @param file only calls about this
     * @param scratch where strace may write
     */
    static Watched watch(long pid, String calls, Path file, Path scratch) throws IOException {
        return trace(List.of("-e", "trace=" + calls), pid, List.of(file), scratch);
    }

    /**
     * Makes calls of a process fail.
     *
     * @param pid the process
     * @param calls which calls, as strace names them
     * @param error what they answer, and when, as in {@code EIO} or {@code EIO:when=1}
     * @param files only calls about these
     * @param scratch where strace may write
     */
    static Watched inject(long pid, String calls, String error, List<Path> files, Path scratch) throws IOException {
        return trace(
                List.of("-e", "trace=" + calls, "-e", "inject=%s:error=%s".formatted(calls, error)),
                pid,
                files,
                scratch);
    }

    private static Watched trace(List<String> what, long pid, List<Path> files, Path scratch) throws IOException {
        Path trace = Files.createTempFile(scratch, "strace", ".trace");
        Path words = Files.createTempFile(scratch, "strace", ".err");
        List<String> command = new ArrayList<>(List.of("strace", "-f", "-o", trace.toString()));
        command.addAll(what);
        for (Path file : files) {
            command.addAll(List.of("-P", file.toString()));
        }
        command.addAll(List.of("-p", Long.toString(pid)));
        Process tracer = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(words.toFile())
                .start();
        await().atMost(PATIENCE).until(() -> Files.readString(words).contains("attached"));
        return new Watched(tracer, trace);
    }

    /** Skips the test unless another process can be traced here. */
    static void assumeStrace() throws IOException {
        Process sleeping = new ProcessBuilder("sleep", "1").start();
        // It ends with the process that it watches, or at once if it may not watch.
        assume(
                run("strace", "-o", "/dev/null", "-p", Long.toString(sleeping.pid())),
                "strace is missing or may not trace");
    }

    /** Mounts a file system in memory, or skips the test if that cannot be done here. */
    static Mounted assumeSmallDisk(Path at, String size) throws IOException {
        Files.createDirectories(at);
        assume(
                run("mount", "-t", "tmpfs", "-o", "size=" + size, "tmpfs", at.toString()),
                "nothing can be mounted here");
        return new Mounted(at);
    }

    /**
     * A file system of its own.
     *
     * @param at where it is mounted
     */
    record Mounted(Path at) implements AutoCloseable {
        /** Takes every byte that is left. */
        Path fill() throws IOException {
            Path ballast = at.resolve("ballast");
            if (run("dd", "if=/dev/zero", "of=" + ballast, "bs=4k")) {
                throw new IllegalStateException("the disk was not filled");
            }
            return ballast;
        }

        /** Makes it refuse every write, or take them again; nothing may be open for writing. */
        void setReadOnly(boolean readOnly) throws IOException {
            require("mount", "-o", "remount," + (readOnly ? "ro" : "rw"), at.toString());
        }

        @Override
        public void close() throws IOException {
            require("umount", at.toString());
        }
    }

    private static void require(String... command) throws IOException {
        if (!run(command)) {
            throw new IllegalStateException(String.join(" ", command) + " failed");
        }
    }

    private static boolean run(String... command) throws IOException {
        Process process;
        try {
            process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            if (String.valueOf(e.getMessage()).contains("error=2,")) {
                // There is no such program.
                return false;
            }
            throw e;
        }
        return process.onExit().join().exitValue() == 0;
    }

    private static void assume(boolean possible, String missing) {
        if (!possible) {
            System.err.println("SKIP: " + missing);
        }
        assumeTrue(possible, missing);
    }
}
