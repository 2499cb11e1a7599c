package io.sherd.archive.store;

import io.sherd.replication.piece.Commitment;
import io.sherd.replication.wire.Bytes;
import java.util.Optional;

/** Port: the segments that are still held whole, wherever that is. Thread-safe. */
@FunctionalInterface
public interface FullBytes {

    /**
     * The compressed bytes of a sealed segment.
     *
     * @param commitment of the segment
     * @return empty if they were dropped
     * @throws StoreException if they cannot be read
     */
    Optional<Bytes> of(Commitment commitment) throws StoreException;
}
