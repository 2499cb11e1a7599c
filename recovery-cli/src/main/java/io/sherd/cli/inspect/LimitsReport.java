package io.sherd.cli.inspect;

import io.sherd.cli.output.ExitCode;
import io.sherd.cli.output.Table;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.genesis.Limits;
import java.util.List;

/**
 * The numbers that all replicas of a cluster agree on.
 *
 * @param kind limits
 * @param limits those of the genesis
 * @param maxSegmentBytes what follows: the most plain bytes of a segment
 */
public record LimitsReport(String kind, Limits limits, int maxSegmentBytes) implements Inspected {

    /**
     * Describes a genesis.
     *
     * @param genesis any
     */
    public static LimitsReport of(Genesis genesis) {
        return new LimitsReport("limits", genesis.limits(), genesis.limits().maxSegmentBytes());
    }

    @Override
    public int exitCode() {
        return ExitCode.DONE.code();
    }

    @Override
    public List<String> text() {
        return new Table("LIMIT", "VALUE", "MEANING")
                .row("segment-target-bytes", limits.segmentTargetBytes(), "a segment closes when it has so many bytes")
                .row("checkpoint-interval", limits.checkpointInterval(), "or so many entries")
                .row("window", limits.window(), "positions in flight above the last stable checkpoint")
                .row("window-bytes", limits.windowBytes(), "their bytes")
                .row("request-bytes", limits.requestBytes(), "the largest request")
                .row("batch-bytes", limits.batchBytes(), "the largest batch of requests")
                .row("frame-bytes", limits.frameBytes(), "the largest frame between replicas")
                .row(
                        "state-checkpoint-every",
                        limits.stateCheckpointEvery(),
                        "closings from one state checkpoint to the next")
                .row("session-window", limits.sessionWindow(), "latest request ids of a client whose results are kept")
                .row("result-bytes", limits.resultBytes(), "the largest result that is kept")
                .row("seal-millis", limits.sealMillis(), "how long an executed request may stay unsealed")
                .row("(max-segment-bytes)", maxSegmentBytes, "what follows: the largest segment before compression")
                .lines();
    }
}
