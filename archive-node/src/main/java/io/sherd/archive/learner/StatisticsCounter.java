package io.sherd.archive.learner;

import io.sherd.replication.learner.LearnerEffect;
import io.sherd.replication.learner.LearnerIgnoreReason;
import io.sherd.replication.learner.LearnerProgress;
import io.sherd.replication.learner.Shortage;
import io.sherd.replication.piece.Reassembler;
import java.time.Duration;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Counts what a learner does. Written by the driver and by connections' threads, read by anybody. */
final class StatisticsCounter {

    private final long startNanos = System.nanoTime();
    private final SortedMap<Integer, Long> piecesReceived = new TreeMap<>();
    private final SortedMap<LearnerIgnoreReason, Long> ignored = new TreeMap<>();
    private final SortedMap<Integer, String> lastFailures = new TreeMap<>();
    private long segments;
    private long nextSegment;
    private long targetSegments;
    private long entries;
    private long plainBytes;
    private long compressedBytes;
    private @Nullable Shortage shortage;

    synchronized void started(LearnerProgress progress) {
        nextSegment = progress.nextSegment();
        targetSegments = progress.target()
                .map(target -> target.statement().segmentCount())
                .orElse(0L);
    }

    synchronized void count(LearnerEffect effect) {
        switch (effect) {
            case LearnerEffect.Deliver(Reassembler.Reassembled segment, LearnerProgress after) -> {
                segments++;
                nextSegment = after.nextSegment();
                entries += segment.segment().entries().size();
                plainBytes += segment.dispersed().commitment().context().plainLength();
                compressedBytes += segment.dispersed().commitment().context().compressedLength();
                shortage = null;
            }
            case LearnerEffect.Target target ->
                targetSegments = target.certificate().statement().segmentCount();
            case LearnerEffect.Ignored notice -> ignored.merge(notice.reason(), 1L, Long::sum);
            case LearnerEffect.Stalled stalled -> shortage = stalled.shortage();
            case LearnerEffect.EpochPassed _, LearnerEffect.Contradiction _, LearnerEffect.Fetch _ -> {}
        }
    }

    synchronized void arrived(LearnerEffect.Fetch fetch) {
        lastFailures.remove(fetch.source());
        if (fetch instanceof LearnerEffect.FetchPiece) {
            piecesReceived.merge(fetch.source(), 1L, Long::sum);
        }
    }

    synchronized void failed(int source, String message) {
        lastFailures.put(source, message);
    }

    synchronized void shortageOver() {
        shortage = null;
    }

    synchronized Optional<Shortage> shortage() {
        return Optional.ofNullable(shortage);
    }

    synchronized SortedMap<Integer, String> lastFailures() {
        return new TreeMap<>(lastFailures);
    }

    synchronized LearnerStatistics snapshot(SortedMap<Integer, Long> bytesReceived) {
        return new LearnerStatistics(
                segments,
                nextSegment,
                targetSegments,
                entries,
                plainBytes,
                compressedBytes,
                bytesReceived,
                piecesReceived,
                ignored,
                Optional.ofNullable(shortage),
                lastFailures,
                Duration.ofNanos(System.nanoTime() - startNanos));
    }
}
