package io.sherd.consensus.sim;

/** An invariant of the cluster does not hold. */
public final class Violation extends AssertionError {
    private static final long serialVersionUID = 1L;

    /**
     * A violation.
     *
     * @param message what does not hold
     */
    public Violation(String message) {
        super(message);
    }

    /** Fails unless a condition holds. */
    static void unless(boolean condition, String message, Object... details) {
        if (!condition) {
            throw new Violation(message.formatted(details));
        }
    }
}
