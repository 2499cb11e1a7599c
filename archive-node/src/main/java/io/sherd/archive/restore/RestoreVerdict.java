package io.sherd.archive.restore;

import io.sherd.archive.state.StateCheckpoint;
import io.sherd.replication.checkpoint.CheckpointStatement;
import io.sherd.replication.learner.LearnerIgnoreReason;
import io.sherd.replication.ledger.DirectoryId;
import java.time.Duration;
import java.util.Optional;
import java.util.SortedMap;

/**
 * What a restore achieved.
 *
 * @param replica the replica
 * @param directory the fresh name of its data directory, which its REJOIN will announce
 * @param replacedIncarnation the incarnation that the REJOIN will replace
 * @param statement what is certified about everything that was restored; empty for a ledger without a checkpoint
 * @param state the certified state checkpoint that is there
 * @param replayed whether that state was made from the ledger rather than fetched
 * @param segments segments whose commitments and own pieces are stored
 * @param undroppedSegments segments whose full bytes are kept, because the node has yet to execute them
 * @param hints pieces made in this run for replicas whose receipts are not known
 * @param bytesReceived in this run, by source, framing of messages included, TLS excluded
 * @param ignored what sources of segments sent in vain, by reason
 * @param elapsed how long this run took
 */
public record RestoreVerdict(
        int replica,
        DirectoryId directory,
        long replacedIncarnation,
        Optional<CheckpointStatement> statement,
        StateCheckpoint state,
        boolean replayed,
        long segments,
        long undroppedSegments,
        long hints,
        SortedMap<Integer, Long> bytesReceived,
        SortedMap<LearnerIgnoreReason, Long> ignored,
        Duration elapsed) {

    /** Bytes received from all sources together. */
    public long totalBytesReceived() {
        return bytesReceived.values().stream().mapToLong(Long::longValue).sum();
    }
}
