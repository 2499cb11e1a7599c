package io.sherd.archive.restore;

import io.sherd.archive.learner.LedgerSink;
import io.sherd.archive.learner.SinkException;
import io.sherd.archive.store.FullBytes;
import io.sherd.archive.store.PieceStore;
import io.sherd.archive.store.StoreCorruptException;
import io.sherd.archive.store.StoreException;
import io.sherd.merkle.Digest;
import io.sherd.merkle.MerkleAccumulator;
import io.sherd.replication.Invariant;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.ClosedEpoch;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.learner.LearnerEffect;
import io.sherd.replication.learner.LearnerProgress;
import io.sherd.replication.ledger.LedgerEntry;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.piece.Disperser;
import io.sherd.replication.piece.Piece;
import io.sherd.replication.piece.Reassembler;
import io.sherd.replication.retention.Holding;
import io.sherd.replication.wire.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Puts learned segments into a replica's archive: the commitment, the replica's own piece, the hints that it owes, and the full
 * bytes of segments that end after the state that the replica has: the hints of those are made when they go. Each is durable when it is accepted, so the archive itself is the position.
 */
final class ArchiveSink implements LedgerSink {

    private static final int COMMITMENTS_AT_ONCE = 1024;

    private final Genesis genesis;
    private final PieceStore archive;
    private final Disperser disperser;
    private final OwedHints owed;
    private final LongSupplier stateSequence;
    private final CertificateChain chain;
    private MemberTable members;
    private Optional<CheckpointCertificate> target;
    private long hints;

    /**
     * A sink into one archive.
     *
     * @param genesis the cluster
     * @param archive the archive
     * @param stateSequence the position of the state that the replica has by now
     * @param chain what is proved so far
     * @param owed whose it is, and whose pieces it keeps
     */
    ArchiveSink(
            Genesis genesis, PieceStore archive, LongSupplier stateSequence, CertificateChain chain, OwedHints owed) {
        this.genesis = genesis;
        this.archive = archive;
        this.disperser = new Disperser(genesis);
        this.owed = owed;
        this.stateSequence = stateSequence;
        this.chain = chain;
        this.members = chain.members();
        this.target = chain.newest();
    }

    @Override
    public LearnerProgress resume() throws SinkException {
        try {
            storeEpochs(chain.closedEpochs());
            return progress(archive, genesis, chain.members(), target);
        } catch (StoreException e) {
            throw new SinkException(String.valueOf(e.getMessage()), e);
        }
    }

    @Override
    public void accept(Reassembler.Reassembled segment, LearnerProgress after) throws SinkException {
        Disperser.Dispersed dispersed = segment.dispersed();
        boolean staysFull = segment.segment().lastSequence() > stateSequence.getAsLong();
        List<Piece> pieces = new ArrayList<>();
        pieces.add(dispersed.pieces().get(owed.replica()));
        if (!staysFull) {
            pieces.addAll(hintsOwed(dispersed));
        }
        try {
            archive.putSealed(
                    dispersed.commitment(), pieces, staysFull ? Optional.of(dispersed.compressed()) : Optional.empty());
        } catch (StoreException e) {
            throw new SinkException(
                    "segment %d cannot be stored: %s"
                            .formatted(segment.segment().number(), e.getMessage()),
                    e);
        }
        target = after.target();
    }

    /** Takes what the learner proved besides segments. */
    void observe(LearnerEffect effect) throws SinkException {
        switch (effect) {
            case LearnerEffect.EpochPassed passed -> {
                if (passed.closed().next().epoch() > members.epoch()) {
                    members = passed.closed().next();
                }
                try {
                    storeEpochs(List.of(passed.closed()));
                } catch (StoreException e) {
                    throw new SinkException(String.valueOf(e.getMessage()), e);
                }
            }
            case LearnerEffect.Target proved -> target = Optional.of(proved.certificate());
            case LearnerEffect.Deliver _,
                    LearnerEffect.Ignored _,
                    LearnerEffect.Stalled _,
                    LearnerEffect.Contradiction _,
                    LearnerEffect.Fetch _ -> {}
        }
    }

