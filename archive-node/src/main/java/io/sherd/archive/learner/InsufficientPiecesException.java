package io.sherd.archive.learner;

import io.sherd.replication.learner.Shortage;
import java.util.SortedMap;

/**
 * Fewer than k valid pieces of a segment can be reached. Nothing is guessed and nothing half-written: the segment cannot be
 * rebuilt until more sources can be reached. Exit code 11.
 */
public final class InsufficientPiecesException extends ShortageException {

    private static final long serialVersionUID = 1L;

    /**
     * An exception for a shortage of pieces.
     *
     * @param shortage what is missing
     * @param lastFailures by source: what it, or the connection to it, last said
     */
    public InsufficientPiecesException(Shortage shortage, SortedMap<Integer, String> lastFailures) {
        super(shortage, lastFailures);
    }
}
