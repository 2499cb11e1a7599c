package io.sherd.cli;

import io.sherd.consensus.rpc.GetStatusResponse;
import io.sherd.consensus.rpc.HeldSegments;
import io.sherd.replication.retention.ReplicaSet;
import io.sherd.replication.retention.Slack;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/**
 * How many more of the replicas that answer may go, segment by segment, as they say themselves what they hold.
 *
 * @param ranges runs of segments that are equally well off, in order
 */
record SlackReport(List<Range> ranges) {

    /**
     * A run of segments.
     *
     * @param first the first one
     * @param end the one behind the last
     * @param slack so many further losses are survived; negative if it cannot be rebuilt from the replicas that answer
     */
    record Range(long first, long end, int slack) {}

    /** Copies the list. */
    SlackReport {
        ranges = List.copyOf(ranges);
    }

    /** Of the replicas that answer. */
    static SlackReport of(List<GetStatusResponse> answers, int needed) {
        TreeSet<Long> starts = new TreeSet<>();
        long segments = 0;
        for (GetStatusResponse answer : answers) {
            for (HeldSegments held : answer.getHeldList()) {
                starts.add(held.getFirst());
                starts.add(held.getEnd());
                segments = Math.max(segments, held.getEnd());
            }
        }
        List<Range> ranges = new ArrayList<>();
        for (long first : starts) {
            Long end = starts.higher(first);
            if (end != null && first < segments) {
                add(ranges, new Range(first, end, Slack.furtherLosses(served(answers, first), needed)));
            }
        }
        return new SlackReport(ranges);
    }

    /** The worst run, the lowest of those if there are several; empty while nothing is sealed. */
    Optional<Range> worst() {
        return ranges.stream().min(Comparator.comparingInt(Range::slack));
    }

    private static List<ReplicaSet> served(List<GetStatusResponse> answers, long segment) {
        List<ReplicaSet> served = new ArrayList<>();
        for (GetStatusResponse answer : answers) {
            for (HeldSegments held : answer.getHeldList()) {
                if (held.getFirst() <= segment && segment < held.getEnd()) {
                    served.add(pieces(answer, held));
                }
            }
        }
        return served;
    }

    private static ReplicaSet pieces(GetStatusResponse answer, HeldSegments held) {
        if (held.getFull()) {
            return ReplicaSet.all(answer.getPeersCount() + 1);
        }
        ReplicaSet hints = ReplicaSet.of(held.getHintsList());
        return held.getOwn() ? hints.with(answer.getReplica()) : hints;
    }

    private static void add(List<Range> ranges, Range next) {
        if (!ranges.isEmpty() && ranges.getLast().slack() == next.slack()) {
            Range joined = new Range(ranges.getLast().first(), next.end(), next.slack());
            ranges.set(ranges.size() - 1, joined);
        } else {
            ranges.add(next);
        }
    }
}
