package io.sherd.cli.cluster;

import io.sherd.cli.output.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import tools.jackson.databind.JsonNode;

/**
 * Runs commands of this program as processes of their own and reads their one document. Whoever closes this ends those that
 * still run.
 */
public final class ChildCommand implements AutoCloseable {
    private static final int KEPT_CHARACTERS = 400;

    private final Path log;
    private final int maxHeapMiB;
    private final Set<Process> running = ConcurrentHashMap.newKeySet();
    private boolean closed;

    /**
     * A runner.
     *
     * @param log the file that standard errors are added to
     * @param maxHeapMiB how much heap each command may use
     */
    public ChildCommand(Path log, int maxHeapMiB) {
        this.log = log;
        this.maxHeapMiB = maxHeapMiB;
    }

    /**
     * What a command ended with.
     *
     * @param exitCode its exit code
     * @param output what it wrote to standard output
     */
    public record Result(int exitCode, String output) {
        /** {@return the document in the last line of the output} */
        public JsonNode document() {
            List<String> lines = output.lines().filter(line -> !line.isBlank()).toList();
            if (lines.isEmpty()) {
                throw new IllegalStateException("a command ended with code " + exitCode + " and without a document");
            }
            return Json.read(lines.getLast());
        }

        /** {@return why it failed, in one line: the message of its error document, or the beginning of its output} */
        public String message() {
            if (output.contains("\"schema\":\"sherd.error/")) {
                return document().path("message").asString();
            }
            String line = output.strip().replace('\n', ' ');
            return line.substring(0, Math.min(line.length(), KEPT_CHARACTERS));
        }
    }

    /**
     * Runs a command and waits for it.
     *
     * @param words the command and its options; {@code --json} is added
     * @throws IOException if it cannot be started
     */
    public Result run(List<String> words) throws IOException, InterruptedException {
        Files.createDirectories(java.util.Objects.requireNonNull(log.getParent()));
        List<String> all = new java.util.ArrayList<>(words);
        all.addAll(List.of("--json", "--progress", "none"));
        Process process = start(all);
        try {
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new Result(process.waitFor(), output);
        } finally {
            boolean _ = process.destroyForcibly().isAlive();
            running.remove(process);
        }
    }

    /** Under the lock of {@link #close}, so that nothing starts unseen while all that runs is ended. */
    private synchronized Process start(List<String> words) throws IOException, InterruptedException {
        if (closed) {
            throw new InterruptedException("no command is started any more");
        }
        Process process = new ProcessBuilder(JavaCommand.of(maxHeapMiB, words))
                .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
        running.add(process);
        return process;
    }

    @Override
    public synchronized void close() {
        closed = true;
        running.forEach(Process::destroyForcibly);
    }
}
