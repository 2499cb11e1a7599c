package io.sherd.cli.output;

import java.util.ArrayList;
import java.util.List;

/** Why a command did not do what it was asked: one line that says what, facts, what to do next, and the exit code. */
public final class CommandFailure extends Exception {
    private static final long serialVersionUID = 1L;

    private final ExitCode exitCode;
    private final String word;
    private final ArrayList<String> facts;
    private final String hint;

    /**
     * A failure.
     *
     * @param exitCode what the process ends with
     * @param word the stable name of this kind of failure, such as {@code piece.insufficient}
     * @param message what is wrong, in one line
     * @param facts what was seen, one line each
     * @param hint what the user can do, as one short sentence or command
     */
    public CommandFailure(ExitCode exitCode, String word, String message, List<String> facts, String hint) {
        super(message);
        this.exitCode = exitCode;
        this.word = word;
        this.facts = new ArrayList<>(facts);
        this.hint = hint;
    }

    /** As {@link #CommandFailure(ExitCode, String, String, List, String)}, without facts. */
    public CommandFailure(ExitCode exitCode, String word, String message, String hint) {
        this(exitCode, word, message, List.of(), hint);
    }

    /** As {@link #CommandFailure(ExitCode, String, String, String)}, with the exception that tells of it underneath. */
    public CommandFailure(ExitCode exitCode, String word, String message, String hint, Throwable cause) {
        this(exitCode, word, message, List.of(), hint);
        initCause(cause);
    }

    /** {@return what the process ends with} */
    public ExitCode exitCode() {
        return exitCode;
    }

    /** {@return the stable name of this kind of failure} */
    public String word() {
        return word;
    }

    /** {@return what was seen, one line each} */
    public List<String> facts() {
        return List.copyOf(facts);
    }

    /** {@return what the user can do} */
    public String hint() {
        return hint;
    }

    /** {@return the lines that the user sees} */
    public List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add("error[%s]: %s".formatted(word, getMessage()));
        facts.forEach(fact -> lines.add("  " + fact));
        if (!hint.isEmpty()) {
            lines.add("  hint: " + hint);
        }
        return lines;
    }
}
