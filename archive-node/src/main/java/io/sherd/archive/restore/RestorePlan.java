package io.sherd.archive.restore;

import io.sherd.archive.state.StateCheckpoint;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;

/**
 * What a restore would do with the sources that there are now.
 *
 * @param replica the replica
 * @param sequence the certified position up to which it would go; 0 for a ledger without a certificate
 * @param segments segments that there are up to it
 * @param storedSegments of these the first so many are in the directory already, from a restore that was interrupted
 * @param state the certified state that would be fetched
 * @param stateBytes how large it is, about; empty if no source serves it
 * @param replays whether the state would be made from the ledger instead
 * @param reads by source: what would be read from it
 * @param writes what would be written
 * @param time how long it would take at most, judged by reading a few pieces from each source; empty if nothing was read
 * @param missing segments of which fewer than k pieces are in sight
 * @param troubles what is wrong with sources, by source
 */
public record RestorePlan(
        int replica,
        long sequence,
        long segments,
        long storedSegments,
        StateCheckpoint state,
        OptionalLong stateBytes,
        boolean replays,
        SortedMap<Integer, Reads> reads,
        Writes writes,
        Optional<Duration> time,
        List<Missing> missing,
        SortedMap<Integer, String> troubles) {

    /** Copies the list. */
    public RestorePlan {
        missing = List.copyOf(missing);
    }

    /**
     * What would be read from one source.
     *
     * @param pieces so many pieces
     * @param bytes their size with their paths, and its share of commitments and state
     */
    public record Reads(long pieces, long bytes) {}

    /**
     * What would be written.
     *
     * @param pieces the replica's own pieces
     * @param hints pieces kept for others, whose receipts nobody shows
     * @param undropped segments that are kept whole, until the node has executed them
     * @param bytes the size of all these, of the commitments and of the state
     */
    public record Writes(long pieces, long hints, long undropped, long bytes) {}

    /**
     * Consecutive segments that cannot be rebuilt.
     *
     * @param firstSegment the first
     * @param endSegment the one behind the last
     * @param pieces so many pieces of each are in sight
     */
    public record Missing(long firstSegment, long endSegment, int pieces) {}

    /** Whether everything that is needed is in sight. */
    public boolean isPossible() {
        return missing.isEmpty();
    }

    /** Bytes that would be read from all sources. */
    public long bytesToRead() {
        return reads.values().stream().mapToLong(Reads::bytes).sum();
    }
}
