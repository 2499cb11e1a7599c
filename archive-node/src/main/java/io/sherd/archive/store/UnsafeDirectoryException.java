package io.sherd.archive.store;

/** A directory that holds something else than what was to be opened or made there: another replica's data, another cluster's. Exit code 8. */
public final class UnsafeDirectoryException extends StoreException {

    private static final long serialVersionUID = 1L;

    /** An exception whose message names the path, whose it should be and whose it is. */
    public UnsafeDirectoryException(String message) {
        super(message);
    }
}
