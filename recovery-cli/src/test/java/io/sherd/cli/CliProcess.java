package io.sherd.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sherd.cli.cluster.JavaCommand;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A command that runs as a process of its own, its outputs in files. Whoever closes this ends it. */
final class CliProcess implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final Path out;
    private final Path err;
    private final Process process;

    private CliProcess(Path out, Path err, Process process) {
        this.out = out;
        this.err = err;
        this.process = process;
    }

    /** Its standard input is empty. */
    static CliProcess start(Path directory, Object... words) throws IOException {
        return start(directory, ProcessBuilder.Redirect.from(new File("/dev/null")), words);
    }

    /** Its standard input is what {@link #type} gives it, and does not end before this is closed. */
    static CliProcess atTerminal(Path directory, Object... words) throws IOException {
        return start(directory, ProcessBuilder.Redirect.PIPE, words);
    }

    private static CliProcess start(Path directory, ProcessBuilder.Redirect in, Object... words) throws IOException {
        Path out = Files.createTempFile(directory, "command", ".out");
        Path err = Files.createTempFile(directory, "command", ".err");
        // A shell that puts a command into the background makes it deaf to Ctrl-C, and its children with it.
        List<String> command = new ArrayList<>(List.of("env", "--default-signal=INT"));
        command.addAll(
                JavaCommand.of(256, List.of(words).stream().map(String::valueOf).toList()));
        Process process = new ProcessBuilder(command)
                .redirectInput(in)
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        return new CliProcess(out, err, process);
    }

    void type(String line) throws IOException {
        process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().flush();
    }

    String out() throws IOException {
        return Files.readString(out);
    }

    String err() throws IOException {
        return Files.readString(err);
    }

    long pid() {
        return process.pid();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Its children, and theirs. */
    List<ProcessHandle> descendants() {
        return process.descendants().toList();
    }

    void awaitOut(String text) {
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(out()).as(err()).contains(text));
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

    /** As a supervisor does. */
    void terminate() {
        process.destroy();
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
        // Until it is gone its files are in use.
        var _ = process.destroyForcibly().onExit().join();
    }
}
