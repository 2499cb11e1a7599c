package io.sherd.replication.learner;

import io.sherd.merkle.Digest;
import io.sherd.merkle.MerkleProofException;
import io.sherd.replication.Quorums;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.piece.Piece;
import io.sherd.replication.piece.Reassembler;
import io.sherd.replication.piece.ReassemblyException;
import io.sherd.replication.piece.SegmentContext;
import io.sherd.replication.wire.WireFormatException;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The learner as published: every replica pushes its own piece of every segment with the commitment it belongs to, and
 * commitments are believed by counting (Hellings and Sadoghi, ICDT 2020, "delayed-replication algorithm").
 *
 * <p>It needs no certificate and no request, only n &gt; 2f and to know who sends: piece i is taken from replica i alone, one
 * per segment. max(k, f + 1) valid pieces under one commitment contain a correct replica's, so the commitment is the
 * ledger's, and k of them decode it. The price is n pieces received for each segment instead of k: it is the baseline that
 * {@link Learner} is compared with, and serves where replicas can push and not answer.
 *
 * <p>Free of I/O like {@link Learner}. What it may hold is bounded by the window, n pieces a segment.
 */
public final class PushLearner {

    private final Genesis genesis;
    private final Quorums quorums;
    private final Digest clusterId;
    private final int windowSegments;
    private final Reassembler reassembler;
    private final SortedMap<Long, SortedMap<Integer, Pushed>> window = new TreeMap<>();
    private long nextSegment;
    private long nextSequence;
    private Digest ledgerHash;
    private boolean halted;

    /**
     * What a replica pushed. The driver vouches for the source and for nothing else.
     *
     * @param source the replica at the other end, 0 to n - 1
     * @param commitment what it says replicas agreed on
     * @param piece its piece
     */
    public record Pushed(int source, Commitment commitment, Piece piece) {}

    /** What a push learner asks of whoever drives it, in this order. */
    public sealed interface Effect {

        /**
         * The next segment.
         *
         * @param reassembled the segment, its commitment and all its pieces, made anew
         */
        record Deliver(Reassembler.Reassembled reassembled) implements Effect {}

        /**
         * A push was ignored.
         *
         * @param source who pushed
         * @param reason why it was ignored
         * @param detail what was expected and what was found
         */
        record Ignored(int source, Reason reason, String detail) implements Effect {}

        /**
         * f + 1 replicas agree on something that is no segment, so more than f lie. This is the last effect.
         *
         * @param detail what does not hold
         */
        record Contradiction(String detail) implements Effect {}
    }

    /** Why a push was ignored. */
    public enum Reason {
        /** Its segment was delivered before. */
        DELIVERED,
        /** Its segment is too far ahead; it has to be pushed again later. */
        BEYOND_WINDOW,
        /** The same push came before. */
        REPEATED,
        /** Another piece or commitment for the same segment came from this replica before: it lies in one of them. */
        EQUIVOCATION,
        /** A piece that is not this replica's own. */
        NOT_ITS_OWN,
        /** A commitment of another cluster, or with other n, f, k or limits than the genesis says. */
        FOREIGN_COMMITMENT,
        /** A piece of the wrong size or segment, or whose path does not lead to the commitment's root. */
        BAD_PIECE
    }

    /**
     * A learner that goes on where {@code progress} stands.
     *
     * @param genesis the one trust root
     * @param windowSegments how many segments ahead of the next one pushes are kept for, at least 1
     * @param progress the position to go on from; its member table and target play no part here
     */
    public PushLearner(Genesis genesis, int windowSegments, LearnerProgress progress) {
        if (windowSegments < 1) {
            throw new IllegalArgumentException("window-segments is " + windowSegments + ", must be at least 1");
        }
        this.genesis = genesis;
        this.quorums = genesis.quorums();
        this.clusterId = genesis.clusterId();
        this.windowSegments = windowSegments;
        this.reassembler = new Reassembler(genesis);
        this.nextSegment = progress.nextSegment();
        this.nextSequence = progress.nextSequence();
        this.ledgerHash = progress.ledgerHash();
    }

