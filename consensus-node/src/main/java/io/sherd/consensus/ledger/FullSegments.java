package io.sherd.consensus.ledger;

import io.sherd.archive.store.FullBytes;
import io.sherd.archive.store.PieceStore;
import io.sherd.archive.store.StoreException;
import io.sherd.consensus.core.DecidedEntry;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.ledger.LedgerEntry;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.piece.SegmentContext;
import io.sherd.replication.segment.Segment;
import io.sherd.replication.segment.SegmentCodec;
import io.sherd.replication.segment.SegmentCompression;
import io.sherd.replication.wire.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The sealed segments that a replica still holds whole: as compressed bytes in its archive, or as entries in its vote log, from which the
 * same bytes are made again. Thread-safe.
 */
public final class FullSegments implements FullBytes {

    private static final int READ_ENTRIES = 128;

    private final Genesis genesis;
    private final PieceStore pieces;
    private final Entries log;

    /** Consecutive decided entries, as {@link EntryLog#decided} gives them. */
    @FunctionalInterface
    public interface Entries {

        /** As {@link EntryLog#decided}. */
        List<DecidedEntry> decided(long from, int limit, int limitBytes) throws StoreException;
    }

    /**
     * The whole segments of one replica.
     *
     * @param genesis the cluster's
     * @param pieces the archive
     * @param log the full entries: an {@link EntryLog}, or what was left of one
     */
    public FullSegments(Genesis genesis, PieceStore pieces, Entries log) {
        this.genesis = genesis;
        this.pieces = pieces;
        this.log = log;
    }

    @Override
    public Optional<Bytes> of(Commitment commitment) throws StoreException {
        Optional<Bytes> kept = pieces.undropped(commitment.context().segmentNumber());
        return kept.isPresent() ? kept : made(commitment.context());
    }

    /** Whether the log has the first entry of a segment: it is cut at closings, so it has all of them. */
    boolean isLogged(Commitment commitment) throws StoreException {
        return !log.decided(commitment.context().firstSequence(), 1, 1).isEmpty();
    }

    /** The compressed bytes are a pure function of the entries. */
    private Optional<Bytes> made(SegmentContext context) throws StoreException {
        List<LedgerEntry> entries = new ArrayList<>();
        long next = context.firstSequence();
        while (next <= context.lastSequence()) {
            List<DecidedEntry> read =
                    log.decided(next, READ_ENTRIES, genesis.limits().maxSegmentBytes());
            if (read.isEmpty()) {
                return Optional.empty();
            }
            for (DecidedEntry decided : read) {
                if (next <= context.lastSequence()) {
                    entries.add(decided.entry());
                    next++;
                }
            }
        }
        Segment segment = new Segment(context.segmentNumber(), context.ledgerHashBefore(), entries);
        return Optional.of(
                SegmentCompression.compress(SegmentCodec.encode(segment)).bytes());
    }
}
