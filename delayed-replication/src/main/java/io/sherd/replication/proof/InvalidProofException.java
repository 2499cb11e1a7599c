package io.sherd.replication.proof;

/** A proof that does not prove what it claims. */
public final class InvalidProofException extends Exception {

    private static final long serialVersionUID = 1L;

    private final ProofStep step;

    /**
     * A refusal.
     *
     * @param step the first step that does not hold
     * @param message what was expected and what was found
     */
    public InvalidProofException(ProofStep step, String message) {
        super(message);
        this.step = step;
    }

    /**
     * A refusal with what tells of it underneath.
     *
     * @param step the first step that does not hold
     * @param cause what was expected and what was found
     */
    public InvalidProofException(ProofStep step, Exception cause) {
        super(String.valueOf(cause.getMessage()), cause);
        this.step = step;
    }

    /** {@return the first step that does not hold} */
    public ProofStep step() {
        return step;
    }
}
