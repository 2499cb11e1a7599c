package io.sherd.replication.piece;

/** Valid pieces that do not make what their commitment says. It can only happen when more than f replicas signed a lie. */
public final class ReassemblyException extends Exception {

    private static final long serialVersionUID = 1L;

    /**
     * An exception whose message says what differs.
     *
     * @param message what was expected and what was found
     */
    public ReassemblyException(String message) {
        super(message);
    }

    /**
     * As {@link #ReassemblyException(String)}, with the refusal underneath.
     *
     * @param message what was expected and what was found
     * @param cause the refusal underneath
     */
    public ReassemblyException(String message, Throwable cause) {
        super(message, cause);
    }
}
