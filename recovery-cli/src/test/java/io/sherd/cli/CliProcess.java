package io.sherd.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sherd.cli.cluster.JavaCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A command that runs as a process of its own, its outputs in files. Whoever closes this ends it. */
final class CliProcess implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Path out;
    private final Path err;
    private final Process process;

    private CliProcess(Path out, Path err, Process process) {
        this.out = out;
        this.err = err;
        this.process = process;
    }

    static CliProcess start(Path directory, Object... words) throws IOException {
        Path out = Files.createTempFile(directory, "command", ".out");
        Path err = Files.createTempFile(directory, "command", ".err");
        // A shell that puts a command into the background makes it deaf to Ctrl-C, and its children with it.
        List<String> command = new ArrayList<>(List.of("env", "--default-signal=INT"));
        command.addAll(
                JavaCommand.of(256, List.of(words).stream().map(String::valueOf).toList()));
        Process process = new ProcessBuilder(command)
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        return new CliProcess(out, err, process);
    }

    String out() throws IOException {
        return Files.readString(out);
    }

    String err() throws IOException {
        return Files.readString(err);
    }

    /** Its children, and theirs. */
    List<ProcessHandle> descendants() {
        return process.descendants().toList();
    }

    void awaitOut(String text) {
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(out()).contains(text));
    }

    void awaitErr(String text) {
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(err()).contains(text));
    }

    /** As Ctrl-C does. */
    void interrupt() throws IOException, InterruptedException {
        int _ = new ProcessBuilder("kill", "-INT", Long.toString(process.pid()))
                .inheritIO()
                .start()
                .waitFor();
    }

    int awaitEnd() throws InterruptedException {
        if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            throw new AssertionError("the command does not end");
        }
        return process.exitValue();
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        boolean _ = process.destroyForcibly().isAlive();
    }
}
