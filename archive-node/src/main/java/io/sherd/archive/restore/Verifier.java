package io.sherd.archive.restore;

import io.sherd.archive.restore.VerifyReport.Finding;
import io.sherd.archive.restore.VerifyReport.Kind;
import io.sherd.archive.restore.VerifyScope.Level;
import io.sherd.archive.state.StateCheckpoint;
import io.sherd.archive.store.PieceStore;
import io.sherd.archive.store.StoreCorruptException;
import io.sherd.archive.store.StoreException;
import io.sherd.merkle.Digest;
import io.sherd.merkle.MerkleAccumulator;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.CheckpointStatement;
import io.sherd.replication.checkpoint.ClosedEpoch;
import io.sherd.replication.checkpoint.InvalidCertificateException;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.ledger.LedgerEntry;
import io.sherd.replication.ledger.SignatureVerifier;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.piece.ReassemblyException;
import io.sherd.replication.piece.SegmentContext;
import io.sherd.replication.retention.SegmentSet;
import io.sherd.replication.segment.Segment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads an archive from end to end, changes nothing, and says what is bad: signatures of closed epochs and certificates, the
 * chain of commitments and the history root that is certified over it, the bytes of every own piece and hint against its commitment, and
 * those of every segment that is still held whole. Nothing that is bad keeps the rest from being checked. Used once.
 */
public final class Verifier {

    private final Genesis genesis;
    private final PieceStore archive;
    private final int replica;
    private final CertificateChain chain;
    private final ContentCheck content;
    private final List<Finding> findings = new ArrayList<>();
    private final MerkleAccumulator history = new MerkleAccumulator();

    /** What certificates say of the history, by segment count. */
    private final Map<Long, CheckpointStatement> certified = new TreeMap<>();

    private @Nullable SegmentRebuilding rebuilding;
    private @Nullable StateReplay replay;
    private long rebuilt;
    private OptionalLong worstSlack = OptionalLong.empty();
    private long moreFindings;
    private long okPieces;
    private long certifiedSegments;
    private boolean historyBroken;
    private long nextSequence = LedgerEntry.FIRST_SEQUENCE;
    private long lastEpoch;
    private Digest ledgerHash;

    /**
     * A verifier of one archive.
     *
     * @param genesis the cluster
     * @param archive the archive, which may be open for reading only
     * @param replica whose it is
     * @param verifier decides about signatures
     */
    public Verifier(Genesis genesis, PieceStore archive, int replica, SignatureVerifier verifier) {
        this.genesis = genesis;
        this.archive = archive;
        this.replica = replica;
        this.chain = new CertificateChain(genesis, verifier);
        this.content = new ContentCheck(genesis, archive);
        this.ledgerHash = genesis.clusterId();
    }

    /**
     * Checks everything up to pieces and paths.
     *
     * @param onSegment told the number of each segment, after it was checked
     * @throws StoreException if the disk does not answer; what it answers wrongly is a finding
     */
    public VerifyReport run(LongConsumer onSegment) throws StoreException {
        return run(VerifyScope.ALL_PATHS, onSegment);
    }

    /**
     * Checks signatures and commitments only, whose cost does not follow the size of the segments: enough to know which
     * commitments are proved.
     *
     * @throws StoreException as {@link #run}
     */
    public VerifyReport runWithoutContent() throws StoreException {
        return run(VerifyScope.ONLY_MANIFEST, _ -> {});
    }

    /**
     * Rebuilds segments from what is in other archives too: needed for {@link VerifyScope.Level#DECODE}.
     *
     * @param others the other archives
     * @return this
     */
    public Verifier with(List<SegmentRebuilding.Archive> others) {
        List<SegmentRebuilding.Archive> all = new ArrayList<>();
        all.add(new SegmentRebuilding.Archive("this directory", archive));
        all.addAll(others);
        rebuilding = new SegmentRebuilding(genesis, all);
        return this;
    }

    /**
     * Executes the rebuilt segments: needed for {@link VerifyScope.Level#REPLAY}.
     *
     * @param states executes them
     * @return this
     */
    public Verifier with(StateReplay states) {
        replay = states;
        return this;
    }