    /**
     * Takes one push.
     *
     * @param pushed as it came; nothing in it was checked but who sent it
     * @return what to do now, in this order
     */
    public List<Effect> step(Pushed pushed) {
        List<Effect> effects = new ArrayList<>();
        if (halted) {
            return effects;
        }
        Effect ignored = reasonToIgnore(pushed);
        if (ignored != null) {
            effects.add(ignored);
            return effects;
        }
        window.computeIfAbsent(pushed.commitment().context().segmentNumber(), _ -> new TreeMap<>())
                .put(pushed.source(), pushed);
        deliver(effects);
        return effects;
    }

    /** {@return the next segment to deliver} */
    public long nextSegment() {
        return nextSegment;
    }

    private @Nullable Effect reasonToIgnore(Pushed pushed) {
        SegmentContext context = pushed.commitment().context();
        long segment = context.segmentNumber();
        if (segment < nextSegment) {
            return ignored(pushed, Reason.DELIVERED, "segment %d, next is %d".formatted(segment, nextSegment));
        }
        if (segment - nextSegment >= windowSegments) {
            return ignored(pushed, Reason.BEYOND_WINDOW, "segment %d, next is %d".formatted(segment, nextSegment));
        }
        if (pushed.piece().index() != pushed.source()) {
            return ignored(pushed, Reason.NOT_ITS_OWN, "piece " + pushed.piece().index());
        }
        SortedMap<Integer, Pushed> before = window.get(segment);
        Pushed earlier = before == null ? null : before.get(pushed.source());
        if (earlier != null) {
            return ignored(
                    pushed,
                    earlier.equals(pushed) ? Reason.REPEATED : Reason.EQUIVOCATION,
                    "piece %d of segment %d came before".formatted(pushed.source(), segment));
        }
        if (!context.clusterId().equals(clusterId)
                || context.pieceCount() != quorums.replicaCount()
                || context.faultLimit() != quorums.faultLimit()
                || context.piecesNeeded() != genesis.piecesNeeded()
                || context.plainLength() > genesis.limits().maxSegmentBytes()) {
            return ignored(pushed, Reason.FOREIGN_COMMITMENT, context.toString());
        }
        try {
            pushed.piece().verify(pushed.commitment());
        } catch (MerkleProofException | WireFormatException e) {
            return ignored(pushed, Reason.BAD_PIECE, String.valueOf(e.getMessage()));
        }
        return null;
    }

    private static Effect ignored(Pushed pushed, Reason reason, String detail) {
        return new Effect.Ignored(pushed.source(), reason, detail);
    }

    private void deliver(List<Effect> effects) {
        for (List<Pushed> group = agreed(); !group.isEmpty(); group = agreed()) {
            Commitment commitment = group.getFirst().commitment();
            SegmentContext context = commitment.context();
            if (context.firstSequence() != nextSequence
                    || !context.ledgerHashBefore().equals(ledgerHash)) {
                halt(
                        "%s does not follow position %d with ledger hash %s"
                                .formatted(context, nextSequence - 1, ledgerHash.shortHex()),
                        effects);
                return;
            }
            List<Piece> pieces = group.stream()
                    .limit(context.piecesNeeded())
                    .map(Pushed::piece)
                    .toList();
            try {
                effects.add(new Effect.Deliver(reassembler.reassemble(commitment, pieces)));
            } catch (ReassemblyException e) {
                halt(String.valueOf(e.getMessage()), effects);
                return;
            }
            window.remove(nextSegment);
            nextSegment++;
            nextSequence = context.lastSequence() + 1;
            ledgerHash = context.ledgerHashAfter();
        }
    }

    /** Enough pushes under one commitment for the next segment, or none. */
    private List<Pushed> agreed() {
        List<Pushed> all =
                List.copyOf(window.getOrDefault(nextSegment, new TreeMap<>()).values());
        int enough = Math.max(genesis.piecesNeeded(), quorums.oneCorrect());
        for (Pushed candidate : all) {
            List<Pushed> group = all.stream()
                    .filter(other -> other.commitment().equals(candidate.commitment()))
                    .toList();
            if (group.size() >= enough) {
                return group;
            }
        }
        return List.of();
    }

    private void halt(String detail, List<Effect> effects) {
        halted = true;
        effects.add(new Effect.Contradiction(detail));
    }
}
