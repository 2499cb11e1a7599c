package io.sherd.consensus.ledger;

import io.sherd.archive.state.StateCheckpoint;
import io.sherd.archive.store.PieceStore;
import io.sherd.archive.store.StoreException;
import io.sherd.merkle.Digest;
import io.sherd.replication.Invariant;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.piece.SegmentContext;
import java.util.List;

/**
 * Where to fold the ledger again after a start.
 *
 * <p>State, archive and certificates are durable each in their own time, so after a crash any of them may be ahead. Folding
 * starts at the lowest of their positions, all of which are closings, and each entry then does what is missing: execute above
 * the state, store above the archive, sign above the stable checkpoint. A statement binds the last state checkpoint before its
 * closing, and the state store holds only its latest ones: so folding never starts below the oldest that it holds. The
 * statements of closings below are then not signed again. That costs no liveness: every replica executes the highest closing
 * of the window, which is above its own newest state checkpoint, so all of them sign that one.
 */
final class Resumption {

    /** The bytes of a segment's header in {@link io.sherd.replication.segment.SegmentCodec}. */
    private static final int HEADER_BYTES = 21;

    private static final int EMPTY_BATCH_BYTES = 4;
    private static final int SEAL_BYTES = 13;

    private Resumption() {}

    /**
     * A closing to go on after.
     *
     * @param sequence its position; 0 to start with the first entry
     * @param segmentCount how many segments there are up to it
     * @param ledgerHash the ledger hash after it
     * @param members the member table of the next entry's epoch
     * @param lastCheckpoint the last state checkpoint at or below it
     * @param checkpointsAbove those above it that are durable, ascending
     * @param lastRequest no request is in the ledger between this position and {@code sequence}
     * @param covered the state checkpoint that the closing's own statement binds, as far as it is known; else 0
     */
    record Start(
            long sequence,
            long segmentCount,
            Digest ledgerHash,
            MemberTable members,
            StateCheckpoint lastCheckpoint,
            List<StateCheckpoint> checkpointsAbove,
            long lastRequest,
            long covered) {}

    /**
     * Finds where to go on.
     *
     * @param genesis the cluster's
     * @param pieces the archive
     * @param state the state
     * @param log the full entries
     * @param stable the position of the newest certificate; 0 if none
     * @return where to go on
     * @throws StoreException if the archive cannot be read
     */
    static Start find(Genesis genesis, PieceStore pieces, ExecutedState state, EntryLog log, long stable)
            throws StoreException {
        List<StateCheckpoint> checkpoints = state.checkpoints();
        long sealed = lastSealed(pieces);
        long common = Math.min(Math.min(state.sequence(), sealed), stable);
        long lowest = Math.max(checkpoints.getFirst().sequence(), common);
        Invariant.holds(
                lowest <= sealed, "the archive ends at %d, the oldest state checkpoint is at %d", sealed, lowest);
        long sequence = firstWithEntries(pieces, log, lowest, Math.min(state.sequence(), sealed));
        StateCheckpoint last = checkpoints.stream()
                .filter(checkpoint -> checkpoint.sequence() <= sequence)
                .reduce(checkpoints.getFirst(), (_, later) -> later);
        List<StateCheckpoint> above = checkpoints.stream()
                .filter(checkpoint -> checkpoint.sequence() > sequence)
                .toList();
        long covered = checkpoints.stream()
                .mapToLong(StateCheckpoint::sequence)
                .filter(position -> position < sequence)
                .max()
                .orElse(0);
        if (sequence == 0) {
            return new Start(0, 0, genesis.clusterId(), genesis.members(), last, above, 0, 0);
        }
        Commitment closing = closingAt(pieces, sequence);
        return new Start(
                sequence,
                closing.context().segmentNumber() + 1,
                closing.context().ledgerHashAfter(),
                membersAfter(genesis, pieces, closing),
                last,
                above,
                lastRequest(pieces, closing, covered),
                covered);
    }

    /**
     * The first closing from {@code lowest} on that is followed by entries which are held, or {@code highest}: the log may have
     * been let go up to a certificate that a crash took from the archive.
     */
    private static long firstWithEntries(PieceStore pieces, EntryLog log, long lowest, long highest)
            throws StoreException {
        long sequence = lowest;
        while (sequence < highest && log.decided(sequence + 1, 1, 1).isEmpty()) {
            long segment =
                    sequence == 0 ? 0 : closingAt(pieces, sequence).context().segmentNumber() + 1;
            if (pieces.undropped(segment).isPresent()) {
                return sequence;
            }
            sequence = pieces.commitment(segment).orElseThrow().context().lastSequence();
        }
        return sequence;
    }

    /** The position of the last sealed closing; 0 if there is none. */
    static long lastSealed(PieceStore pieces) throws StoreException {
        long count = pieces.commitmentCount();
        return count == 0
                ? 0
                : pieces.commitment(count - 1).orElseThrow().context().lastSequence();
    }

    /** The commitment of the segment that ends at a position, which must be a closing. */
    static Commitment closingAt(PieceStore pieces, long sequence) throws StoreException {
        long low = 0;
        long high = pieces.commitmentCount() - 1;
        while (low < high) {
            long middle = (low + high) >>> 1;
            if (pieces.commitment(middle).orElseThrow().context().lastSequence() < sequence) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Commitment found = pieces.commitment(low).orElseThrow();
        Invariant.holds(
                found.context().lastSequence() == sequence,
                "segment %d ends at %d, a closing was expected at %d",
                low,
                found.context().lastSequence(),
                sequence);
        return found;
    }

    /** An epoch that this closing ended is known by its closing certificate: folding never starts above a stable one. */
    private static MemberTable membersAfter(Genesis genesis, PieceStore pieces, Commitment closing)
            throws StoreException {
        long epoch = closing.context().epoch();
        boolean ended = !pieces.closedEpochs(epoch, 1).isEmpty()
                && pieces.closedEpochs(epoch, 1)
                                .getFirst()
                                .certificate()
                                .statement()
                                .sequence()
                        == closing.context().lastSequence();
        long next = ended ? epoch + 1 : epoch;
        return next == 0
                ? genesis.members()
                : pieces.closedEpochs(next - 1, 1).getFirst().next();
    }

    /** The end of the last segment that holds a request; below {@code enough} it does not matter where. */
    private static long lastRequest(PieceStore pieces, Commitment closing, long enough) throws StoreException {
        SegmentContext context = closing.context();
        while (context.lastSequence() > enough && !holdsRequests(context) && context.segmentNumber() > 0) {
            context =
                    pieces.commitment(context.segmentNumber() - 1).orElseThrow().context();
        }
        return holdsRequests(context) ? context.lastSequence() : Math.min(enough, context.lastSequence());
    }

    private static boolean holdsRequests(SegmentContext context) {
        long entries = context.lastSequence() - context.firstSequence() + 1;
        return context.plainLength() > HEADER_BYTES + entries * EMPTY_BATCH_BYTES + SEAL_BYTES;
    }
}