    /**
     * Checks what a scope says.
     *
     * @param scope how deep, and of which segments
     * @param onSegment told the number of each segment, after it was checked
     * @throws StoreException if the disk does not answer; what it answers wrongly is a finding
     * @throws IllegalStateException if what the level needs was not given
     */
    public VerifyReport run(VerifyScope scope, LongConsumer onSegment) throws StoreException {
        if ((scope.level().includes(Level.DECODE) && rebuilding == null)
                || (scope.level().includes(Level.REPLAY) && replay == null)) {
            throw new IllegalStateException(scope.level() + " needs more than this archive");
        }
        SortedMap<Integer, SegmentSet> hints =
                scope.level().includes(Level.PATHS) ? hints() : Collections.emptySortedMap();
        checkCertificates();
        long count = archive.commitmentCount();
        for (long segment = 0; segment < count; segment++) {
            Optional<Commitment> commitment = checkCommitment(segment);
            if (scope.contains(segment)) {
                checkContent(scope.level(), commitment, hints);
            }
            onSegment.accept(segment);
        }
        CheckpointStatement newest =
                chain.newest().map(CheckpointCertificate::statement).orElse(null);
        if (newest != null && newest.segmentCount() > count) {
            find(
                    Kind.CORRUPT_COMMITMENT,
                    count,
                    "%d segments are certified, only %d have commitments".formatted(newest.segmentCount(), count));
        }
        return new VerifyReport(
                count,
                certifiedSegments,
                newest == null ? 0 : newest.sequence(),
                okPieces,
                findings,
                moreFindings,
                content.bytesRead(),
                rebuilt,
                worstSlack);
    }

    private void checkContent(Level level, Optional<Commitment> commitment, SortedMap<Integer, SegmentSet> hints)
            throws StoreException {
        if (commitment.isEmpty()) {
            // What follows cannot be executed any more.
            replay = null;
            return;
        }
        checkContent(commitment.get(), hints);
        if (!level.includes(Level.DECODE)) {
            return;
        }
        Optional<Segment> whole = rebuilt(commitment.get());
        if (whole.isEmpty()) {
            replay = null;
        } else if (replay != null) {
            replay.execute(whole.get(), this::find);
        }
    }

    private Optional<Segment> rebuilt(Commitment commitment) throws StoreException {
        long segment = commitment.context().segmentNumber();
        try {
            SegmentRebuilding.Rebuilt made = Objects.requireNonNull(rebuilding).rebuild(commitment);
            int needed = genesis.piecesNeeded();
            long slack = (long) made.validPieces() - needed;
            worstSlack = OptionalLong.of(Math.min(slack, worstSlack.orElse(slack)));
            if (made.segment().isEmpty()) {
                find(
                        Kind.TOO_FEW_PIECES,
                        segment,
                        "%d valid pieces, %d needed%s".formatted(made.validPieces(), needed, told(made.troubles())));
            } else {
                rebuilt++;
            }
            return made.segment();
        } catch (ReassemblyException e) {
            find(Kind.CORRUPT_SEGMENT, segment, String.valueOf(e.getMessage()));
            return Optional.empty();
        }
    }

    private static String told(SortedMap<String, String> troubles) {
        StringBuilder text = new StringBuilder();
        troubles.forEach((archive, trouble) ->
                text.append("; ").append(archive).append(": ").append(trouble));
        return text.toString();
    }

    private SortedMap<Integer, SegmentSet> hints() throws StoreException {
        try {
            return archive.hints();
        } catch (StoreCorruptException e) {
            find(Kind.UNREADABLE_RECORD, -1, String.valueOf(e.getMessage()));
            return Collections.emptySortedMap();
        }
    }

    private void checkCertificates() throws StoreException {
        try {
            for (long epoch = 0; epoch < archive.closedEpochCount(); epoch++) {
                List<ClosedEpoch> next = archive.closedEpochs(epoch, 1);
                chain.extend(next);
                next.forEach(closed -> certify(closed.certificate()));
            }
            Optional<CheckpointCertificate> latest = archive.latestCertificate();
            if (latest.isPresent()) {
                if (chain.offer(latest.get()) == CertificateChain.Offer.NEEDS_EPOCHS) {
                    throw new InvalidCertificateException("the newest certificate is of epoch %d, only %d were closed"
                            .formatted(
                                    latest.get().statement().epoch(),
                                    chain.members().epoch()));
                }
                certify(latest.get());
            }
        } catch (InvalidCertificateException e) {
            find(Kind.CORRUPT_CERTIFICATE, -1, String.valueOf(e.getMessage()));
        } catch (StoreCorruptException e) {
            find(Kind.UNREADABLE_CERTIFICATE, -1, String.valueOf(e.getMessage()));
        }
    }

