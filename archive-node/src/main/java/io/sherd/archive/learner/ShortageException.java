package io.sherd.archive.learner;

import io.sherd.replication.learner.Shortage;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/** The ledger cannot be learned any further from what can be reached: says what is missing, and why, source by source. */
public class ShortageException extends Exception {

    private static final long serialVersionUID = 1L;

    /** Not part of any stored form: exceptions are not stored. */
    private final transient Shortage shortage;

    private final transient SortedMap<Integer, String> lastFailures;

    /**
     * An exception for one shortage.
     *
     * @param shortage what is missing
     * @param lastFailures by source: what it, or the connection to it, last said
     */
    ShortageException(Shortage shortage, SortedMap<Integer, String> lastFailures) {
        super(message(shortage, lastFailures));
        this.shortage = shortage;
        this.lastFailures = Collections.unmodifiableSortedMap(new TreeMap<>(lastFailures));
    }

    /** An exception of the kind that fits the shortage. */
    static ShortageException of(Shortage shortage, SortedMap<Integer, String> lastFailures) {
        return shortage.stage() == Shortage.Stage.PIECES
                ? new InsufficientPiecesException(shortage, lastFailures)
                : new ShortageException(shortage, lastFailures);
    }

    /** What is missing. */
    public Shortage shortage() {
        return shortage;
    }

    /** By source: what it, or the connection to it, last said. */
    public SortedMap<Integer, String> lastFailures() {
        return lastFailures;
    }

    private static String message(Shortage shortage, SortedMap<Integer, String> lastFailures) {
        StringBuilder text = new StringBuilder(shortage.toString());
        lastFailures.forEach((source, failure) ->
                text.append("; last from r").append(source).append(": ").append(failure));
        return text.toString();
    }
}
