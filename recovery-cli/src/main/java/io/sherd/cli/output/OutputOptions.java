package io.sherd.cli.output;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The options about output that every command has, and the way to print. */
public final class OutputOptions {
    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // picocli sets it before it calls the command
    private CommandSpec command;

    @Option(names = "--json", description = "Print JSON instead of text, one document a line.")
    private boolean json;

    @Option(
            names = {"-q", "--quiet"},
            description = "Print no progress and no notes.")
    private boolean quiet;

    @Option(
            names = "--progress",
            paramLabel = "MODE",
            defaultValue = "auto",
            description =
                    "How progress is shown on standard error: auto, line, log or none. Default: ${DEFAULT-VALUE}.")
    private ProgressChoice progress = ProgressChoice.auto;

    /** What {@code --progress} takes. */
    enum ProgressChoice {
        auto,
        line,
        log,
        none
    }

    /** Made by picocli, which fills in the options. */
    public OutputOptions() {}

    /** {@return whether the answer is a JSON document} */
    public boolean json() {
        return json;
    }

    /** {@return where answers go} */
    public PrintWriter out() {
        return command.commandLine().getOut();
    }

    /** {@return where progress, notes and errors go} */
    public PrintWriter err() {
        return command.commandLine().getErr();
    }

    /**
     * Prints a command's answer.
     *
     * @param report the answer
     */
    public void print(Report report) {
        if (json) {
            out().println(Json.line(report));
        } else {
            report.text().forEach(out()::println);
        }
        out().flush();
    }

    /**
     * Prints a line for people on standard output; none where the answer is a JSON document.
     *
     * @param line the line
     */
    public void say(String line) {
        if (!json) {
            out().println(line);
            out().flush();
        }
    }

    /**
     * Prints any bytes on standard output, and nothing else.
     *
     * @param bytes the bytes
     */
    public void raw(byte[] bytes) {
        out().flush();
        System.out.write(bytes, 0, bytes.length);
        System.out.flush();
    }

    /**
     * Prints a remark on standard error.
     *
     * @param line the line
     */
    public void note(String line) {
        if (!quiet) {
            err().println(line);
            err().flush();
        }
    }

    /**
     * {@return the shown progress of one piece of work}
     *
     * @param label what is being done
     * @param total how much there is to do; 0 if that is not known
     * @param unit what is counted
     */
    public Progress progress(String label, long total, Progress.Unit unit) {
        return new Progress(err(), mode(), System::nanoTime, label, total, unit);
    }

    /**
     * {@return the shown phases of one piece of work}
     *
     * @param label what stands before each
     */
    public Phases phases(String label) {
        return new Phases(err(), mode(), label);
    }

    private Progress.Mode mode() {
        return switch (progress) {
            case none -> Progress.Mode.NONE;
            case line -> Progress.Mode.TERMINAL;
            case log -> Progress.Mode.LOG;
            case auto -> {
                if (quiet) {
                    yield Progress.Mode.NONE;
                }
                yield errorIsTerminal() ? Progress.Mode.TERMINAL : Progress.Mode.LOG;
            }
        };
    }

    /** Java tells whether standard output is a terminal, but not standard error; Linux does. */
    private static boolean errorIsTerminal() {
        Path standardError = Path.of("/proc/self/fd/2");
        try {
            String target = Files.readSymbolicLink(standardError).toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
        } catch (IOException e) {
            // No such file system here: then no line is rewritten, which is never wrong.
            return false;
        }
    }
}
