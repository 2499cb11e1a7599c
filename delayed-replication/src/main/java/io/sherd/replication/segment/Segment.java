package io.sherd.replication.segment;

import io.sherd.merkle.Digest;
import io.sherd.merkle.MerkleTree;
import io.sherd.replication.genesis.Limits;
import io.sherd.replication.ledger.Batch;
import io.sherd.replication.ledger.LedgerEntry;
import java.util.List;

/**
 * A run of consecutive entries.
 *
 * @param number the segment's place among all segments, from 0
 * @param ledgerHashBefore the ledger hash before its first entry
 * @param entries at least one entry, with consecutive positions
 */
public record Segment(long number, Digest ledgerHashBefore, List<LedgerEntry> entries) {

    /** Checks that the entries are consecutive. */
    public Segment {
        entries = List.copyOf(entries);
        if (number < 0 || entries.isEmpty()) {
            throw new IllegalArgumentException("segment " + number + " with " + entries.size() + " entries");
        }
        for (int i = 1; i < entries.size(); i++) {
            if (entries.get(i).sequence() != entries.get(i - 1).sequence() + 1) {
                throw new IllegalArgumentException("entry %d follows entry %d"
                        .formatted(entries.get(i).sequence(), entries.get(i - 1).sequence()));
            }
        }
    }

    /** {@return position of the first entry} */
    public long firstSequence() {
        return entries.getFirst().sequence();
    }

    /** {@return position of the last entry, inclusive: the checkpoint} */
    public long lastSequence() {
        return entries.getLast().sequence();
    }

    /** {@return the ledger hash after the last entry} */
    public Digest ledgerHashAfter() {
        Digest hash = ledgerHashBefore;
        for (LedgerEntry entry : entries) {
            hash = entry.ledgerHash(hash);
        }
        return hash;
    }

    /** {@return the RFC 6962 tree over the entries' leaves} */
    public MerkleTree entriesTree() {
        return MerkleTree.of(entries.stream().map(LedgerEntry::leaf).toList());
    }

    /** {@return what the last entry was: decides whether this closing is a state checkpoint, or ends the epoch} */
    public Batch.Kind closedBy() {
        return entries.getLast().batch().kind();
    }

    /**
     * {@return whether this closing is also a state checkpoint: at every m-th checkpoint, and wherever a seal or an epoch entry
     * closes a segment}
     *
     * @param limits the genesis's
     */
    public boolean isStateCheckpoint(Limits limits) {
        return closedBy() == Batch.Kind.SEAL
                || closedBy() == Batch.Kind.EPOCH
                || (number + 1) % limits.stateCheckpointEvery() == 0;
    }
}
