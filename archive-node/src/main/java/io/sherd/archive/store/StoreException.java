package io.sherd.archive.store;

import java.io.IOException;

/** The disk, or the database on it, did not do what was asked. What was being written is unknown, not absent. */
public class StoreException extends Exception {

    private static final long serialVersionUID = 1L;

    /**
     * An exception whose message says which store and what was asked; what the disk answered to that is added to it, since
     * "cannot be written" alone helps nobody.
     */
    public StoreException(String message, Throwable cause) {
        super(cause instanceof IOException answer ? message + ": " + text(answer) : message, cause);
    }

    /** As {@link #StoreException(String, Throwable)}, without a cause. */
    public StoreException(String message) {
        super(message);
    }

    private static String text(IOException answer) {
        String text = answer.getMessage();
        return text == null ? answer.toString() : text;
    }
}
