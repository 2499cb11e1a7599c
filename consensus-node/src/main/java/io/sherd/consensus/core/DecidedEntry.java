package io.sherd.consensus.core;

import io.sherd.replication.ledger.LedgerEntry;
import io.sherd.replication.ledger.Signature;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * An entry with its commit proof: COMMITs of n - f replicas for one ballot. It proves itself to whoever has verified
 * everything before it.
 *
 * @param entry the entry
 * @param epoch the epoch it was committed in
 * @param view the view it was committed in
 * @param commits the COMMITs' signatures, by replica
 */
public record DecidedEntry(LedgerEntry entry, long epoch, long view, SortedMap<Integer, Signature> commits) {

    /** Copies the map. */
    public DecidedEntry {
        commits = Collections.unmodifiableSortedMap(new TreeMap<>(commits));
    }

    /** What the COMMITs are for. */
    public Ballot ballot() {
        return new Ballot(epoch, view, entry.sequence(), entry.batch().digest());
    }
}
