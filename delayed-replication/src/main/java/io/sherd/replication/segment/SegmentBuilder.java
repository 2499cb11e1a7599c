package io.sherd.replication.segment;

import io.sherd.merkle.Digest;
import io.sherd.replication.Invariant;
import io.sherd.replication.genesis.Limits;
import io.sherd.replication.ledger.Batch;
import io.sherd.replication.ledger.LedgerEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The cut: a pure function of the ledger, never of timing or view.
 *
 * <p>A segment closes with the entry at which its batches' bytes reach the target, or its entries the checkpoint interval,
 * or with a seal or an epoch entry. Every closing is a checkpoint. Not thread-safe.
 */
public final class SegmentBuilder {

    private final Limits limits;
    private long segmentNumber;
    private long nextSequence;
    private Digest ledgerHashBefore;
    private Digest ledgerHash;
    private List<LedgerEntry> open = new ArrayList<>();
    private long openBytes;

    /**
     * A builder that goes on after a closing.
     *
     * @param limits target and interval
     * @param segmentNumber the number of the next segment, 0 in a new ledger
     * @param nextSequence the position of the next entry, 1 in a new ledger
     * @param ledgerHash the ledger hash before it, the cluster id in a new ledger
     */
    public SegmentBuilder(Limits limits, long segmentNumber, long nextSequence, Digest ledgerHash) {
        this.limits = limits;
        this.segmentNumber = segmentNumber;
        this.nextSequence = nextSequence;
        this.ledgerHashBefore = ledgerHash;
        this.ledgerHash = ledgerHash;
    }

    /**
     * Adds the next entry and returns the segment that it closes, if it closes one.
     *
     * @param entry the entry at {@link #nextSequence()}
     * @return the segment that ends with this entry, or nothing
     */
    public Optional<Segment> add(LedgerEntry entry) {
        Invariant.holds(
                entry.sequence() == nextSequence, "entry %d added, %d expected", entry.sequence(), nextSequence);
        open.add(entry);
        openBytes += entry.batch().sizeBytes();
        ledgerHash = entry.ledgerHash(ledgerHash);
        nextSequence++;
        return closes(entry) ? Optional.of(close()) : Optional.empty();
    }

    /** {@return the position that the next entry must have} */
    public long nextSequence() {
        return nextSequence;
    }

    /** {@return the ledger hash after the last entry added} */
    public Digest ledgerHash() {
        return ledgerHash;
    }

    /** {@return the number that the open segment will have} */
    public long segmentNumber() {
        return segmentNumber;
    }

    /** {@return whether no entry was added since the last closing} */
    public boolean isAtClosing() {
        return open.isEmpty();
    }

    private boolean closes(LedgerEntry entry) {
        Batch.Kind kind = entry.batch().kind();
        return openBytes >= limits.segmentTargetBytes()
                || open.size() >= limits.checkpointInterval()
                || kind == Batch.Kind.SEAL
                || kind == Batch.Kind.EPOCH;
    }

    private Segment close() {
        Segment closed = new Segment(segmentNumber, ledgerHashBefore, open);
        segmentNumber++;
        ledgerHashBefore = ledgerHash;
        open = new ArrayList<>();
        openBytes = 0;
        return closed;
    }
}
