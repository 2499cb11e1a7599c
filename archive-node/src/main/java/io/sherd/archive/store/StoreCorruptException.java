package io.sherd.archive.store;

/** Something stored is not what was written: names store, key, expected and found. */
public final class StoreCorruptException extends StoreException {

    private static final long serialVersionUID = 1L;

    /** An exception whose message names store, key, expected and found. */
    public StoreCorruptException(String message) {
        super(message);
    }

    /** As {@link #StoreCorruptException(String)}, with the refusal underneath. */
    public StoreCorruptException(String message, Throwable cause) {
        super(message, cause);
    }
}
