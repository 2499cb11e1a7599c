package io.sherd.archive.learner;

import io.sherd.replication.learner.LearnerProgress;
import io.sherd.replication.piece.Reassembler;

/**
 * Port: takes the learned ledger, segment by segment in order, each once. What is accepted was proved down to its bytes.
 *
 * <p>A sink knows its own durable position. After a crash it goes on from there: whatever it had accepted beyond it is
 * forgotten, and delivered again. Used by one thread.
 */
public interface LedgerSink extends AutoCloseable {

    /**
     * Called once, before anything else: forgets what is not durable.
     *
     * @return where to go on
     * @throws SinkException if the position cannot be read, or what it speaks of is not there
     */
    LearnerProgress resume() throws SinkException;

    /**
     * Takes the next segment. It need not be durable before {@link #sync}.
     *
     * @param segment the segment, its commitment and all its pieces
     * @param after where the learner stands behind it
     * @throws SinkException if it cannot be taken
     */
    void accept(Reassembler.Reassembled segment, LearnerProgress after) throws SinkException;

    /**
     * Makes everything accepted durable, and with it the position behind it.
     *
     * @throws SinkException if the disk refuses; the durable position is then the old one or the new one
     */
    void sync() throws SinkException;

    /** Lets go. What was not synced may be lost. */
    @Override
    void close() throws SinkException;
}
