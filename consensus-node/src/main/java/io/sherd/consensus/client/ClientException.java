package io.sherd.consensus.client;

/** An operation, or the client as a whole, did not get what it needs from the replicas. */
public final class ClientException extends Exception {

    private static final long serialVersionUID = 1L;

    /** What went wrong. */
    public enum Kind {
        /** Too few replicas answered in time. Whether the operation was or will be executed is unknown. */
        NO_QUORUM,
        /** f + 1 replicas refused the operation: it will not be executed. */
        REFUSED,
        /** It was executed once, but the replicas do not keep its result any more. */
        RESULT_DROPPED,
        /** Its id is of another operation: another process uses this client's key. */
        ID_TAKEN,
        /** The client was closed before the operation had a result. */
        CLOSED
    }

    private final Kind kind;

    /** An exception whose message says which operation, and what the replicas said. */
    public ClientException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    /** What went wrong. */
    public Kind kind() {
        return kind;
    }
}
