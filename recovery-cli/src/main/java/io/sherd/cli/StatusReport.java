package io.sherd.cli;

import io.sherd.cli.cluster.ClusterLayout;
import io.sherd.cli.cluster.StatusAnswer;
import io.sherd.cli.output.ExitCode;
import io.sherd.cli.output.Report;
import io.sherd.cli.output.Table;
import io.sherd.cli.output.Units;
import io.sherd.consensus.rpc.GetStatusResponse;
import io.sherd.replication.genesis.Genesis;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Where each replica of a cluster says that it stands. Each answers for itself: nothing here is proved.
 *
 * @param cluster the cluster's name
 * @param id the cluster id
 * @param n replicas
 * @param f faulty ones that it tolerates
 * @param k pieces that rebuild a segment
 * @param reachable replicas that answered
 * @param slack how many more of the reachable replicas may go before some segment cannot be read, at worst
 * @param segmentSlack the same by segment, as runs of segments that are equally well off
 * @param choice what k costs and what it survives, in words
 * @param replicas one for each replica
 */
record StatusReport(
        String cluster,
        String id,
        int n,
        int f,
        int k,
        int reachable,
        int slack,
        List<SlackReport.Range> segmentSlack,
        String choice,
        List<Replica> replicas)
        implements Report {

    private static final String UNKNOWN = "-";
    private static final String OTHER_GENESIS = "other genesis";

    /**
     * One replica; what only the replica itself can say is null if it did not answer as one of this cluster.
     *
     * @param replica its name
     * @param reachable whether it answered, as a replica of this cluster
     * @param why why it did not, where that is known
     * @param role primary or backup in the view that it is in
     * @param mode what it does
     * @param epoch its epoch
     * @param view its view
     * @param executed the last position that it executed
     * @param stable the position of its last stable checkpoint
     * @param lag positions behind the furthest replica
     * @param segments sealed segments in its archive
     * @param undropped segments of which it keeps the full bytes because receipts are missing
     * @param hints pieces that it holds for replicas whose receipts are missing
     * @param whole whether it has every piece that it must have; false after a restore until that is checked
     * @param pending requests that wait
     * @param archiveDamaged whether it met rot in its archive
     * @param archiveBytes allocated bytes of its archive
     * @param stateBytes allocated bytes of its state
     * @param voteBytes allocated bytes of its votes
     * @param connectedPeers other replicas that it is connected to
     * @param version its program's version
     */
    record Replica(
            String replica,
            boolean reachable,
            @Nullable String why,
            @Nullable String role,
            String mode,
            @Nullable Long epoch,
            @Nullable Long view,
            @Nullable Long executed,
            @Nullable Long stable,
            @Nullable Long lag,
            @Nullable Long segments,
            @Nullable Long undropped,
            @Nullable Long hints,
            @Nullable Boolean whole,
            @Nullable Long pending,
            @Nullable Boolean archiveDamaged,
            @Nullable Long archiveBytes,
            @Nullable Long stateBytes,
            @Nullable Long voteBytes,
            @Nullable Long connectedPeers,
            @Nullable String version) {}

    /**
     * {@return the report on what all replicas said}
     *
     * @param genesis the cluster
     * @param answers by replica
     */
    static StatusReport of(Genesis genesis, List<StatusAnswer> answers) {
        int n = genesis.quorums().replicaCount();
        List<GetStatusResponse> own = answers.stream()
                .flatMap(answer -> answer.heard().stream())
                .filter(answer -> isOf(genesis, answer))
                .toList();
        long furthest =
                own.stream().mapToLong(GetStatusResponse::getExecuted).max().orElse(0);
        List<Replica> replicas = new ArrayList<>();
        for (int replica = 0; replica < n; replica++) {
            String name = ClusterLayout.name(replica);
            replicas.add(
                    switch (answers.get(replica)) {
                        case StatusAnswer.Heard(GetStatusResponse answer) ->
                            isOf(genesis, answer) ? answered(name, answer, furthest) : stranger(name, answer);
                        case StatusAnswer.Silent(String why) -> silent(name, why);
                    });
        }
        int reachable = own.size();
        SlackReport slack = SlackReport.of(own, genesis.piecesNeeded());
        return new StatusReport(
                genesis.name(),
                genesis.clusterId().hex(),
                n,
                genesis.quorums().faultLimit(),
                genesis.piecesNeeded(),
                reachable,
                slack.worst().map(SlackReport.Range::slack).orElse(reachable - genesis.piecesNeeded()),
                slack.ranges(),
                new PieceChoice(n, genesis.quorums().faultLimit(), genesis.piecesNeeded()).words(),
                replicas);
    }

    /** What a command that shows this ends with, given the slack that is demanded. */
    ExitCode exitCode(Optional<Integer> leastSlack) {
        if (leastSlack.isPresent() && slack < leastSlack.get() && reachable >= n - f) {
            return slack < 0 ? ExitCode.UNREPAIRABLE : ExitCode.REPAIRABLE;
        }
        return exitCode();
    }

    /**
     * What a command that shows this ends with: {@link ExitCode#UNREACHABLE} without a quorum, {@link ExitCode#REPAIRABLE} with rot.
     */
    ExitCode exitCode() {
        if (reachable < n - f) {
            return ExitCode.UNREACHABLE;
        }
        return damaged().isEmpty() ? ExitCode.DONE : ExitCode.REPAIRABLE;
    }

    @Override
    public String schema() {
        return "sherd.status/1";
    }

    @Override
    public List<String> text() {
        List<String> lines = new ArrayList<>();
        long view = largest(Replica::view);
        long seq = largest(Replica::executed);
        lines.add("cluster %s  n=%d f=%d k=%d  view %d  seq %d  slack %+d%s  %s"
                .formatted(cluster, n, f, k, view, seq, slack, worst(), verdict()));
        lines.add(choice);
        Table table = new Table(
                "ID",
                "ROLE",
                "MODE",
                "EPOCH",
                "SEQ",
                "STABLE",
                "LAG",
                "SEGMENTS",
                "UNDROPPED",
                "HINTS",
                "ARCHIVE",
                "STATE",
                "VOTES");
        for (Replica replica : replicas) {
            table.row(
                    replica.replica(),
                    shown(replica.role()),
                    replica.reachable() ? replica.mode() : replica.mode().toUpperCase(Locale.ROOT),
                    shown(replica.epoch()),
                    shown(replica.executed()),
                    shown(replica.stable()),
                    shown(replica.lag()),
                    shown(replica.segments()),
                    shown(replica.undropped()),
                    shown(replica.hints()),
                    shownBytes(replica.archiveBytes()),
                    shownBytes(replica.stateBytes()),
                    shownBytes(replica.voteBytes()));
        }
        lines.addAll(table.lines());
        for (Replica replica : replicas) {
            if (replica.why() != null) {
                lines.add("%s is %s: %s".formatted(replica.replica(), replica.mode(), replica.why()));
            }
        }
        return lines;
    }

    private long largest(Function<Replica, @Nullable Long> number) {
        long largest = 0;
        for (Replica replica : replicas) {
            Long own = number.apply(replica);
            largest = own == null ? largest : Math.max(largest, own);
        }
        return largest;
    }

    private static Object shown(@Nullable Object value) {
        return value == null ? UNKNOWN : value;
    }

    private static String shownBytes(@Nullable Long bytes) {
        return bytes == null ? UNKNOWN : Units.bytes((double) bytes);
    }

    private String verdict() {
        if (reachable < n - f) {
            return "BAD: no quorum";
        }
        List<String> strangers = replicas.stream()
                .filter(replica -> replica.mode().equals(OTHER_GENESIS))
                .map(Replica::replica)
                .toList();
        if (!strangers.isEmpty()) {
            return "WARN: %s has another genesis file than this one; give it this one"
                    .formatted(String.join(", ", strangers));
        }
        if (!damaged().isEmpty()) {
            return "WARN: rot in the archive of %s; stop it, then sherd verify says what is bad"
                    .formatted(String.join(", ", damaged()));
        }
        List<String> notWhole = replicas.stream()
                .filter(replica -> Boolean.FALSE.equals(replica.whole()))
                .map(Replica::replica)
                .toList();
        if (!notWhole.isEmpty()) {
            return "WARN: %s votes, not yet whole: take no other replica down".formatted(String.join(", ", notWhole));
        }
        return reachable < n ? "WARN: " + (n - reachable) + " unreachable" : "OK";
    }

    private List<String> damaged() {
        return replicas.stream()
                .filter(replica -> Boolean.TRUE.equals(replica.archiveDamaged()))
                .map(Replica::replica)
                .toList();
    }

    /** Which segments are worse off than the replicas that answer would let them be. */
    private String worst() {
        return slack >= reachable - k
                ? ""
                : new SlackReport(segmentSlack)
                        .worst()
                        .map(range -> range.end() - range.first() == 1
                                ? " (worst: segment %d)".formatted(range.first())
                                : " (worst: segments %d to %d)".formatted(range.first(), range.end() - 1))
                        .orElse("");
    }

    private static Replica answered(String name, GetStatusResponse answer, long furthest) {
        return new Replica(
                name,
                true,
                null,
                answer.getPrimary() == answer.getReplica() ? "primary" : "backup",
                answer.getMode(),
                answer.getEpoch(),
                answer.getView(),
                answer.getExecuted(),
                answer.getStable(),
                furthest - answer.getExecuted(),
                answer.getSegments(),
                answer.getUndropped(),
                answer.getHints(),
                !answer.getNotWhole(),
                answer.getPending(),
                answer.getArchiveDamaged(),
                answer.getArchiveBytes(),
                answer.getStateBytes(),
                answer.getVoteBytes(),
                answer.getPeersList().stream()
                        .filter(peer -> peer.getConnected())
                        .count(),
                answer.getVersion());
    }

    private static boolean isOf(Genesis genesis, GetStatusResponse answer) {
        return Arrays.equals(
                answer.getCluster().toByteArray(), genesis.clusterId().toByteArray());
    }

    /** One that answers with the right certificate and has another genesis: it takes no part in this cluster. */
    private static Replica stranger(String name, GetStatusResponse answer) {
        return unheard(name, OTHER_GENESIS, null, answer.getVersion());
    }

    private static Replica silent(String name, String why) {
        return unheard(name, "unreachable", why, null);
    }

    private static Replica unheard(String name, String mode, @Nullable String why, @Nullable String version) {
        return new Replica(
                name, false, why, null, mode, null, null, null, null, null, null, null, null, null, null, null, null,
                null, null, null, version);
    }
}
