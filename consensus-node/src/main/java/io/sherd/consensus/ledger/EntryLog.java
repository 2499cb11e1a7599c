package io.sherd.consensus.ledger;

import io.sherd.archive.store.StoreException;
import io.sherd.consensus.core.DecidedEntry;
import java.util.List;

/** Port: the decided entries that the vote log still holds, in full. Thread-safe. */
public interface EntryLog {

    /**
     * Consecutive decided entries.
     *
     * @param from the first position wanted
     * @param limit at most so many
     * @param limitBytes stops before the batches take more than this, but not before the first
     * @return none if the entry at {@code from} is not held
     * @throws StoreException if the log cannot be read
     */
    List<DecidedEntry> decided(long from, int limit, int limitBytes) throws StoreException;

    /**
     * Forgets everything below a position. Need not be durable when this returns.
     *
     * @param sequence the lowest position that is still needed
     * @throws StoreException if the log cannot be written
     */
    void truncateBelow(long sequence) throws StoreException;
}
