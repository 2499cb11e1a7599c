package io.sherd.consensus.durable;

import io.sherd.archive.store.StoreException;

/**
 * The log opens, but holds less than this replica has spoken of: a file of it was lost. The replica must not vote with what is
 * left; it joins again as one that has forgotten its votes.
 */
public final class VotesMissingException extends StoreException {

    private static final long serialVersionUID = 1L;

    /**
     * An exception whose message says what must be there and what is.
     *
     * @param message expected and found
     */
    public VotesMissingException(String message) {
        super(message);
    }
}
