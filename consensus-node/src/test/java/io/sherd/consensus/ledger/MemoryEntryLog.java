package io.sherd.consensus.ledger;

import io.sherd.consensus.core.DecidedEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** The entries of a vote log, in memory. */
final class MemoryEntryLog implements EntryLog {

    private final TreeMap<Long, DecidedEntry> entries = new TreeMap<>();

    synchronized void add(DecidedEntry entry) {
        entries.put(entry.entry().sequence(), entry);
    }

    /** The lowest position that is held; 0 if there is none. */
    synchronized long first() {
        return entries.isEmpty() ? 0 : entries.firstKey();
    }

    @Override
    public synchronized List<DecidedEntry> decided(long from, int limit, int limitBytes) {
        List<DecidedEntry> found = new ArrayList<>();
        long bytes = 0;
        for (long sequence = from; found.size() < limit && bytes < limitBytes; sequence++) {
            DecidedEntry entry = entries.get(sequence);
            if (entry == null) {
                break;
            }
            found.add(entry);
            bytes += entry.entry().batch().sizeBytes();
        }
        return found;
    }

    @Override
    public synchronized void truncateBelow(long sequence) {
        entries.headMap(sequence).clear();
    }
}
