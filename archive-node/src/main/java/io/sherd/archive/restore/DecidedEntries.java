package io.sherd.archive.restore;

import io.sherd.archive.store.StoreException;
import io.sherd.replication.segment.Segment;

/** Port: decided and certified entries that are still held as they were ordered, for a node to execute again at its start. */
public interface DecidedEntries {

    /** Takes one segment. */
    @FunctionalInterface
    interface SegmentConsumer {

        /** Takes the next segment; its first entry follows the last one of the segment before. */
        void accept(Segment segment) throws StoreException;
    }

    /**
     * Hands over the segments that have entries after a position, in order and without gaps.
     *
     * @param sequence the position of the state that the node has; it ends a segment, or is 0
     * @param consumer takes the segments
     * @throws StoreException if a segment cannot be read, or one that is needed is not held
     */
    void segmentsAfter(long sequence, SegmentConsumer consumer) throws StoreException;
}
