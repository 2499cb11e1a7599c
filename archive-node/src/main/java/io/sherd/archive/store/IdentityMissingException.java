package io.sherd.archive.store;

/** A directory holds a replica's stores, but not the file that says whose they are. Nobody may sign with it any more. Exit code 10. */
public final class IdentityMissingException extends StoreException {

    private static final long serialVersionUID = 1L;

    /** An exception that names the directory. */
    public IdentityMissingException(String message) {
        super(message);
    }
}
