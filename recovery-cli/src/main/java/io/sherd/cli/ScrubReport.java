package io.sherd.cli;

import io.sherd.cli.cluster.ClusterLayout;
import io.sherd.cli.cluster.StatusAnswer;
import io.sherd.cli.output.ExitCode;
import io.sherd.cli.output.Report;
import io.sherd.cli.output.Table;
import io.sherd.cli.output.Units;
import io.sherd.consensus.rpc.GetStatusResponse;
import io.sherd.consensus.rpc.ScrubAnswer;
import io.sherd.consensus.rpc.ScrubbedFinding;
import io.sherd.consensus.rpc.ScrubbedPass;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * How far the scrubs of some replicas are, by what each says of itself.
 *
 * @param replicas one for each
 */
record ScrubReport(List<Replica> replicas) implements Report {

    private static final String UNKNOWN = "-";

    /**
     * The scrub of one replica; everything else is null if it did not say so.
     *
     * @param replica its name
     * @param why why it did not say
     * @param state waiting, running or paused
     * @param running the pass that is under way
     * @param bytesTotal about how much there is to read in it
     * @param remainingSeconds about how long that still takes
     * @param last the last pass that was completed
     * @param nextSeconds how long until the next one is due; below 0 if it is overdue
     * @param bytesPerSecond the most that it reads in a second
     * @param findings the latest
     */
    record Replica(
            String replica,
            @Nullable String why,
            @Nullable String state,
            @Nullable Pass running,
            @Nullable Long bytesTotal,
            @Nullable Long remainingSeconds,
            @Nullable Pass last,
            @Nullable Long nextSeconds,
            @Nullable Long bytesPerSecond,
            List<Finding> findings) {

        /** What was found in the last pass, or is found in this one, and is not good again. */
        long open() {
            return Math.max(running == null ? 0 : running.open(), last == null ? 0 : last.open());
        }

        /** In a few words, for a table of everything. */
        String inShort() {
            if (state == null) {
                return UNKNOWN;
            }
            String bad = open() == 0 ? "" : ", %d BAD".formatted(open());
            if (running != null) {
                return "%s %s%s".formatted(state, percent(), bad);
            }
            if (state.equals("paused")) {
                return state + bad;
            }
            return (last == null ? "not yet" : ago(last) + " ago") + bad;
        }

        private String percent() {
            return running == null || bytesTotal == null || bytesTotal == 0
                    ? UNKNOWN
                    : "%d %%".formatted(Math.min(99, 100 * running.bytesRead() / bytesTotal));
        }
    }

    /**
     * One pass.
     *
     * @param secondsAgo how long ago it ended; null if it is under way
     * @param bytesRead how much was read
     * @param found what was bad
     * @param repaired how much of that is good again
     */
    record Pass(@Nullable Long secondsAgo, long bytesRead, long found, long repaired) {
        long open() {
            return found - repaired;
        }
    }

    /**
     * Something that was bad.
     *
     * @param kind what
     * @param segment of which segment; null if of none
     * @param detail what was expected and found
     * @param repaired whether it is good again
     * @param remedy what was done, or what helps
     */
    record Finding(String kind, @Nullable Long segment, String detail, boolean repaired, String remedy) {}

    /** {@return the report on what replicas said} */
    static ScrubReport of(SortedMap<Integer, StatusAnswer> answers) {
        List<Replica> replicas = new ArrayList<>();
        answers.forEach((replica, answer) -> replicas.add(
                switch (answer) {
                    case StatusAnswer.Heard(GetStatusResponse status) ->
                        status.hasScrub()
                                ? answered(replica, status.getScrub())
                                : silent(replica, "it takes no part: " + status.getMode());
                    case StatusAnswer.Busy(String why) -> silent(replica, "it is busy: " + why);
                    case StatusAnswer.Silent(String why) -> silent(replica, why);
                }));
        return new ScrubReport(replicas);
    }