    /**
     * Makes the hints of segments that are still held whole and end at or before a position, and lets their full bytes go. What a
     * crash brings back goes with the next call.
     */
    void releaseUpTo(long sequence) throws StoreException {
        for (long segment : archive.undroppedSegments()) {
            Optional<Commitment> commitment = archive.commitment(segment);
            if (commitment.isEmpty() || commitment.get().context().lastSequence() > sequence) {
                return;
            }
            Optional<Bytes> compressed = archive.undropped(segment);
            if (compressed.isPresent()) {
                archive.putPieces(hintsOwed(dispersed(commitment.get(), compressed.get())));
                archive.dropFullBytes(segment);
            }
        }
    }

    /**
     * Makes the hints of the newest segments that are held whole outside the archive, where the retention rule will not look for them
     * any more. Ends at the first that owes hints and is not whole: it was dropped by the rule, and so was all before it.
     */
    void keepHintsOf(FullBytes whole) throws StoreException {
        for (long segment = archive.commitmentCount() - 1; segment >= 0; segment--) {
            Commitment commitment = archive.commitment(segment).orElseThrow();
            if (owed.of(commitment.context(), members).hintsOwed().isEmpty()) {
                continue;
            }
            Optional<Bytes> compressed = whole.of(commitment);
            if (compressed.isEmpty()) {
                return;
            }
            archive.putPieces(hintsOwed(dispersed(commitment, compressed.get())));
        }
    }

    /** How many pieces were made for other replicas. */
    long hints() {
        return hints;
    }

    private Disperser.Dispersed dispersed(Commitment commitment, Bytes compressed) throws StoreCorruptException {
        Disperser.Dispersed made = disperser.disperse(commitment.context(), compressed);
        if (!made.commitment().equals(commitment)) {
            throw new StoreCorruptException("archive: the full bytes of segment %d are not those of its commitment"
                    .formatted(commitment.context().segmentNumber()));
        }
        return made;
    }

    private List<Piece> hintsOwed(Disperser.Dispersed dispersed) {
        Holding holding = owed.of(dispersed.commitment().context(), members);
        List<Piece> made = new ArrayList<>();
        for (int owner : holding.hintsOwed().toList()) {
            made.add(dispersed.pieces().get(owner));
            holding = holding.madeHint(owner);
        }
        Invariant.holds(holding.mayDrop(), "the full bytes may not go: %s", holding);
        hints += made.size();
        return made;
    }

    /** The highest certificate that was proved. */
    Optional<CheckpointCertificate> target() {
        return target;
    }

    /** Nothing to do: every segment was made durable when it was accepted. */
    @Override
    public void sync() {}

    @Override
    public void close() {}

    private void storeEpochs(List<ClosedEpoch> closed) throws StoreException {
        for (ClosedEpoch epoch : closed) {
            if (epoch.epoch() == archive.closedEpochCount()) {
                archive.putClosedEpoch(epoch);
            }
        }
    }

    /** Where a learner stands that has delivered what an archive holds. */
    private static LearnerProgress progress(
            PieceStore archive, Genesis genesis, MemberTable members, Optional<CheckpointCertificate> target)
            throws StoreException {
        MerkleAccumulator history = new MerkleAccumulator();
        long nextSequence = LedgerEntry.FIRST_SEQUENCE;
        Digest ledgerHash = genesis.clusterId();
        while (history.size() < archive.commitmentCount()) {
            for (Commitment commitment : archive.commitments(history.size(), COMMITMENTS_AT_ONCE)) {
                history.append(commitment.leaf());
                nextSequence = commitment.context().lastSequence() + 1;
                ledgerHash = commitment.context().ledgerHashAfter();
            }
        }
        return new LearnerProgress(
                genesis.clusterId(), history.size(), nextSequence, ledgerHash, history.frontier(), members, target);
    }
}
