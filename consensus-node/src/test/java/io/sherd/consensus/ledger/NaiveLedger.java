package io.sherd.consensus.ledger;

import io.sherd.archive.state.KeyValueMachine;
import io.sherd.archive.state.MemoryStateStore;
import io.sherd.archive.state.StateCheckpoint;
import io.sherd.archive.state.StateUpdater;
import io.sherd.archive.store.StoreException;
import io.sherd.consensus.core.DecidedEntry;
import io.sherd.consensus.core.Event;
import io.sherd.merkle.MerkleTree;
import io.sherd.replication.checkpoint.CheckpointStatement;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.ledger.Batch;
import io.sherd.replication.ledger.LedgerEntry;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.piece.Disperser;
import io.sherd.replication.segment.Segment;
import io.sherd.replication.wire.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The slow twin of the pipeline: from the whole ledger at once, word for word as the design says, on one thread. */
final class NaiveLedger {

    final List<Event.CheckpointReady> checkpoints = new ArrayList<>();
    final List<Commitment> commitments = new ArrayList<>();
    final List<Bytes> compressed = new ArrayList<>();

    NaiveLedger(Genesis genesis, List<DecidedEntry> entries) throws StoreException {
        MemoryStateStore store = new MemoryStateStore();
        StateUpdater state = new StateUpdater(store, new KeyValueMachine(), genesis.limits());
        StateCheckpoint lastState = store.latest();
        MemberTable members = genesis.members();
        List<LedgerEntry> open = new ArrayList<>();
        var ledgerHash = genesis.clusterId();
        for (DecidedEntry decided : entries) {
            open.add(decided.entry());
            var _ = state.execute(decided.entry());
            if (!closes(genesis, open)) {
                continue;
            }
            Segment segment = new Segment(commitments.size(), ledgerHash, open);
            Disperser.Dispersed dispersed = new Disperser(genesis).disperse(segment, decided.epoch());
            commitments.add(dispersed.commitment());
            compressed.add(dispersed.compressed());
            ledgerHash = segment.ledgerHashAfter();
            Optional<MemberTable> next = segment.closedBy() == Batch.Kind.EPOCH
                    ? Optional.of(members.after(decided.entry().batch()))
                    : Optional.empty();
            checkpoints.add(new Event.CheckpointReady(
                    new CheckpointStatement(
                            decided.epoch(),
                            segment.lastSequence(),
                            ledgerHash,
                            commitments.size(),
                            MerkleTree.of(commitments.stream()
                                            .map(Commitment::leaf)
                                            .toList())
                                    .root(),
                            lastState.sequence(),
                            lastState.root(),
                            next.map(MemberTable::digest)),
                    next));
            if (segment.isStateCheckpoint(genesis.limits())) {
                lastState = new StateCheckpoint(segment.lastSequence(), state.checkpoint(segment.lastSequence()));
            }
            members = next.orElse(members);
            open = new ArrayList<>();
        }
    }

    private static boolean closes(Genesis genesis, List<LedgerEntry> open) {
        long bytes = open.stream().mapToLong(entry -> entry.batch().sizeBytes()).sum();
        Batch.Kind kind = open.getLast().batch().kind();
        return bytes >= genesis.limits().segmentTargetBytes()
                || open.size() >= genesis.limits().checkpointInterval()
                || kind == Batch.Kind.SEAL
                || kind == Batch.Kind.EPOCH;
    }
}
