package io.sherd.archive.learner;

/** The place where the ledger should go holds something else, which is left as it is. Exit code 8. */
public final class SinkOccupiedException extends SinkException {

    private static final long serialVersionUID = 1L;

    /**
     * An exception about a place.
     *
     * @param message names it and says what is there
     * @param cause how that was seen
     */
    SinkOccupiedException(String message, Throwable cause) {
        super(message, cause);
    }
}
