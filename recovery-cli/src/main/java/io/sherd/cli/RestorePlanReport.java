package io.sherd.cli;

import io.sherd.archive.restore.RestorePlan;
import io.sherd.cli.cluster.ClusterLayout;
import io.sherd.cli.output.ExitCode;
import io.sherd.cli.output.Report;
import io.sherd.cli.output.Units;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What {@code sherd restore --dry-run} says.
 *
 * @param replica which replica
 * @param directory where it would be restored to
 * @param sequence the certified position up to which everything would be there
 * @param segments segments up to it
 * @param storedSegments of these so many are in the directory already
 * @param stateSequence the position of the state that would be fetched
 * @param stateBytes its size, about; null if no source serves it
 * @param replays whether the state would be made from the ledger instead
 * @param reads by source: pieces, and bytes in all
 * @param bytesToRead from all sources
 * @param piecesToWrite own pieces that would be stored
 * @param hintsToWrite pieces that would be kept for others
 * @param undroppedSegments segments that would be kept whole until the node has executed them
 * @param bytesToWrite everything that would be stored
 * @param seconds how long it would take at most; null if nothing could be read
 * @param missing segments of which fewer than k pieces are in sight
 * @param troubles what is wrong with sources
 * @param steps the same in words, one line each
 */
record RestorePlanReport(
        String replica,
        String directory,
        long sequence,
        long segments,
        long storedSegments,
        long stateSequence,
        @Nullable Long stateBytes,
        boolean replays,
        SortedMap<String, RestorePlan.Reads> reads,
        long bytesToRead,
        long piecesToWrite,
        long hintsToWrite,
        long undroppedSegments,
        long bytesToWrite,
        @Nullable Double seconds,
        List<RestorePlan.Missing> missing,
        SortedMap<String, String> troubles,
        List<String> steps)
        implements Report {

    /**
     * The report of a plan.
     *
     * @param plan the plan
     * @param directory where it would be restored to
     * @param piecesNeeded k
     */
    static RestorePlanReport of(RestorePlan plan, String directory, int piecesNeeded) {
        SortedMap<String, RestorePlan.Reads> reads = new TreeMap<>();
        plan.reads().forEach((source, read) -> reads.put(ClusterLayout.name(source), read));
        SortedMap<String, String> troubles = new TreeMap<>();
        plan.troubles().forEach((source, trouble) -> troubles.put(ClusterLayout.name(source), trouble));
        return new RestorePlanReport(
                ClusterLayout.name(plan.replica()),
                directory,
                plan.sequence(),
                plan.segments(),
                plan.storedSegments(),
                plan.state().sequence(),
                plan.stateBytes().isPresent() ? plan.stateBytes().getAsLong() : null,
                plan.replays(),
                reads,
                plan.bytesToRead(),
                plan.writes().pieces(),
                plan.writes().hints(),
                plan.writes().undropped(),
                plan.writes().bytes(),
                plan.time().isPresent() ? plan.time().get().toMillis() / 1000.0 : null,
                plan.missing(),
                troubles,
                steps(plan, directory, piecesNeeded));
    }

    private static List<String> steps(RestorePlan plan, String directory, int piecesNeeded) {
        List<String> steps = new ArrayList<>();
        steps.add("%d segments up to seq %d, %d of them stored already"
                .formatted(plan.segments(), plan.sequence(), plan.storedSegments()));
        steps.add("state of seq %d: %s".formatted(plan.state().sequence(), state(plan)));
        plan.reads()
                .forEach((source, read) -> steps.add("read %s from %s: %d pieces, and its share of the state"
                        .formatted(Units.bytes((double) read.bytes()), ClusterLayout.name(source), read.pieces())));
        steps.add("write %s to %s: piece %d of %d segments, %d pieces for others, %d segments whole"
                .formatted(
                        Units.bytes((double) plan.writes().bytes()),
                        directory,
                        plan.replica(),
                        plan.writes().pieces(),
                        plan.writes().hints(),
                        plan.writes().undropped()));
        plan.time().ifPresent(time -> steps.add("time: at most about " + Units.duration(time)));
        plan.troubles()
                .forEach((source, trouble) -> steps.add("%s: %s".formatted(ClusterLayout.name(source), trouble)));
        plan.missing()
                .forEach(gap -> steps.add("MISSING segments %d to %d: %d pieces in sight, %d needed"
                        .formatted(gap.firstSegment(), gap.endSegment() - 1, gap.pieces(), piecesNeeded)));
        steps.add("only a few pieces were read for this; the others are checked when they are restored");
        steps.add("fence: no votes before the cluster has ordered the REJOIN of the new directory");
        return steps;
    }

    private static String state(RestorePlan plan) {
        if (plan.replays()) {
            return "made from the ledger, which is executed again";
        }
        return plan.stateBytes().isEmpty()
                ? "no source serves it"
                : "about " + Units.bytes((double) plan.stateBytes().getAsLong());
    }

    ExitCode exitCode() {
        return missing.isEmpty() ? ExitCode.DONE : ExitCode.UNREPAIRABLE;
    }

    @Override
    public String schema() {
        return "sherd.restore-plan/1";
    }

    @Override
    public List<String> text() {
        List<String> lines = new ArrayList<>();
        lines.add("plan for %s in %s:".formatted(replica, directory));
        steps.forEach(step -> lines.add("  " + step));
        return lines;
    }
}
