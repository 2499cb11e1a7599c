package io.sherd.archive.store;

/** The disk, or the database on it, did not do what was asked. What was being written is unknown, not absent. */
public class StoreException extends Exception {

    private static final long serialVersionUID = 1L;

    /** An exception whose message says which store, what was asked and what happened. */
    public StoreException(String message, Throwable cause) {
        super(message, cause);
    }

    /** As {@link #StoreException(String, Throwable)}, without a cause. */
    public StoreException(String message) {
        super(message);
    }
}
