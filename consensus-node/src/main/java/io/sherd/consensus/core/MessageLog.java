package io.sherd.consensus.core;

import io.sherd.merkle.Digest;
import io.sherd.replication.Invariant;
import io.sherd.replication.ledger.Batch;
import java.util.Collection;
import java.util.Iterator;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The slots between the water marks (PBFT section 4.3): the low one is the last stable checkpoint, the high one lies
 * {@code window} positions above it. Bounded in positions and in bytes.
 */
final class MessageLog {

    private final int window;
    private final long windowBytes;
    private final TreeMap<Long, Slot> slots = new TreeMap<>();
    private long low;
    private long bytes;

    MessageLog(int window, long windowBytes, long low) {
        this.window = window;
        this.windowBytes = windowBytes;
        this.low = low;
    }

    /** The position of the last stable checkpoint. */
    long low() {
        return low;
    }

    /** The last position that votes are taken for. */
    long high() {
        return low + window;
    }

    /** Size of the batches proposed in the current view. */
    long bytes() {
        return bytes;
    }

    /** Bytes of batches that still fit into the window. */
    long freeBytes() {
        return windowBytes - bytes;
    }

    int size() {
        return slots.size();
    }

    @Nullable
    Slot find(long sequence) {
        return slots.get(sequence);
    }

    /** The slot of a position between the water marks. */
    Slot slot(long sequence, long tick) {
        Invariant.holds(sequence > low && sequence <= high(), "position %d is outside %d to %d", sequence, low, high());
        return slots.computeIfAbsent(sequence, s -> new Slot(s, tick));
    }

    /** All slots, by position. */
    Collection<Slot> all() {
        return slots.values();
    }

    /** The slots above a position. */
    Collection<Slot> above(long sequence) {
        return slots.tailMap(sequence, false).values();
    }

    /** Puts a proposal of the current view into its slot. */
    void propose(Slot slot, Message.PrePrepare proposal) {
        Invariant.holds(slot.proposal() == null, "position %d is proposed twice in one view", slot.sequence());
        slot.propose(proposal);
        bytes += proposal.batch().sizeBytes();
    }

    /** Proposals of the current view above a position that are not decided yet. */
    int inFlightAbove(long sequence) {
        int count = 0;
        for (Slot slot : above(sequence)) {
            count += slot.isInFlight() ? 1 : 0;
        }
        return count;
    }

    /** Forgets the proposals and votes of the view that is left. */
    void leaveView(long tick) {
        slots.values().forEach(slot -> slot.leaveView(tick));
        bytes = 0;
    }

    /**
     * A checkpoint is stable: what is at or below it goes, except the next decisions that are to be handed to execution, a
     * window of them at most. Who lacks an earlier one fetches the others again with it.
     */
    void truncate(long stable, long handed) {
        low = stable;
        for (Iterator<Slot> oldest = slots.values().iterator(); oldest.hasNext(); ) {
            Slot slot = oldest.next();
            if (slot.sequence() > stable) {
                return;
            }
            if (slot.sequence() <= handed || slot.sequence() > handed + window || !slot.isDecided()) {
                forget(slot);
                oldest.remove();
            }
        }
    }

    /** Decisions at or below the low water mark that were handed to execution go too. */
    void handedOver(long sequence) {
        Slot slot = slots.get(sequence);
        if (sequence <= low && slot != null) {
            forget(slot);
            slots.remove(sequence);
        }
    }

    /** Forgets everything above a position: it is void. */
    void dropAbove(long sequence) {
        above(sequence).forEach(this::forget);
        slots.tailMap(sequence, false).clear();
    }

    /** Begins anew above a position, as at the start of an epoch. */
    void reset(long newLow) {
        slots.clear();
        bytes = 0;
        low = newLow;
    }

    /** The batch of a digest, if any slot has seen it. */
    @Nullable
    Batch batchOf(Digest digest) {
        for (Slot slot : slots.values()) {
            Batch batch = slot.batchOf(digest);
            if (batch != null) {
                return batch;
            }
        }
        return null;
    }

    private void forget(Slot slot) {
        Message.PrePrepare proposal = slot.proposal();
        if (proposal != null) {
            bytes -= proposal.batch().sizeBytes();
        }
    }
}
