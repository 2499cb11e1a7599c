package io.sherd.replication.checkpoint;

/** A certificate, or a chain of them, that does not prove what it should. */
public final class InvalidCertificateException extends Exception {

    private static final long serialVersionUID = 1L;

    /**
     * An exception whose message names what does not hold.
     *
     * @param message what was expected and what was found
     */
    public InvalidCertificateException(String message) {
        super(message);
    }
}
