package io.sherd.archive.learner;

/** What was learned cannot be put where it should go: a full disk, a broken file. */
public class SinkException extends Exception {

    private static final long serialVersionUID = 1L;

    /** An exception whose message names the place and what happened. */
    public SinkException(String message) {
        super(message);
    }

    /** As {@link #SinkException(String)}, with the refusal underneath. */
    public SinkException(String message, Throwable cause) {
        super(message, cause);
    }
}
