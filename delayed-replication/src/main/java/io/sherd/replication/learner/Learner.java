package io.sherd.replication.learner;

import io.sherd.merkle.Digest;
import io.sherd.merkle.MerkleAccumulator;
import io.sherd.replication.Invariant;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.ledger.SignatureVerifier;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.piece.Reassembler;
import io.sherd.replication.piece.ReassemblyException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Rebuilds the ledger from pieces that untrusted sources send, and votes on nothing. The package page tells how.
 *
 * <p>{@link #step} is the only way in. One thread calls it; the same arguments and events give the same effects. A driver
 * performs the effects in order. It is either learning, for ever, or halted by a {@link LearnerEffect.Contradiction}.
 */
public final class Learner {

    private final Genesis genesis;
    private final Digest clusterId;
    private final Reassembler reassembler;
    private final Sources sources;
    private final CheckpointTracker checkpoints;
    private final History history;
    private final PieceWindow window;

    private final MerkleAccumulator delivered;
    private long nextSequence;
    private Digest ledgerHash;

    private long now;
    private long decodes;
    private boolean halted;
    private @Nullable Shortage lastShortage;

    /**
     * A learner that goes on where {@code progress} stands.
     *
     * @param config what it is told
     * @param verifier decides about signatures
     * @param progress {@link LearnerProgress#start} for a new one, else what was stored with the last segment delivered
     * @throws IllegalArgumentException if the progress is of another cluster
     */
    public Learner(LearnerConfig config, SignatureVerifier verifier, LearnerProgress progress) {
        this.genesis = config.genesis();
        this.clusterId = genesis.clusterId();
        if (!progress.clusterId().equals(clusterId)) {
            throw new IllegalArgumentException("progress in cluster %s, the genesis is of %s"
                    .formatted(progress.clusterId().shortHex(), clusterId.shortHex()));
        }
        this.reassembler = new Reassembler(genesis);
        this.sources = new Sources(config);
        this.checkpoints = new CheckpointTracker(config, verifier, sources, progress);
        this.history = new History(config, sources, progress);
        this.window = new PieceWindow(config, sources);
        this.delivered = progress.accumulator();
        this.nextSequence = progress.nextSequence();
        this.ledgerHash = progress.ledgerHash();
    }

    /**
     * Lets one thing happen.
     *
     * @param event what
     * @return what to do now, in this order
     */
    public List<LearnerEffect> step(LearnerEvent event) {
        List<LearnerEffect> effects = new ArrayList<>();
        if (halted) {
            return effects;
        }
        switch (event) {
            case LearnerEvent.Tick _ -> now++;
            case LearnerEvent.HeadArrived e -> onHead(e, effects);
            case LearnerEvent.EpochsArrived e -> onEpochs(e, effects);
            case LearnerEvent.CommitmentsArrived e -> onCommitments(e, effects);
            case LearnerEvent.PieceArrived e -> onPiece(e, effects);
            case LearnerEvent.FetchFailed e -> onFailure(e, effects);
        }
        goOn(effects);
        return effects;
    }

    /** {@return what would survive a restart now} */
    public LearnerProgress progress() {
        return new LearnerProgress(
                clusterId,
                delivered.size(),
                nextSequence,
                ledgerHash,
                delivered.frontier(),
                checkpoints.members(),
                checkpoints.target());
    }

    /** {@return where the learner stands} */
    public LearnerInspection inspect() {
        boolean caughtUp = checkpoints
                .target()
                .map(target -> delivered.size() >= target.statement().segmentCount())
                .orElse(true);
        return new LearnerInspection(
                progress(),
                checkpoints.sourcesHeard(),
                caughtUp,
                halted,
                window.segmentCount(),
                window.bytes(),
                decodes,
                sources.bytesRequested());
    }

    private void onHead(LearnerEvent.HeadArrived event, List<LearnerEffect> effects) {
        int source = event.fetch().source();
        someoneAnswers();
        ignoreIf(checkpoints.onHead(event.fetch(), event.certificate(), now, effects), source, effects);
    }

    private void onEpochs(LearnerEvent.EpochsArrived event, List<LearnerEffect> effects) {
        int source = event.fetch().source();
        ignoreIf(checkpoints.onEpochs(event.fetch(), event.closed(), now, effects), source, effects);
        for (int waiting = 0; waiting < sources.count(); waiting++) {
            ignoreIf(checkpoints.reconsider(waiting, effects), waiting, effects);
        }
    }

    private void onCommitments(LearnerEvent.CommitmentsArrived event, List<LearnerEffect> effects) {
        int source = event.fetch().source();
        ignoreIf(history.onCommitments(event.fetch(), event.commitments(), now), source, effects);
    }

    private void onPiece(LearnerEvent.PieceArrived event, List<LearnerEffect> effects) {
        ignoreIf(
                window.onPiece(event.fetch(), event.piece(), now), event.fetch().source(), effects);
    }

    private void onFailure(LearnerEvent.FetchFailed event, List<LearnerEffect> effects) {
        int source = event.fetch().source();
        String trouble = switch (event.why()) {
            case NOT_FOUND -> "has it not";
            case UNREACHABLE -> "unreachable";
            case MALFORMED -> "not the format that was asked for";
        };
        boolean notFound = event.why() == LearnerEvent.Failure.NOT_FOUND;
        switch (event.fetch()) {
            case LearnerEffect.FetchHead fetch -> checkpoints.onFailure(fetch, event.why(), now);
            case LearnerEffect.FetchEpochs fetch -> checkpoints.onFailure(fetch);
            case LearnerEffect.FetchCommitments fetch -> {
                if (notFound) {
                    history.onNotFound(fetch, now);
                } else {
                    history.onFailure(fetch, trouble, now);
                }
            }
            case LearnerEffect.FetchPiece fetch -> {
                if (notFound) {
                    window.onNotFound(fetch, now);
                } else {
                    window.onFailure(fetch, now, trouble);
                }
            }
        }
        switch (event.why()) {
            case NOT_FOUND -> {
                sources.answered(source, now);
                someoneAnswers();
            }
            case UNREACHABLE -> sources.failed(source, now, trouble);
            case MALFORMED ->
                ignoreIf(
                        new Refusal(LearnerIgnoreReason.MALFORMED, "%s: %s".formatted(event.fetch(), trouble)),
                        source,
                        effects);
        }
    }

    private void ignoreIf(@Nullable Refusal refusal, int source, List<LearnerEffect> effects) {
        if (refusal == null) {
            return;
        }
        if (refusal.reason().isLie()) {
            sources.lied(source, now, refusal);
        }
        effects.add(new LearnerEffect.Ignored(source, refusal.reason(), refusal.detail()));
    }

    /** After each event: deliver what is complete, ask for what is missing, say what cannot be had. */
    private void goOn(List<LearnerEffect> effects) {
        deliver(effects);
        checkpoints.contradiction().ifPresent(detail -> halt(detail, effects));
        history.contradiction().ifPresent(detail -> halt(detail, effects));
        if (halted) {
            return;
        }
        checkpoints.plan(now, effects);
        checkpoints.target().ifPresent(target -> history.plan(target.statement(), now, effects));
        window.fill(history);
        window.plan(now, effects);
        sayWhatIsMissing(effects);
    }

    private void deliver(List<LearnerEffect> effects) {
        for (SegmentAssembly next = window.complete(); next != null && !halted; next = window.complete()) {
            window.remove(next);
            Commitment commitment = next.commitment();
            Invariant.holds(
                    commitment.context().segmentNumber() == delivered.size(),
                    "segment %d delivered as segment %d",
                    commitment.context().segmentNumber(),
                    delivered.size());
            decodes++;
            Reassembler.Reassembled reassembled;
            try {
                reassembled = reassembler.reassemble(commitment, next.pieces());
            } catch (ReassemblyException e) {
                halt(String.valueOf(e.getMessage()), effects);
                return;
            }
            delivered.append(commitment.leaf());
            nextSequence = commitment.context().lastSequence() + 1;
            ledgerHash = commitment.context().ledgerHashAfter();
            lastShortage = null;
            effects.add(new LearnerEffect.Deliver(reassembled, progress()));
        }
    }

    private void halt(String detail, List<LearnerEffect> effects) {
        if (!halted) {
            halted = true;
            effects.add(new LearnerEffect.Contradiction(detail));
        }
    }

    /** That no source answers is over; every other shortage ends with a delivery, or with one at another segment. */
    private void someoneAnswers() {
        if (lastShortage != null && lastShortage.stage() == Shortage.Stage.HEADS) {
            lastShortage = null;
        }
    }

    private void sayWhatIsMissing(List<LearnerEffect> effects) {
        Shortage shortage = shortage();
        if (shortage != null && !shortage.equals(lastShortage)) {
            lastShortage = shortage;
            effects.add(new LearnerEffect.Stalled(shortage));
        }
    }

    private @Nullable Shortage shortage() {
        Shortage pieces = window.shortage();
        if (pieces != null) {
            return pieces;
        }
        boolean commitmentsMissing = checkpoints
                .target()
                .map(target -> history.isShort(target.statement()))
                .orElse(false);
        if (commitmentsMissing) {
            return new Shortage(Shortage.Stage.COMMITMENTS, history.provedCount(), 0, 1, sources.troubles());
        }
        return checkpoints.isCutOff(now)
                ? new Shortage(Shortage.Stage.HEADS, delivered.size(), 0, 1, sources.troubles())
                : null;
    }
}
