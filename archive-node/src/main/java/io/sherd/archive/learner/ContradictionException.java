package io.sherd.archive.learner;

/** Two things that n - f replicas signed exclude each other: more than f replicas lie. Nothing can be learned. Exit code 12. */
public final class ContradictionException extends Exception {

    private static final long serialVersionUID = 1L;

    /** An exception whose message says what excludes what. */
    public ContradictionException(String message) {
        super(message);
    }
}
