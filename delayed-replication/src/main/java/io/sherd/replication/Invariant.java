package io.sherd.replication;

/** Checks for our own bugs: always on, and never for what a caller, a disk or a peer got wrong. */
public final class Invariant {

    private Invariant() {}

    /** An invariant of this program does not hold: the process must stop rather than guess on. */
    public static final class Violation extends AssertionError {
        private static final long serialVersionUID = 1L;

        Violation(String message) {
            super(message);
        }
    }

    /**
     * Stops the program when {@code condition} is false.
     *
     * @param condition what must hold
     * @param message what it means when it does not, as a {@link String#format} pattern
     * @param details the pattern's arguments
     * @throws Violation when the condition is false
     */
    // The annotation that the warning asks for would put a compile-time library on everybody's class path.
    @SuppressWarnings("AnnotateFormatMethod")
    public static void holds(boolean condition, String message, Object... details) {
        if (!condition) {
            throw new Violation(message.formatted(details));
        }
    }
}
