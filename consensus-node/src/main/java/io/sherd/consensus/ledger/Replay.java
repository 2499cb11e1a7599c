package io.sherd.consensus.ledger;

import io.sherd.archive.store.PieceStore;
import io.sherd.archive.store.StoreException;
import io.sherd.consensus.core.DecidedEntry;
import io.sherd.consensus.core.Event;
import io.sherd.consensus.core.Recovered;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.ledger.Batch;
import io.sherd.replication.ledger.LedgerEntry;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.piece.SegmentContext;
import io.sherd.replication.segment.SegmentCodec;
import io.sherd.replication.segment.SegmentCompression;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Folds again, before a replica takes part, what it holds above the place that {@link Resumption} found: entries of the vote
 * log, or of segments whose compressed bytes are still kept (a restored replica has those and no log). Ends with the last
 * entry that is held without a gap.
 */
final class Replay {

    private static final int READ_ENTRIES = 128;

    private final Genesis genesis;
    private final PieceStore pieces;
    private final EntryLog log;

    Replay(Genesis genesis, PieceStore pieces, EntryLog log) {
        this.genesis = genesis;
        this.pieces = pieces;
        this.log = log;
    }

    /**
     * Where the ledger stands after a start.
     *
     * @param executed the last position that is folded
     * @param members the member table that the next entry is decided under; of the next epoch if the last entry ended one
     * @param epochEnded whether the last entry ended an epoch
     * @param sealing what an idle primary needs to know about seals
     * @param statements of the closings above the stable checkpoint, in order, to be signed again
     */
    record Outcome(
            long executed,
            MemberTable members,
            boolean epochEnded,
            Recovered.Sealing sealing,
            List<Event.CheckpointReady> statements) {}

    /**
     * Folds everything.
     *
     * @param start where the folder and the sealer stand
     * @param folder executes and cuts
     * @param sealer compares or stores
     * @param stable the position of the newest certificate; 0 if none
     * @return where the ledger stands then
     * @throws StoreException if a store cannot be read or written
     */
    Outcome run(Resumption.Start start, EntryFolder folder, Sealer sealer, long stable) throws StoreException {
        List<Event.CheckpointReady> statements = new ArrayList<>();
        boolean epochEnded = false;
        List<DecidedIn> entries = entriesFrom(folder, start.segmentCount());
        while (!entries.isEmpty()) {
            for (DecidedIn decided : entries) {
                EntryFolder.Step step = folder.fold(decided.entry(), decided.epoch());
                epochEnded = decided.entry().batch().kind() == Batch.Kind.EPOCH;
                if (step.closed().isPresent()) {
                    Event.CheckpointReady ready = sealer.seal(step.closed().get());
                    if (ready.statement().sequence() > stable) {
                        statements.add(ready);
                    }
                }
                if (step.stateCheckpoint()) {
                    folder.takeCheckpoint();
                }
            }
            entries = entriesFrom(folder, folder.openSegment());
        }
        return new Outcome(
                folder.nextSequence() - 1, folder.members(), epochEnded, folder.sealing(), List.copyOf(statements));
    }

    /** An entry and the epoch it was decided in. */
    private record DecidedIn(LedgerEntry entry, long epoch) {}

    /** Whole segments first: the log of a replica that was brought forward ends in the middle of one. */
    private List<DecidedIn> entriesFrom(EntryFolder folder, long segment) throws StoreException {
        if (folder.isAtClosing()) {
            List<DecidedIn> whole = entriesOf(segment);
            if (!whole.isEmpty()) {
                return whole;
            }
        }
        List<DecidedEntry> logged = log.decided(
                folder.nextSequence(), READ_ENTRIES, genesis.limits().maxSegmentBytes());
        return logged.stream()
                .map(decided -> new DecidedIn(decided.entry(), decided.epoch()))
                .toList();
    }

    private List<DecidedIn> entriesOf(long segment) throws StoreException {
        Optional<Commitment> commitment = pieces.commitment(segment);
        Optional<Bytes> compressed = pieces.undropped(segment);
        if (commitment.isEmpty() || compressed.isEmpty()) {
            return List.of();
        }
        SegmentContext context = commitment.get().context();
        try {
            Bytes plain = SegmentCompression.decompress(
                    context.codec(),
                    compressed.get(),
                    context.plainLength(),
                    genesis.limits().maxSegmentBytes());
            return SegmentCodec.decode(plain, context.ledgerHashBefore(), genesis.limits()).entries().stream()
                    .map(entry -> new DecidedIn(entry, context.epoch()))
                    .toList();
        } catch (WireFormatException e) {
            throw new io.sherd.archive.store.StoreCorruptException(
                    "the full bytes of segment %d are not its entries: %s".formatted(segment, e.getMessage()), e);
        }
    }
}