    /** {@return what one replica said} */
    static Replica answered(int replica, ScrubAnswer answer) {
        return new Replica(
                ClusterLayout.name(replica),
                null,
                answer.getState(),
                answer.hasRunning() ? pass(answer.getRunning(), answer.getNowMillis()) : null,
                answer.hasRunning() ? answer.getBytesTotal() : null,
                answer.hasRunning() ? answer.getRemainingSeconds() : null,
                answer.hasLast() ? pass(answer.getLast(), answer.getNowMillis()) : null,
                (answer.getNextMillis() - answer.getNowMillis()) / 1000,
                answer.getBytesPerSecond(),
                answer.getRecentList().stream().map(ScrubReport::finding).toList());
    }

    /** What a command that shows this ends with. */
    ExitCode exitCode() {
        if (replicas.stream().anyMatch(replica -> replica.state() == null)) {
            return ExitCode.UNREACHABLE;
        }
        return replicas.stream().anyMatch(replica -> replica.open() > 0) ? ExitCode.REPAIRABLE : ExitCode.DONE;
    }

    @Override
    public String schema() {
        return "sherd.scrub/1";
    }

    @Override
    public List<String> text() {
        Table table = new Table("ID", "SCRUB", "READ", "LEFT", "BAD", "REPAIRED", "LAST FULL PASS", "NEXT");
        for (Replica replica : replicas) {
            Pass running = replica.running();
            table.row(
                    replica.replica(),
                    replica.state() == null ? UNKNOWN : replica.state(),
                    running == null
                            ? UNKNOWN
                            : "%s of about %s".formatted(bytes(running.bytesRead()), bytes(replica.bytesTotal())),
                    replica.remainingSeconds() == null
                            ? UNKNOWN
                            : Units.duration(Duration.ofSeconds(replica.remainingSeconds())),
                    running == null ? UNKNOWN : running.found(),
                    running == null ? UNKNOWN : running.repaired(),
                    lastPass(replica),
                    next(replica));
        }
        List<String> lines = new ArrayList<>(table.lines());
        for (Replica replica : replicas) {
            if (replica.why() != null) {
                lines.add("%s does not say: %s".formatted(replica.replica(), replica.why()));
            }
            for (Finding finding : replica.findings()) {
                lines.add("%s %s%s %s: %s: %s"
                        .formatted(
                                replica.replica(),
                                finding.repaired() ? "ok  " : "BAD ",
                                finding.kind(),
                                finding.segment() == null ? "" : "of segment " + finding.segment(),
                                finding.detail(),
                                finding.remedy()));
            }
        }
        return lines;
    }

    private static String lastPass(Replica replica) {
        Pass last = replica.last();
        if (last == null) {
            return replica.state() == null ? UNKNOWN : "none yet";
        }
        return "%s ago, %s read, %d bad, %d repaired"
                .formatted(ago(last), bytes(last.bytesRead()), last.found(), last.repaired());
    }

    private static String next(Replica replica) {
        Long seconds = replica.nextSeconds();
        if (seconds == null || !"waiting".equals(replica.state())) {
            return UNKNOWN;
        }
        return seconds <= 0 ? "now" : "in " + roughly(Duration.ofSeconds(seconds));
    }

    private static String ago(Pass pass) {
        return roughly(Duration.ofSeconds(pass.secondsAgo() == null ? 0 : pass.secondsAgo()));
    }

    private static String roughly(Duration time) {
        if (time.toDays() > 0) {
            return time.toDays() + " d";
        }
        if (time.toHours() > 0) {
            return time.toHours() + " h";
        }
        return time.toMinutes() > 0 ? time.toMinutes() + " min" : time.toSeconds() + " s";
    }

    private static String bytes(@Nullable Long bytes) {
        return bytes == null ? UNKNOWN : Units.bytes((double) bytes);
    }

    private static Replica silent(int replica, String why) {
        return new Replica(ClusterLayout.name(replica), why, null, null, null, null, null, null, null, List.of());
    }

    private static Pass pass(ScrubbedPass pass, long nowMillis) {
        Long ago = pass.getEndedMillis() == 0 ? null : Math.max(0, nowMillis - pass.getEndedMillis()) / 1000;
        return new Pass(ago, pass.getBytesRead(), pass.getFound(), pass.getRepaired());
    }

    private static Finding finding(ScrubbedFinding finding) {
        return new Finding(
                finding.getKind(),
                finding.getSegment() < 0 ? null : finding.getSegment(),
                finding.getDetail(),
                finding.getRepaired(),
                finding.getRemedy());
    }
}
