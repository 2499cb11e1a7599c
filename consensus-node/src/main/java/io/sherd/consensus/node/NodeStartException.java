package io.sherd.consensus.node;

/** A replica that may not start as it is configured; nothing was signed or changed. */
public final class NodeStartException extends Exception {

    private static final long serialVersionUID = 1L;

    private final Kind kind;

    /** What has to be looked at. */
    public enum Kind {
        /** Configuration and genesis do not fit together. */
        CONFIG,
        /** A key or certificate is not the one that the member table has for this replica. */
        IDENTITY,
        /** This directory may not speak for the replica. */
        UNSAFE,
        /** An address cannot be listened on. */
        ADDRESS
    }

    /**
     * Says why.
     *
     * @param kind what has to be looked at
     * @param message what was expected and what was found
     */
    public NodeStartException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    /**
     * Says why.
     *
     * @param kind what has to be looked at
     * @param message what was expected and what was found
     * @param cause what refused
     */
    public NodeStartException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    /** {@return what has to be looked at} */
    public Kind kind() {
        return kind;
    }
}