    private void certify(CheckpointCertificate certificate) {
        CheckpointStatement statement = certificate.statement();
        certified.put(statement.segmentCount(), statement);
        if (replay != null) {
            replay.expect(
                    new StateCheckpoint(statement.stateSequence(), statement.stateRoot()),
                    "the certificate of position " + statement.sequence(),
                    this::find);
        }
    }

    private Optional<Commitment> checkCommitment(long segment) throws StoreException {
        Commitment commitment;
        try {
            commitment = archive.commitment(segment)
                    .orElseThrow(() ->
                            new StoreCorruptException("the commitment of segment %d is missing".formatted(segment)));
        } catch (StoreCorruptException e) {
            historyBroken = true;
            find(Kind.UNREADABLE_COMMITMENT, segment, String.valueOf(e.getMessage()));
            return Optional.empty();
        }
        @Nullable String trouble = historyBroken ? null : chainTrouble(segment, commitment.context());
        if (trouble != null) {
            historyBroken = true;
            find(Kind.CORRUPT_COMMITMENT, segment, trouble);
        }
        if (!historyBroken) {
            checkHistory(commitment);
        }
        return Optional.of(commitment);
    }

    /** Adds a commitment that follows, and compares with what is certified there. */
    private void checkHistory(Commitment commitment) {
        history.append(commitment.leaf());
        nextSequence = commitment.context().lastSequence() + 1;
        ledgerHash = commitment.context().ledgerHashAfter();
        lastEpoch = commitment.context().epoch();
        CheckpointStatement statement = certified.get(history.size());
        if (statement == null) {
            return;
        }
        boolean agrees = statement.historyRoot().equals(history.root())
                && statement.ledgerHash().equals(ledgerHash)
                && statement.sequence() == nextSequence - 1;
        if (agrees) {
            certifiedSegments = history.size();
        } else {
            historyBroken = true;
            find(
                    Kind.CORRUPT_COMMITMENT,
                    commitment.context().segmentNumber(),
                    "commitments lead to history root %s, certified is %s"
                            .formatted(
                                    history.root().shortHex(),
                                    statement.historyRoot().shortHex()));
        }
    }

    private @Nullable String chainTrouble(long segment, SegmentContext context) {
        if (context.segmentNumber() != segment) {
            return "commitment of segment %d in the place of segment %d".formatted(context.segmentNumber(), segment);
        }
        if (!context.clusterId().equals(genesis.clusterId())) {
            return "it is of cluster " + context.clusterId().shortHex();
        }
        boolean sameShape = context.pieceCount() == genesis.quorums().replicaCount()
                && context.faultLimit() == genesis.quorums().faultLimit()
                && context.piecesNeeded() == genesis.piecesNeeded();
        if (!sameShape) {
            return "it is dispersed otherwise than the genesis says";
        }
        if (context.firstSequence() != nextSequence) {
            return "it begins at position %d, %d is the next".formatted(context.firstSequence(), nextSequence);
        }
        if (!context.ledgerHashBefore().equals(ledgerHash)) {
            return "it follows the ledger hash %s, the one before ends with %s"
                    .formatted(context.ledgerHashBefore().shortHex(), ledgerHash.shortHex());
        }
        return context.epoch() < lastEpoch ? "its epoch is before that of the one before it" : null;
    }

    private void checkContent(Commitment commitment, SortedMap<Integer, SegmentSet> hints) throws StoreException {
        long segment = commitment.context().segmentNumber();
        Optional<ContentCheck.Trouble> own = content.piece(commitment, replica);
        okPieces += own.isEmpty() ? 1 : 0;
        own.ifPresent(trouble ->
                find(trouble.missing() ? Kind.MISSING_PIECE : Kind.CORRUPT_PIECE, segment, trouble.detail()));
        for (Map.Entry<Integer, SegmentSet> held : hints.entrySet()) {
            if (held.getValue().contains(segment)) {
                content.piece(commitment, held.getKey())
                        .ifPresent(trouble -> find(
                                Kind.CORRUPT_HINT,
                                segment,
                                trouble.missing()
                                        ? trouble.detail()
                                        : "piece %d: %s".formatted(held.getKey(), trouble.detail())));
            }
        }
        content.fullBytes(commitment).ifPresent(trouble -> find(Kind.CORRUPT_FULL_BYTES, segment, trouble.detail()));
    }

    private void find(Kind kind, long segment, String detail) {
        find(new Finding(kind, segment, detail));
    }

    private void find(Finding finding) {
        if (findings.size() < VerifyReport.MAX_FINDINGS) {
            findings.add(finding);
        } else {
            moreFindings++;
        }
    }
}
