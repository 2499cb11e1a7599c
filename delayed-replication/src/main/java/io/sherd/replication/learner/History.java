package io.sherd.replication.learner;

import io.sherd.merkle.Digest;
import io.sherd.merkle.MerkleAccumulator;
import io.sherd.replication.checkpoint.CheckpointStatement;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.piece.SegmentContext;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The commitments between what was delivered and the target, proved run by run.
 *
 * <p>A run is one source's claim of all commitments from the proved ones up to a goal. Their leaves go into a copy of the
 * Merkle accumulator, and if its root is the goal's, every one of them is proved; if not, that one source lied, since a run
 * is never mixed from two. Of a long run only the first {@link #MAX_HELD} commitments are kept, and of the rest the roots
 * at every further {@link #MAX_HELD}: proved with the run, they are the goals of the next ones. So a history of any length
 * is walked in bounded memory, and its commitments travel at most twice.
 */
final class History {

    /** The most commitments that are held, verified or not. */
    static final int MAX_HELD = 4096;

    /** A source that fails within a run is asked again so often before its run is given up. */
    private static final int MAX_FAILURES = 3;

    /** A source that is away in the middle of its run is waited for so many times the retry ticks. */
    private static final int PATIENCE = 4;

    private final LearnerConfig config;
    private final Genesis genesis;
    private final Digest clusterId;
    private final Sources sources;
    private final long[] refusedUntil;
    private final Deque<Commitment> proved = new ArrayDeque<>();
    private final Deque<Goal> goals = new ArrayDeque<>();
    private MerkleAccumulator tree;
    private Tip tip;
    private @Nullable Run run;
    private @Nullable String contradiction;

    /** Where a chain of commitments ends. */
    private record Tip(long lastSequence, Digest ledgerHash, long epoch) {}

    /** A proved root over so many commitments, and where they end. */
    private record Goal(long count, Digest root, Tip tip) {}

    /** One source's claim, while it comes in. */
    private static final class Run {
        final int source;
        final Goal goal;
        final List<Commitment> held = new ArrayList<>();
        final List<Goal> marks = new ArrayList<>();
        final MerkleAccumulator tree;
        Tip tip;

        @Nullable
        MerkleAccumulator heldTree;

        LearnerEffect.@Nullable FetchCommitments asked;
        long askedAt;
        int failures;

        Run(int source, Goal goal, MerkleAccumulator tree, Tip tip) {
            this.source = source;
            this.goal = goal;
            this.tree = tree;
            this.tip = tip;
        }
    }

    History(LearnerConfig config, Sources sources, LearnerProgress progress) {
        this.config = config;
        this.genesis = config.genesis();
        this.clusterId = genesis.clusterId();
        this.sources = sources;
        this.refusedUntil = new long[sources.count()];
        this.tree = progress.accumulator();
        this.tip = new Tip(progress.nextSequence() - 1, progress.ledgerHash(), 0);
    }

    /** The next proved commitment that was not taken, or null. */
    @Nullable
    Commitment peek() {
        return proved.peek();
    }

    /** Takes the commitment that {@link #peek} gave. */
    void take() {
        proved.remove();
    }

    /** How many commitments are proved, from the first one of the ledger on. */
    long provedCount() {
        return tree.size();
    }

    /** What excludes what, once two proved things do. */
    Optional<String> contradiction() {
        return Optional.ofNullable(contradiction);
    }

    /** Whether commitments are needed and nobody can be asked for them now. */
    boolean isShort(CheckpointStatement target) {
        return run == null && wantsMore(target);
    }

    /** Starts a run when proved commitments get few, asks for its next part, and gives up on silent sources. */
    void plan(CheckpointStatement target, long now, List<LearnerEffect> effects) {
        Run current = run;
        if (current != null && current.asked != null && now - current.askedAt >= config.timeoutTicks()) {
            onFailure(current.asked, LearnerConfig.NO_ANSWER, now);
        }
        if (current != null && sources.backAt(current.source) > now + (long) PATIENCE * config.retryTicks()) {
            run = null;
        }
        if (run == null && wantsMore(target)) {
            int source = sources.best(candidate -> now >= refusedUntil[candidate], now);
            if (source >= 0) {
                run = new Run(source, nextGoal(target), tree.copy(), tip);
            }
        }
        current = run;
        if (current != null && current.asked == null && sources.isAvailable(current.source, now)) {
            int count = (int) Math.min(config.commitmentsPerFetch(), current.goal.count() - current.tree.size());
            current.asked = new LearnerEffect.FetchCommitments(current.source, current.tree.size(), count);
            current.askedAt = now;
            sources.requested(current.source, (long) count * Commitment.SIZE_BYTES);
            effects.add(current.asked);
        }
    }

    @Nullable
    Refusal onCommitments(LearnerEffect.FetchCommitments fetch, List<Commitment> commitments, long now) {
        Run current = run;
        if (current == null || !fetch.equals(current.asked)) {
            return new Refusal(LearnerIgnoreReason.UNASKED, "no such commitments are being waited for");
        }
        current.asked = null;
        current.failures = 0;
        if (commitments.size() > fetch.count()) {
            run = null;
            return new Refusal(
                    LearnerIgnoreReason.TOO_MUCH,
                    "%d commitments, %d were asked for".formatted(commitments.size(), fetch.count()));
        }
        sources.notSent(fetch.source(), (long) (fetch.count() - commitments.size()) * Commitment.SIZE_BYTES);
        sources.answered(fetch.source(), now);
        if (commitments.isEmpty()) {
            giveUp(current, now);
            return null;
        }
        for (Commitment commitment : commitments) {
            Refusal refusal = reasonToRefuse(current, commitment.context());
            if (refusal != null) {
                run = null;
                return refusal;
            }
            append(current, commitment);
        }
        return current.tree.size() == current.goal.count() ? finish(current) : null;
    }

    /** The source has not got them. */
    void onNotFound(LearnerEffect.FetchCommitments fetch, long now) {
        Run current = run;
        if (current != null && fetch.equals(current.asked)) {
            sources.notSent(fetch.source(), (long) fetch.count() * Commitment.SIZE_BYTES);
            giveUp(current, now);
        }
    }

    /** The source failed. A run that has come some way waits for it to come back, unless it keeps failing. */
    void onFailure(LearnerEffect.FetchCommitments fetch, String trouble, long now) {
        Run current = run;
        if (current == null || !fetch.equals(current.asked)) {
            return;
        }
        current.asked = null;
        current.failures++;
        sources.notSent(fetch.source(), (long) fetch.count() * Commitment.SIZE_BYTES);
        sources.failed(fetch.source(), now, trouble);
        if (current.held.isEmpty() || current.failures >= MAX_FAILURES) {
            run = null;
        }
    }

    private boolean wantsMore(CheckpointStatement target) {
        return proved.size() < config.windowSegments() && target.segmentCount() > tree.size();
    }

    private Goal nextGoal(CheckpointStatement target) {
        Goal mark = goals.peek();
        return mark != null
                ? mark
                : new Goal(
                        target.segmentCount(),
                        target.historyRoot(),
                        new Tip(target.sequence(), target.ledgerHash(), target.epoch()));
    }

    private void giveUp(Run current, long now) {
        refusedUntil[current.source] = now + config.retryTicks();
        run = null;
    }

    private @Nullable Refusal reasonToRefuse(Run current, SegmentContext context) {
        if (!context.clusterId().equals(clusterId)
                || context.pieceCount() != genesis.quorums().replicaCount()
                || context.faultLimit() != genesis.quorums().faultLimit()
                || context.piecesNeeded() != genesis.piecesNeeded()
                || context.plainLength() > genesis.limits().maxSegmentBytes()
                || context.lastSequence() - context.firstSequence()
                        >= genesis.limits().checkpointInterval()) {
            return new Refusal(
                    LearnerIgnoreReason.FOREIGN_COMMITMENT,
                    "%s is not of cluster %s with its limits".formatted(context, clusterId.shortHex()));
        }
        if (context.segmentNumber() != current.tree.size()
                || context.firstSequence() != current.tip.lastSequence() + 1
                || !context.ledgerHashBefore().equals(current.tip.ledgerHash())
                || context.epoch() < current.tip.epoch()
                || context.epoch() > current.goal.tip().epoch()) {
            return new Refusal(
                    LearnerIgnoreReason.BROKEN_CHAIN,
                    "%s does not follow %s as segment %d".formatted(context, current.tip, current.tree.size()));
        }
        return null;
    }

    private void append(Run current, Commitment commitment) {
        SegmentContext context = commitment.context();
        long begin = tree.size();
        current.tree.append(commitment.leaf());
        current.tip = new Tip(context.lastSequence(), context.ledgerHashAfter(), context.epoch());
        if (current.held.size() < MAX_HELD) {
            current.held.add(commitment);
        }
        boolean atMark = (current.tree.size() - begin) % MAX_HELD == 0;
        if (atMark && current.tree.size() < current.goal.count()) {
            current.marks.add(new Goal(current.tree.size(), current.tree.root(), current.tip));
            if (current.heldTree == null) {
                current.heldTree = current.tree.copy();
            }
        }
    }

    private @Nullable Refusal finish(Run current) {
        run = null;
        Goal goal = current.goal;
        if (!current.tree.root().equals(goal.root())) {
            return new Refusal(
                    LearnerIgnoreReason.WRONG_HISTORY,
                    "%d commitments lead to the root %s, certified is %s"
                            .formatted(
                                    goal.count(),
                                    current.tree.root().shortHex(),
                                    goal.root().shortHex()));
        }
        if (current.tip.lastSequence() != goal.tip().lastSequence()
                || !current.tip.ledgerHash().equals(goal.tip().ledgerHash())) {
            contradiction = "the certified history of %d segments ends with %s, the same certificate says %s"
                    .formatted(goal.count(), current.tip, goal.tip());
            return null;
        }
        if (!goals.isEmpty()) {
            goals.remove();
        }
        proved.addAll(current.held);
        if (current.heldTree == null) {
            tree = current.tree;
            tip = current.tip;
        } else {
            tree = current.heldTree;
            tip = current.marks.getFirst().tip();
            goals.addFirst(goal);
            List<Goal> further = current.marks.subList(1, current.marks.size());
            further.reversed().forEach(goals::addFirst);
        }
        return null;
    }
}
