package io.sherd.archive.state;

/** A chunk or a proof of a state that does not lead to the root it should: somebody's lie, or rot on the way. */
public final class InvalidStateException extends Exception {

    private static final long serialVersionUID = 1L;

    /** An exception whose message names what does not hold. */
    public InvalidStateException(String message) {
        super(message);
    }
}
