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
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
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
    private static final String BUSY = "busy";
    private static final String VIEW_CHANGE = "view-change";
    private static final String FETCHING = "fetching-state";

    /**
     * One replica; what only the replica itself can say is null if it did not answer as one of this cluster.
     *
     * @param replica its name
     * @param reachable whether it answered, as a replica of this cluster
     * @param why why it did not, where that is known
     * @param role primary or backup in the view that it is in; null if it is in none
     * @param mode what it does
     * @param epoch its epoch
     * @param view its view, or the one that it asks for
     * @param withoutViewSeconds how long it has asked for views and voted in none; 0 if it votes
     * @param askingForView replicas that it knows to ask for its view or a later one, itself included; 0 if it votes
     * @param executed the last position that it executed
     * @param stable the position of its last stable checkpoint
     * @param lag positions behind the furthest replica
     * @param far whether that is more than a window: it has missed what the others may have dropped by now
     * @param targetSegments segments that it will have, while it fetches certified state; else 0
     * @param stateParts parts of the state that it has fetched since it began, while it fetches certified state; else 0
     * @param segments sealed segments in its archive
     * @param undropped segments of which it keeps the full bytes because receipts are missing
     * @param hints pieces that it holds for replicas whose receipts are missing
     * @param whole whether it has every piece that it must have; false after a restore until that is checked
     * @param pending requests that wait
     * @param archiveDamaged whether it met rot in its archive
     * @param archiveBytes allocated bytes of its archive
     * @param stateBytes allocated bytes of its state
     * @param voteBytes allocated bytes of its votes
     * @param scrub how far its scrub is, and what that found
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
            @Nullable Long withoutViewSeconds,
            @Nullable Long askingForView,
            @Nullable Long executed,
            @Nullable Long stable,
            @Nullable Long lag,
            @Nullable Boolean far,
            @Nullable Long targetSegments,
            @Nullable Long stateParts,
            @Nullable Long segments,
            @Nullable Long undropped,
            @Nullable Long hints,
            @Nullable Boolean whole,
            @Nullable Long pending,
            @Nullable Boolean archiveDamaged,
            @Nullable Long archiveBytes,
            @Nullable Long stateBytes,
            @Nullable Long voteBytes,
            ScrubReport.@Nullable Replica scrub,
            @Nullable Long connectedPeers,
            @Nullable String version) {

        /** Whether it answered, and votes in no view. */
        boolean changesView() {
            return mode.equals(VIEW_CHANGE);
        }

        /** Whether it takes no part, but fetches what is certified. */
        boolean fetches() {
            return mode.equals(FETCHING);
        }

        /** Its mode, for people. */
        String modeInWords() {
            if (!reachable) {
                return mode.toUpperCase(Locale.ROOT);
            }
            if (fetches()) {
                return "fetching state (%d parts; %d of %d segments)".formatted(stateParts, segments, targetSegments);
            }
            if (!changesView() || askingForView == null) {
                return mode;
            }
            String company = askingForView < 2 ? "alone" : "with " + (askingForView - 1) + " more";
            return "changing view (asks for %d, %s for %d s)".formatted(view, company, withoutViewSeconds);
        }
    }

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
                            isOf(genesis, answer) ? answered(genesis, name, answer, furthest) : stranger(name, answer);
                        case StatusAnswer.Busy(String why) -> unheard(name, BUSY, why, null);
                        case StatusAnswer.Silent(String why) -> unheard(name, "unreachable", why, null);
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
     * What a command that shows this ends with: {@link ExitCode#UNREACHABLE} without a quorum, {@link ExitCode#REPAIRABLE} with rot, or with what a
     * scrub found and did not repair.
     */
    ExitCode exitCode() {
        if (reachable < n - f) {
            return ExitCode.UNREACHABLE;
        }
        return damaged().isEmpty() && unrepaired().isEmpty() ? ExitCode.DONE : ExitCode.REPAIRABLE;
    }

    @Override
    public String schema() {
        return "sherd.status/1";
    }

    @Override
    public List<String> text() {
        List<String> lines = new ArrayList<>();
        lines.add("cluster %s  n=%d f=%d k=%d  view %s  seq %s  slack %+d%s  %s"
                .formatted(cluster, n, f, k, shown(view()), shown(furthest()), slack, worst(), verdict()));
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
                "VOTES",
                "SCRUB");
        for (Replica replica : replicas) {
            table.row(
                    replica.replica(),
                    shown(replica.role()),
                    replica.modeInWords(),
                    shown(replica.epoch()),
                    shown(replica.executed()),
                    shown(replica.stable()),
                    shown(replica.lag()),
                    shown(replica.segments()),
                    shown(replica.undropped()),
                    shown(replica.hints()),
                    shownBytes(replica.archiveBytes()),
                    shownBytes(replica.stateBytes()),
                    shownBytes(replica.voteBytes()),
                    shown(replica.scrub() == null ? null : replica.scrub().inShort()));
        }
        lines.addAll(table.lines());
        for (Replica replica : replicas) {
            if (replica.why() != null) {
                lines.add("%s is %s: %s".formatted(replica.replica(), replica.mode(), replica.why()));
            }
        }
        return lines;
    }

    /** The last position that any replica executed; null if none says. */
    private @Nullable Long furthest() {
        Long furthest = null;
        for (Replica replica : replicas) {
            Long executed = replica.executed();
            if (executed != null && (furthest == null || executed > furthest)) {
                furthest = executed;
            }
        }
        return furthest;
    }

    /**
     * The view that n - f replicas have reached, or all that answer if they are fewer: one that asks alone does not count. Null
     * if none answers.
     */
    private @Nullable Long view() {
        List<Reached> reached = new ArrayList<>();
        for (Replica replica : replicas) {
            Long epoch = replica.epoch();
            Long view = replica.view();
            if (epoch != null && view != null) {
                reached.add(new Reached(epoch, view));
            }
        }
        reached.sort(Comparator.comparingLong(Reached::epoch)
                .thenComparingLong(Reached::view)
                .reversed());
        return reached.isEmpty()
                ? null
                : reached.get(Math.min(n - f, reached.size()) - 1).view();
    }

    /** Views begin anew in every epoch. */
    private record Reached(long epoch, long view) {}

    private static Object shown(@Nullable Object value) {
        return value == null ? UNKNOWN : value;
    }

    private static String shownBytes(@Nullable Long bytes) {
        return bytes == null ? UNKNOWN : Units.bytes((double) bytes);
    }

    private String verdict() {
        List<String> busy = names(replica -> replica.mode().equals(BUSY));
        if (reachable < n - f) {
            return busy.isEmpty()
                    ? "BAD: no quorum"
                    : "BAD: no quorum answers; too busy to: " + String.join(", ", busy);
        }
        List<String> strangers = names(replica -> replica.mode().equals(OTHER_GENESIS));
        if (!strangers.isEmpty()) {
            return "WARN: %s has another genesis file than this one; give it this one"
                    .formatted(String.join(", ", strangers));
        }
        if (!damaged().isEmpty()) {
            return "WARN: rot in the archive of %s; stop it, then sherd verify says what is bad"
                    .formatted(String.join(", ", damaged()));
        }
        if (!unrepaired().isEmpty()) {
            return "WARN: a scrub of %s found what it did not repair; sherd scrub status says what"
                    .formatted(String.join(", ", unrepaired()));
        }
        List<String> fetching = names(Replica::fetches);
        if (!fetching.isEmpty()) {
            return "WARN: %s was left behind and fetches certified state, votes on nothing: take no other replica down"
                    .formatted(String.join(", ", fetching));
        }
        List<String> notWhole = names(replica -> Boolean.FALSE.equals(replica.whole()));
        if (!notWhole.isEmpty()) {
            return "WARN: %s votes, not yet whole: take no other replica down".formatted(String.join(", ", notWhole));
        }
        List<String> far = names(replica -> Boolean.TRUE.equals(replica.far()));
        if (!far.isEmpty()) {
            return "WARN: %s is far behind and catches up: take no other replica down"
                    .formatted(String.join(", ", far));
        }
        List<String> changing = names(Replica::changesView);
        if (!changing.isEmpty()) {
            return "WARN: %s votes on nothing until the view is changed: take no other replica down"
                    .formatted(String.join(", ", changing));
        }
        if (!busy.isEmpty()) {
            return "WARN: too busy to answer: " + String.join(", ", busy);
        }
        return reachable < n ? "WARN: " + (n - reachable) + " unreachable" : "OK";
    }

    private List<String> damaged() {
        return names(replica -> Boolean.TRUE.equals(replica.archiveDamaged()));
    }

    private List<String> unrepaired() {
        return names(replica -> replica.scrub() != null && replica.scrub().open() > 0);
    }

    private List<String> names(Predicate<Replica> which) {
        return replicas.stream().filter(which).map(Replica::replica).toList();
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

    private static Replica answered(Genesis genesis, String name, GetStatusResponse answer, long furthest) {
        return new Replica(
                name,
                true,
                null,
                role(answer),
                answer.getMode(),
                answer.getEpoch(),
                answer.getView(),
                TimeUnit.MILLISECONDS.toSeconds(answer.getWithoutViewMillis()),
                (long) answer.getAskingForView(),
                answer.getExecuted(),
                answer.getStable(),
                furthest - answer.getExecuted(),
                furthest - answer.getExecuted() > genesis.limits().window(),
                answer.getTargetSegments(),
                answer.getStateParts(),
                answer.getSegments(),
                answer.getUndropped(),
                answer.getHints(),
                !answer.getNotWhole(),
                answer.getPending(),
                answer.getArchiveDamaged(),
                answer.getArchiveBytes(),
                answer.getStateBytes(),
                answer.getVoteBytes(),
                answer.hasScrub() ? ScrubReport.answered(answer.getReplica(), answer.getScrub()) : null,
                answer.getPeersList().stream()
                        .filter(peer -> peer.getConnected())
                        .count(),
                answer.getVersion());
    }

    private static @Nullable String role(GetStatusResponse answer) {
        if (answer.getMode().equals(VIEW_CHANGE) || answer.getMode().equals(FETCHING)) {
            return null;
        }
        return answer.getPrimary() == answer.getReplica() ? "primary" : "backup";
    }

    private static boolean isOf(Genesis genesis, GetStatusResponse answer) {
        return Arrays.equals(
                answer.getCluster().toByteArray(), genesis.clusterId().toByteArray());
    }

    /** One that answers with the right certificate and has another genesis: it takes no part in this cluster. */
    private static Replica stranger(String name, GetStatusResponse answer) {
        return unheard(name, OTHER_GENESIS, null, answer.getVersion());
    }

    private static Replica unheard(String name, String mode, @Nullable String why, @Nullable String version) {
        return new Replica(
                name, false, why, null, mode, null, null, null, null, null, null, null, null, null, null, null, null,
                null, null, null, null, null, null, null, null, null, version);
    }
}
