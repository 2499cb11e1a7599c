package io.sherd.replication.genesis;

import io.sherd.replication.wire.ByteWriter;

/**
 * Every number that replicas must agree on, because the ledger's bytes or its cut depend on it.
 *
 * @param segmentTargetBytes a segment closes with the entry at which its batches reach this many bytes
 * @param checkpointInterval a segment closes when it has this many entries
 * @param window sequence numbers in flight above the last stable checkpoint; at least twice the interval
 * @param windowBytes bytes of batches in flight above the last stable checkpoint
 * @param requestBytes largest encoded request
 * @param batchBytes largest encoded batch
 * @param frameBytes largest frame on a replica link
 * @param stateCheckpointEvery a state checkpoint is taken at every so many-th checkpoint, and at every seal and epoch entry
 * @param sessionWindow how many of a client's latest request ids the reply table keeps results of
 * @param resultBytes largest result that the reply table keeps; of a larger one it keeps only that there was one
 * @param sealMillis how long the last executed request may stay unsealed before the primary proposes a seal
 */
public record Limits(
        int segmentTargetBytes,
        int checkpointInterval,
        int window,
        int windowBytes,
        int requestBytes,
        int batchBytes,
        int frameBytes,
        int stateCheckpointEvery,
        int sessionWindow,
        int resultBytes,
        int sealMillis) {

    private static final int KIB = 1024;
    private static final int MIB = 1024 * KIB;

    /** What {@code sherd init} writes unless told otherwise. */
    public static final Limits DEFAULT =
            new Limits(MIB, 128, 256, 64 * MIB, 2 * MIB, 4 * MIB, 8 * MIB, 4, 1024, KIB, 1000);

    /** Checks each number and how they fit together. */
    public Limits {
        between("segment-target-bytes", segmentTargetBytes, KIB, 64 * MIB);
        between("checkpoint-interval", checkpointInterval, 1, 1 << 16);
        between("window", window, 2 * checkpointInterval, 1 << 17);
        between("request-bytes", requestBytes, KIB, 32 * MIB);
        between("batch-bytes", batchBytes, requestBytes + 8, 64 * MIB);
        between("frame-bytes", frameBytes, batchBytes + 64 * KIB, 128 * MIB);
        between("window-bytes", windowBytes, 2 * batchBytes, 1 << 30);
        between("state-checkpoint-every", stateCheckpointEvery, 1, 1 << 16);
        between("session-window", sessionWindow, 1, 1 << 16);
        between("result-bytes", resultBytes, 64, MIB);
        between("seal-millis", sealMillis, 50, 3_600_000);
    }

    /** {@return the most plain bytes a segment can have: its target is passed by at most one batch} */
    public int maxSegmentBytes() {
        return segmentTargetBytes + batchBytes + KIB;
    }

    void encode(ByteWriter writer) {
        writer.u32(segmentTargetBytes)
                .u32(checkpointInterval)
                .u32(window)
                .u32(windowBytes)
                .u32(requestBytes)
                .u32(batchBytes)
                .u32(frameBytes)
                .u32(stateCheckpointEvery)
                .u32(sessionWindow)
                .u32(resultBytes)
                .u32(sealMillis);
    }

    private static void between(String name, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException("%s is %d, must be %d to %d".formatted(name, value, least, most));
        }
    }
}
