package io.sherd.consensus.ledger;

import io.sherd.archive.store.PieceStore;
import io.sherd.archive.store.StoreException;
import io.sherd.consensus.core.Event;
import io.sherd.merkle.Digest;
import io.sherd.replication.Invariant;
import io.sherd.replication.checkpoint.CheckpointStatement;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.piece.Disperser;
import io.sherd.replication.segment.Segment;
import java.util.Optional;

/**
 * Closed segment to durable piece and checkpoint statement. A segment that is stored already is dispersed again only to be
 * compared: another commitment for the same entries would mean that this program, its encoder or its disk is wrong, and then
 * it must not sign. Not thread-safe.
 */
final class Sealer {

    private final Disperser disperser;
    private final PieceStore pieces;
    private final int replica;
    private final HistoryRoots history;

    /**
     * A sealer that goes on after the segments of {@code history}.
     *
     * @param disperser the cluster's
     * @param pieces the archive; it may hold more segments than the history, never fewer
     * @param replica this replica, and so the index of its own pieces
     * @param history the roots so far
     */
    Sealer(Disperser disperser, PieceStore pieces, int replica, HistoryRoots history) {
        this.disperser = disperser;
        this.pieces = pieces;
        this.replica = replica;
        this.history = history;
    }

    /**
     * Seals the next segment. When this returns, the own piece is durable, and the statement may be signed.
     *
     * @param order the segment after the last one of the history
     * @return the statement to sign
     * @throws StoreException if the archive cannot be written
     */
    Event.CheckpointReady seal(SealOrder order) throws StoreException {
        Segment segment = order.segment();
        Disperser.Dispersed dispersed = disperser.disperse(segment, order.epoch());
        if (segment.number() < pieces.commitmentCount()) {
            compare(dispersed.commitment());
        } else {
            pieces.putSealed(
                    dispersed.commitment(), Optional.of(dispersed.pieces().get(replica)), Optional.empty());
        }
        Digest historyRoot = history.append(dispersed.commitment());
        return new Event.CheckpointReady(
                new CheckpointStatement(
                        order.epoch(),
                        segment.lastSequence(),
                        segment.ledgerHashAfter(),
                        history.count(),
                        historyRoot,
                        order.stateSequence(),
                        order.stateRoot(),
                        order.nextMembers().map(MemberTable::digest)),
                order.nextMembers());
    }

    /** The history root after so many segments, if it is remembered. */
    Optional<Digest> historyRoot(long count) {
        return history.rootAt(count);
    }

    /** How many segments are sealed. */
    long segmentCount() {
        return history.count();
    }

    private void compare(Commitment again) throws StoreException {
        long segment = again.context().segmentNumber();
        Commitment stored = pieces.commitment(segment).orElseThrow();
        Invariant.holds(
                stored.equals(again),
                "segment %d was sealed as %s, now it is %s",
                segment,
                stored.root().shortHex(),
                again.root().shortHex());
    }
}
