package io.sherd.replication.wire;

/** Bytes from a peer or a disk that are not the canonical encoding of anything: says where and what was expected. */
public final class WireFormatException extends Exception {

    private static final long serialVersionUID = 1L;

    /**
     * An exception whose message says what was expected and what was found.
     *
     * @param message what was expected and what was found
     */
    public WireFormatException(String message) {
        super(message);
    }

    /**
     * As {@link #WireFormatException(String)}, with the value's own refusal as the cause.
     *
     * @param message what was expected and what was found
     * @param cause the refusal underneath
     */
    public WireFormatException(String message, Throwable cause) {
        super(message, cause);
    }
}
