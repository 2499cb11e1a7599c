package io.sherd.archive.learner;

import io.sherd.replication.learner.LearnerIgnoreReason;
import io.sherd.replication.learner.Shortage;
import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a learner has done since it was started. A snapshot.
 *
 * @param segments segments delivered
 * @param nextSegment the next segment to deliver: so many were delivered over all starts
 * @param targetSegments segments up to the highest proved checkpoint; 0 while none is proved
 * @param entries ledger entries delivered
 * @param plainBytes bytes of the segments delivered, before compression
 * @param compressedBytes bytes of the segments delivered, as they were dispersed
 * @param bytesReceived by source: bytes received, framing of messages included, TLS excluded
 * @param piecesReceived by source: pieces that arrived, valid or not
 * @param ignored how often something was ignored, by reason
 * @param shortage what is missing now, if something is
 * @param lastFailures by source: what it, or the connection to it, last said when it failed; gone once it answers
 * @param elapsed since the start
 */
public record LearnerStatistics(
        long segments,
        long nextSegment,
        long targetSegments,
        long entries,
        long plainBytes,
        long compressedBytes,
        SortedMap<Integer, Long> bytesReceived,
        SortedMap<Integer, Long> piecesReceived,
        SortedMap<LearnerIgnoreReason, Long> ignored,
        Optional<Shortage> shortage,
        SortedMap<Integer, String> lastFailures,
        Duration elapsed) {

    /** Copies the maps. */
    public LearnerStatistics {
        bytesReceived = copy(bytesReceived);
        piecesReceived = copy(piecesReceived);
        ignored = copy(ignored);
        lastFailures = copy(lastFailures);
    }

    /** Bytes received from all sources together. */
    public long totalBytesReceived() {
        return bytesReceived.values().stream().mapToLong(Long::longValue).sum();
    }

    private static <K extends Comparable<K>, V> SortedMap<K, V> copy(Map<K, V> map) {
        return Collections.unmodifiableSortedMap(new TreeMap<>(map));
    }
}
