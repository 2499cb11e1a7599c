package io.sherd.archive.restore;

import io.sherd.archive.store.StoreException;

/** A data directory is an older copy of itself: it has forgotten what its replica signed since, and may sign nothing any more. */
public final class OlderCopyException extends StoreException {

    private static final long serialVersionUID = 1L;

    /** An exception whose message says what was signed, and what is here. */
    public OlderCopyException(String message) {
        super(message);
    }
}
