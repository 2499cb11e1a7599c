package io.sherd.replication.learner;

import io.sherd.merkle.MerkleProofException;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.piece.Piece;
import io.sherd.replication.wire.WireFormatException;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The segments whose pieces are being fetched: a run of consecutive ones from the next to deliver on, bounded in number and
 * in bytes. Whatever a source sends, nothing outside of it is kept.
 *
 * <p>Piece i is asked of replica i. Only for the first segment, the one that everything waits for, is a replica also asked
 * for others' pieces, when their owners cannot give them: it may still hold the full bytes.
 */
final class PieceWindow {

    private final LearnerConfig config;
    private final Sources sources;
    private final SortedMap<Long, SegmentAssembly> assemblies = new TreeMap<>();
    private long bytes;
    private long lateEndedAt;

    PieceWindow(LearnerConfig config, Sources sources) {
        this.config = config;
        this.sources = sources;
    }

    int segmentCount() {
        return assemblies.size();
    }

    long bytes() {
        return bytes;
    }

    /** Takes proved commitments while there is room; there always is for one. */
    void fill(History history) {
        for (Commitment next = history.peek(); next != null && hasRoomFor(next); next = history.peek()) {
            history.take();
            assemblies.put(next.context().segmentNumber(), new SegmentAssembly(next));
            bytes += next.context().compressedLength();
        }
    }

    /** The first segment if all that it needs is there, and null otherwise. */
    @Nullable
    SegmentAssembly complete() {
        if (assemblies.isEmpty()) {
            return null;
        }
        SegmentAssembly first = assemblies.get(assemblies.firstKey());
        return first != null && first.isComplete() ? first : null;
    }

    void remove(SegmentAssembly assembly) {
        assemblies.remove(assembly.commitment().context().segmentNumber());
        bytes -= assembly.commitment().context().compressedLength();
    }

    /** Gives up on silent sources, hedges slow ones, and asks for what is missing. */
    void plan(long now, List<LearnerEffect> effects) {
        if (now != lateEndedAt) {
            lateEndedAt = now;
            assemblies.values().forEach(assembly -> endLate(assembly, now));
        }
        boolean first = true;
        for (SegmentAssembly assembly : assemblies.values()) {
            ask(assembly, first, now, effects);
            first = false;
        }
    }

    /** What the first segment lacks that cannot be had now, or null. */
    @Nullable
    Shortage shortage() {
        if (assemblies.isEmpty()) {
            return null;
        }
        SegmentAssembly first = assemblies.get(assemblies.firstKey());
        if (first == null || first.inSight() >= first.piecesNeeded()) {
            return null;
        }
        SortedMap<Integer, String> troubles = sources.troubles();
        first.addRefusals(troubles);
        return new Shortage(
                Shortage.Stage.PIECES, assemblies.firstKey(), first.inSight(), first.piecesNeeded(), troubles);
    }

    @Nullable
    Refusal onPiece(LearnerEffect.FetchPiece fetch, Piece piece, long now) {
        SegmentAssembly assembly = assemblies.get(fetch.segment());
        if (assembly == null || !assembly.isAwaited(fetch.source(), fetch.index())) {
            return new Refusal(
                    LearnerIgnoreReason.UNASKED,
                    "piece %d of segment %d is not being waited for".formatted(fetch.index(), fetch.segment()));
        }
        assembly.answered(fetch.source(), fetch.index());
        if (!assembly.wants(fetch.index())) {
            sources.answered(fetch.source(), now);
            return new Refusal(
                    LearnerIgnoreReason.UNNEEDED,
                    "piece %d of segment %d: others were faster".formatted(fetch.index(), fetch.segment()));
        }
        if (piece.segmentNumber() != fetch.segment() || piece.index() != fetch.index()) {
            return new Refusal(
                    LearnerIgnoreReason.OTHER_PIECE,
                    "piece %d of segment %d for piece %d of segment %d"
                            .formatted(piece.index(), piece.segmentNumber(), fetch.index(), fetch.segment()));
        }
        try {
            piece.verify(assembly.commitment());
        } catch (MerkleProofException | WireFormatException e) {
            return new Refusal(
                    LearnerIgnoreReason.BAD_PIECE,
                    "piece %d of segment %d: %s".formatted(fetch.index(), fetch.segment(), e.getMessage()));
        }
        sources.answered(fetch.source(), now);
        assembly.hold(piece);
        return null;
    }

    /** The source has not got the piece now. */
    void onNotFound(LearnerEffect.FetchPiece fetch, long now) {
        end(fetch, now + config.retryTicks(), "has not piece " + fetch.index());
    }

    /** The source failed; when it may be asked again is for {@link Sources} to say. */
    void onFailure(LearnerEffect.FetchPiece fetch, long now, String trouble) {
        end(fetch, now, trouble);
    }

    private void end(LearnerEffect.FetchPiece fetch, long retryAt, String trouble) {
        SegmentAssembly assembly = assemblies.get(fetch.segment());
        if (assembly != null && assembly.refused(fetch.source(), fetch.index(), retryAt, trouble)) {
            sources.notSent(fetch.source(), assembly.answerSizeBytes(fetch.index()));
        }
    }

    private boolean hasRoomFor(Commitment commitment) {
        boolean fits = assemblies.size() < config.windowSegments()
                && bytes + commitment.context().compressedLength() <= config.windowBytes();
        return fits || assemblies.isEmpty();
    }

    private void endLate(SegmentAssembly assembly, long now) {
        for (SegmentAssembly.Ask ask : assembly.older(now, config.timeoutTicks())) {
            String trouble = LearnerConfig.NO_ANSWER;
            assembly.refused(ask.source, ask.index, now, trouble);
            sources.notSent(ask.source, assembly.answerSizeBytes(ask.index));
            sources.failed(ask.source, now, trouble);
        }
        for (SegmentAssembly.Ask ask : assembly.toHedge(now, config.hedgeTicks())) {
            sources.slow(ask.source, now);
        }
    }

    private void ask(SegmentAssembly assembly, boolean first, long now, List<LearnerEffect> effects) {
        while (assembly.toAskFor() > 0) {
            int source = sources.best(candidate -> assembly.canAsk(candidate, candidate, now), now);
            int index = source;
            if (source < 0 && first) {
                source = sources.best(candidate -> assembly.foreignIndex(candidate, now) >= 0, now);
                index = source < 0 ? -1 : assembly.foreignIndex(source, now);
            }
            if (source < 0) {
                return;
            }
            assembly.asked(source, index, now);
            sources.requested(source, assembly.answerSizeBytes(index));
            effects.add(new LearnerEffect.FetchPiece(
                    source, assembly.commitment().context().segmentNumber(), index));
        }
    }
}
