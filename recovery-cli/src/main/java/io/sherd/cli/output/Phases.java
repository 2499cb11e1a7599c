package io.sherd.cli.output;

import java.io.PrintWriter;

/**
 * Tells what a piece of work without a measure of its progress is doing: on a terminal in one line that is rewritten, elsewhere
 * in a line for each phase. Not thread-safe.
 *
 * <pre>
 *   [5/7] restore: rebuilding r3's directory from the others
 * </pre>
 */
public final class Phases implements AutoCloseable {
    private final PrintWriter err;
    private final Progress.Mode mode;
    private final String label;

    /**
     * Phases of one piece of work.
     *
     * @param err where they are shown
     * @param mode how they are shown
     * @param label what stands before each
     */
    public Phases(PrintWriter err, Progress.Mode mode, String label) {
        this.err = err;
        this.mode = mode;
        this.label = label;
    }

    /**
     * Says what begins now.
     *
     * @param what what is being done
     */
    public void enter(String what) {
        switch (mode) {
            case TERMINAL -> err.print(Progress.ERASE_LINE + label + ": " + what);
            case LOG -> err.println(label + ": " + what);
            case NONE -> {}
        }
        err.flush();
    }

    /** Leaves the terminal's line empty again. */
    @Override
    public void close() {
        if (mode == Progress.Mode.TERMINAL) {
            err.print(Progress.ERASE_LINE);
            err.flush();
        }
    }
}
