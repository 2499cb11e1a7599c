package io.sherd.consensus.ledger;

import io.sherd.archive.state.StateCheckpoint;
import io.sherd.archive.store.StoreException;
import io.sherd.consensus.core.Recovered;
import io.sherd.replication.Invariant;
import io.sherd.replication.genesis.Limits;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.ledger.Batch;
import io.sherd.replication.ledger.LedgerEntry;
import io.sherd.replication.segment.Segment;
import io.sherd.replication.segment.SegmentBuilder;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;

/**
 * Entry to state and cut, in order. A position that the state holds already is not executed again, only cut: after a crash the
 * state may be ahead of the archive. Not thread-safe.
 */
final class EntryFolder {

    private final Limits limits;
    private final ExecutedState state;
    private final SegmentBuilder cut;
    private final ArrayDeque<StateCheckpoint> checkpointsAhead;
    private MemberTable members;
    private StateCheckpoint lastCheckpoint;
    private long lastRequest;
    private long covered;
    private long checkpointedSegments;
    private long checkpointDue;

    /**
     * A folder that goes on where {@code start} says.
     *
     * @param limits of the genesis
     * @param state at or after that place
     * @param start where to go on
     */
    EntryFolder(Limits limits, ExecutedState state, Resumption.Start start) {
        this.limits = limits;
        this.state = state;
        this.cut = new SegmentBuilder(limits, start.segmentCount(), start.sequence() + 1, start.ledgerHash());
        this.checkpointsAhead = new ArrayDeque<>(start.checkpointsAbove());
        this.members = start.members();
        this.lastCheckpoint = start.lastCheckpoint();
        this.lastRequest = start.lastRequest();
        this.covered = start.covered();
        this.checkpointedSegments = start.segmentCount();
    }

    /**
     * What one entry did.
     *
     * @param outcomes one a request of an entry of operations, in order; none if the state had the entry already
     * @param closed the segment that it closed
     * @param stateCheckpoint whether that closing is also a state checkpoint: then {@link #takeCheckpoint} comes before the
     *     next entry
     */
    record Step(List<Outcome> outcomes, Optional<SealOrder> closed, boolean stateCheckpoint) {}

    /**
     * Folds the next entry.
     *
     * @param entry the entry at {@link #nextSequence()}
     * @param epoch the epoch it was decided in
     * @return what it did
     * @throws StoreException if the state cannot be read or written
     */
    Step fold(LedgerEntry entry, long epoch) throws StoreException {
        Invariant.holds(checkpointDue == 0, "the state checkpoint at %d was not taken", checkpointDue);
        Invariant.holds(
                epoch == members.epoch(),
                "entry %d was decided in epoch %d, the ledger is in epoch %d",
                entry.sequence(),
                epoch,
                members.epoch());
        List<Outcome> outcomes = entry.sequence() > state.sequence() ? state.execute(entry) : List.of();
        Batch.Kind kind = entry.batch().kind();
        if (kind == Batch.Kind.OPERATIONS || kind == Batch.Kind.EPOCH) {
            lastRequest = entry.sequence();
        }
        Optional<Segment> closed = cut.add(entry);
        return closed.isEmpty() ? new Step(outcomes, Optional.empty(), false) : close(outcomes, closed.get());
    }

    /** The position of the next entry. */
    long nextSequence() {
        return cut.nextSequence();
    }

    /** Whether the last entry closed a segment, or there was none yet. */
    boolean isAtClosing() {
        return cut.isAtClosing();
    }

    /** The member table that the next entry is decided under. */
    MemberTable members() {
        return members;
    }

    /** The number that the open segment will have. */
    long openSegment() {
        return cut.segmentNumber();
    }

    /** The last state checkpoint among the closings that were folded. */
    StateCheckpoint lastCheckpoint() {
        return lastCheckpoint;
    }

    /** What an idle primary needs to know about seals. */
    Recovered.Sealing sealing() {
        return new Recovered.Sealing(lastRequest, lastCheckpoint.sequence(), covered);
    }

    /** How many segments there are up to the last state checkpoint that was taken; those of the start if none was yet. */
    long checkpointedSegments() {
        return checkpointedSegments;
    }

    /**
     * Takes the state checkpoint that the last entry is due.
     *
     * @return it, durable
     * @throws StoreException if the state cannot be written
     */
    StateCheckpoint takeCheckpoint() throws StoreException {
        Invariant.holds(checkpointDue != 0, "no state checkpoint is due");
        lastCheckpoint = checkpointsAhead.isEmpty()
                ? new StateCheckpoint(checkpointDue, state.checkpoint(checkpointDue))
                : held(checkpointDue);
        checkpointedSegments = cut.segmentNumber();
        checkpointDue = 0;
        return lastCheckpoint;
    }

    private Step close(List<Outcome> outcomes, Segment segment) {
        Optional<MemberTable> next = segment.closedBy() == Batch.Kind.EPOCH
                ? Optional.of(members.after(segment.entries().getLast().batch()))
                : Optional.empty();
        SealOrder order =
                new SealOrder(segment, members.epoch(), lastCheckpoint.sequence(), lastCheckpoint.root(), next);
        covered = lastCheckpoint.sequence();
        members = next.orElse(members);
        boolean stateCheckpoint = segment.isStateCheckpoint(limits);
        checkpointDue = stateCheckpoint ? segment.lastSequence() : 0;
        return new Step(outcomes, Optional.of(order), stateCheckpoint);
    }

    private StateCheckpoint held(long sequence) {
        StateCheckpoint held = checkpointsAhead.removeFirst();
        Invariant.holds(
                held.sequence() == sequence,
                "the state was checkpointed at %d, the ledger says at %d",
                held.sequence(),
                sequence);
        return held;
    }
}
