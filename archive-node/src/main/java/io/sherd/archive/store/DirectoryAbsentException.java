package io.sherd.archive.store;

/** There is no data directory, or no store in it, where one was asked for. Nothing was created. Exit code 6. */
public final class DirectoryAbsentException extends StoreException {

    private static final long serialVersionUID = 1L;

    /** An exception whose message names the path and what is not there. */
    public DirectoryAbsentException(String message) {
        super(message);
    }
}
