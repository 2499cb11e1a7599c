package io.sherd.archive.learner;

import io.sherd.replication.piece.Commitment;
import io.sherd.replication.segment.Segment;
import io.sherd.replication.wire.Bytes;
import java.io.IOException;

/**
 * Port: somewhere that segments are written to one after the other and that can be cut back to an earlier point: files of
 * JSON lines, a raw copy. {@link PositionedSink} keeps the position beside it, so that a segment is in the output exactly once.
 */
public interface LedgerOutput extends AutoCloseable {

    /** The most bytes of a mark. */
    int MAX_MARK_BYTES = 64 * 1024;

    /**
     * Cuts the output back to a mark, and goes on there; called once, first.
     *
     * @param mark what {@link #sync} returned at that point; empty for a new output, which must hold nothing then
     * @throws IOException if it cannot be cut back, or is shorter than it was at the mark
     */
    void cutBackTo(Bytes mark) throws IOException;

    /** Appends the next segment. */
    void write(Segment segment, Commitment commitment) throws IOException;

    /**
     * Makes everything written durable.
     *
     * @return a mark of this point, such as the size of a file; at most {@link #MAX_MARK_BYTES} bytes
     */
    Bytes sync() throws IOException;

    @Override
    void close() throws IOException;
}
