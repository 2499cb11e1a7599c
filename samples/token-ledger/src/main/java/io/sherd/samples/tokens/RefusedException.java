package io.sherd.samples.tokens;

/** An operation is not done; the message is its result. Thrown before anything is written. */
final class RefusedException extends Exception {

    private static final long serialVersionUID = 1L;

    RefusedException(String reason) {
        super(reason);
    }
}
