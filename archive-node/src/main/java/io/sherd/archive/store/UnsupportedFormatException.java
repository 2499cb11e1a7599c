package io.sherd.archive.store;

/** Something stored in a format that this program does not read. Exit code 16. */
public final class UnsupportedFormatException extends StoreException {

    private static final long serialVersionUID = 1L;

    /** An exception whose message names the store, the format found and the format read. */
    public UnsupportedFormatException(String message) {
        super(message);
    }
}
