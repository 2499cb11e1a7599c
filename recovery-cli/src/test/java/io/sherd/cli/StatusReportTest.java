package io.sherd.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.sherd.archive.crypto.TlsIdentity;
import io.sherd.archive.edge.EdgeLimits;
import io.sherd.archive.edge.EdgeServer;
import io.sherd.archive.genesis.Addresses;
import io.sherd.cli.cluster.AdminClient;
import io.sherd.cli.cluster.ClusterLayout;
import io.sherd.cli.cluster.Founding;
import io.sherd.cli.cluster.LocalAddresses;
import io.sherd.cli.cluster.StatusAnswer;
import io.sherd.cli.output.ExitCode;
import io.sherd.cli.output.Json;
import io.sherd.consensus.rpc.AdminGrpc;
import io.sherd.consensus.rpc.GetStatusRequest;
import io.sherd.consensus.rpc.GetStatusResponse;
import io.sherd.consensus.rpc.ScrubAnswer;
import io.sherd.consensus.rpc.ScrubbedFinding;
import io.sherd.consensus.rpc.ScrubbedPass;
import io.sherd.replication.Quorums;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.genesis.Limits;
import io.sherd.replication.genesis.Member;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class StatusReportTest {
    @TempDir
    private static Path directory;

    private static Genesis genesis;

    @BeforeAll
    static void found() throws Exception {
        ClusterLayout layout = new ClusterLayout(directory.resolve("cluster"));
        var _ = new Founding(
                        "shown",
                        new Quorums(4, 1),
                        3,
                        Limits.DEFAULT,
                        LocalAddresses.findFree(4, 20_300).orElseThrow(),
                        1)
                .make(layout.root());
        genesis = layout.genesis();
    }

    @Test
    void allWellIsOk() {
        StatusReport report = report(StatusReportTest::heard);

        assertThat(report.text().getFirst()).endsWith("slack +1  OK");
        assertThat(report.exitCode()).isEqualTo(ExitCode.DONE);
    }

    @Test
    void aRottenArchiveIsNamedWithItsOwnExitCode() {
        StatusReport report = report(replica -> new StatusAnswer.Heard(
                answer(replica).setArchiveDamaged(replica == 2).build()));

        assertThat(report.text().getFirst())
                .endsWith("WARN: rot in the archive of r2; stop it, then sherd verify says what is bad");
        assertThat(report.exitCode()).isEqualTo(ExitCode.REPAIRABLE);
        assertThat(report.replicas())
                .extracting(StatusReport.Replica::archiveDamaged)
                .containsExactly(false, false, true, false);
    }

    @Test
    void whatAScrubFoundAndDidNotRepairIsNotOk() {
        StatusReport report = report(replica -> new StatusAnswer.Heard(
                answer(replica).setScrub(scrub(replica == 1 ? 1 : 0)).build()));

        assertThat(report.text().getFirst())
                .endsWith("WARN: a scrub of r1 found what it did not repair; sherd scrub status says what");
        assertThat(report.text())
                .anyMatch(line -> line.matches("r0 .* 2 d ago"))
                .anyMatch(line -> line.matches("r1 .* 2 d ago, 1 BAD"));
        assertThat(report.exitCode()).isEqualTo(ExitCode.REPAIRABLE);
    }

    @Test
    void theScrubsOfReplicasAreShownWithWhatTheyFound() {
        ScrubReport report = ScrubReport.of(new TreeMap<>(Map.of(
                0,
                new StatusAnswer.Heard(answer(0).setScrub(scrub(0)).build()),
                1,
                new StatusAnswer.Heard(answer(1).setScrub(scrub(1)).build()),
                2,
                new StatusAnswer.Heard(answer(2).setScrub(running()).build()))));

        assertThat(report.text())
                .anyMatch(line -> line.matches("r0 +waiting .* 2 d ago, 3.00 MiB read, 2 bad, 2 repaired +in 5 d"))
                .anyMatch(line -> line.matches("r2 +running +1.00 MiB of about 4.00 MiB +12.0 s +0 +0 +none yet +-"))
                .contains("r1 BAD PIECE of segment 17: it rotted: it must be restored");
        assertThat(report.exitCode()).isEqualTo(ExitCode.REPAIRABLE);
        assertThat(Json.read(Json.line(report))
                        .path("replicas")
                        .path(1)
                        .path("findings")
                        .path(0)
                        .path("segment")
                        .asLong())
                .isEqualTo(17);
    }

    @Test
    void aReplicaThatDoesNotSayHowItsScrubIsIsUnreachable() {
        ScrubReport report = ScrubReport.of(new TreeMap<>(Map.of(0, heard(0), 1, new StatusAnswer.Silent("down"))));

        assertThat(report.text()).contains("r0 does not say: it takes no part: normal", "r1 does not say: down");
        assertThat(report.exitCode()).isEqualTo(ExitCode.UNREACHABLE);
    }

    private static ScrubAnswer.Builder scrub(int open) {
        long now = Duration.ofDays(100).toMillis();
        ScrubAnswer.Builder answer = ScrubAnswer.newBuilder()
                .setState("waiting")
                .setNowMillis(now)
                .setNextMillis(now + Duration.ofDays(5).toMillis())
                .setLast(ScrubbedPass.newBuilder()
                        .setStartedMillis(now - Duration.ofDays(2).toMillis() - 1)
                        .setEndedMillis(now - Duration.ofDays(2).toMillis())
                        .setBytesRead(3L << 20)
                        .setFound(2)
                        .setRepaired(2 - open));
        if (open > 0) {
            answer.addRecent(ScrubbedFinding.newBuilder()
                    .setKind("PIECE")
                    .setSegment(17)
                    .setDetail("it rotted")
                    .setRemedy("it must be restored"));
        }
        return answer;
    }

    private static ScrubAnswer.Builder running() {
        return ScrubAnswer.newBuilder()
                .setState("running")
                .setRunning(ScrubbedPass.newBuilder().setStartedMillis(1).setBytesRead(1L << 20))
                .setBytesTotal(4L << 20)
                .setRemainingSeconds(12);
    }

    @Test
    void withoutAQuorumNothingElseMatters() {
        StatusReport report = report(replica -> replica < 2
                ? new StatusAnswer.Heard(answer(replica).setArchiveDamaged(true).build())
                : new StatusAnswer.Silent("down"));

        assertThat(report.text().getFirst()).endsWith("slack -1  BAD: no quorum");
        assertThat(report.exitCode()).isEqualTo(ExitCode.UNREACHABLE);
    }

    @Test
    void ofAReplicaThatDoesNotAnswerTheReasonIsShownAndNothingIsMadeUp() {
        StatusReport report =
                report(replica -> replica == 3 ? new StatusAnswer.Silent("it is asleep") : heard(replica));

        assertThat(report.text().getFirst()).endsWith("WARN: 1 unreachable");
        assertThat(report.text()).contains("r3 is unreachable: it is asleep");
        JsonNode silent = Json.read(Json.line(report)).path("replicas").path(3);
        assertThat(silent.path("why").asString()).isEqualTo("it is asleep");
        assertThat(silent.properties().stream()
                        .filter(field -> field.getValue().isNull())
                        .map(Map.Entry::getKey))
                .contains(
                        "role", "epoch", "executed", "segments", "whole", "archiveDamaged", "archiveBytes", "version");
        assertThat(silent.properties()).noneMatch(field -> field.getValue().isNumber());
    }

    @Test
    void aReplicaThatIsDownIsUnreachableWithTheWordOfTheConnection() {
        List<StatusAnswer> answers = AdminClient.statusOfAll(genesis, genesis.members(), Duration.ofSeconds(10));

        assertThat(answers)
                .hasSize(4)
                .allSatisfy(answer -> assertThat(answer)
                        .isInstanceOfSatisfying(
                                StatusAnswer.Silent.class,
                                silent -> assertThat(silent.why()).contains("UNAVAILABLE", "Connection refused")));
    }

    @Test
    void replicasThatTakeConnectionsAndSayNothingAreWaitedForTogetherAndNoLongerThanAsked() throws Exception {
        List<ServerSocket> mute = new ArrayList<>();
        try {
            for (Member member : genesis.members().members()) {
                InetSocketAddress edge = Addresses.parse(member.edgeAddress());
                mute.add(new ServerSocket(edge.getPort(), 1, InetAddress.getLoopbackAddress()));
            }

            long start = System.nanoTime();
            List<StatusAnswer> answers = AdminClient.statusOfAll(genesis, genesis.members(), Duration.ofSeconds(3));

            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(12));
            assertThat(answers)
                    .allSatisfy(answer -> assertThat(answer.toString()).contains("no answer from", "in 3.0 s"));
        } finally {
            for (ServerSocket socket : mute) {
                socket.close();
            }
        }
    }

    @Test
    void oneThatFetchesCertifiedStateIsShownWithHowFarItIs() {
        StatusReport report = report(replica -> new StatusAnswer.Heard((replica == 3
                        ? answer(3)
                                .setMode("fetching-state")
                                .setNotWhole(true)
                                .setSegments(12)
                                .setTargetSegments(40)
                                .setStateParts(7)
                        : answer(replica).setExecuted(5000))
                .build()));

        assertThat(report.text().getFirst())
                .endsWith(
                        "WARN: r3 was left behind and fetches certified state, votes on nothing: take no other replica down");
        assertThat(report.text())
                .anySatisfy(line ->
                        assertThat(line).startsWith("r3").contains("fetching state (7 parts; 12 of 40 segments)"));
        assertThat(report.replicas().get(3).role()).isNull();
    }

    @Test
    void oneThatIsFarBehindIsNotOk() {
        long window = genesis.limits().window();
        StatusReport near = report(replica -> new StatusAnswer.Heard(
                answer(replica).setExecuted(replica == 3 ? 1000 : 1000 + window).build()));
        StatusReport far = report(replica -> new StatusAnswer.Heard(
                answer(replica).setExecuted(replica == 3 ? 1000 : 1001 + window).build()));

        assertThat(near.text().getFirst()).endsWith("OK");
        assertThat(far.text().getFirst()).endsWith("WARN: r3 is far behind and catches up: take no other replica down");
    }

    @Test
    void oneThatAsksForAViewAloneIsShownToVoteOnNothingAndItsViewIsNotTheClusters() {
        StatusReport report = report(replica -> new StatusAnswer.Heard(
                replica == 1
                        ? answer(1)
                                .setMode("view-change")
                                .setView(3)
                                .setPrimary(1)
                                .setAskingForView(1)
                                .setWithoutViewMillis(12_345)
                                .build()
                        : answer(replica).setView(2).setPrimary(2).build()));

        assertThat(report.text().getFirst())
                .contains("  view 2  ")
                .endsWith("WARN: r1 votes on nothing until the view is changed: take no other replica down");
        assertThat(report.text())
                .anyMatch(line -> line.matches("r1 +- +changing view \\(asks for 3, alone for 12 s\\) .*"))
                .anyMatch(line -> line.matches("r2 +primary +normal .*"));
        assertThat(report.replicas().get(1).mode()).isEqualTo("view-change");
        assertThat(report.replicas().get(1).withoutViewSeconds()).isEqualTo(12);
    }

    @Test
    void whoAsksForAViewWithOthersIsShownWithTheirNumber() {
        StatusReport report = report(replica -> new StatusAnswer.Heard(answer(replica)
                .setMode("view-change")
                .setView(1)
                .setAskingForView(3)
                .setWithoutViewMillis(900)
                .build()));

        assertThat(report.text().getFirst()).contains("  view 1  ");
        assertThat(report.text()).anyMatch(line -> line.contains("changing view (asks for 1, with 2 more for 0 s)"));
    }

    @Test
    void viewsOfALaterEpochCountAsLater() {
        StatusReport report = report(replica -> new StatusAnswer.Heard(answer(replica)
                .setEpoch(replica == 0 ? 1 : 2)
                .setView(replica == 0 ? 9 : 0)
                .build()));

        assertThat(report.text().getFirst()).contains("  view 0  ");
    }

    @Test
    void whereNobodyAnswersNothingIsSaidOfViewAndPosition() {
        StatusReport report = report(_ -> new StatusAnswer.Silent("connection refused"));

        assertThat(report.text().getFirst()).contains("  view -  seq -  ").endsWith("BAD: no quorum");
    }

    @Test
    void oneThatIsBusyIsNotCalledUnreachable() {
        StatusReport report = report(replica ->
                replica == 3 ? new StatusAnswer.Busy("RESOURCE_EXHAUSTED, busy, try again") : heard(replica));

        assertThat(report.text().getFirst()).endsWith("WARN: too busy to answer: r3");
        assertThat(report.text())
                .contains("r3 is busy: RESOURCE_EXHAUSTED, busy, try again")
                .anyMatch(line -> line.matches("r3 +- +BUSY .*"));
        assertThat(report.exitCode()).isEqualTo(ExitCode.DONE);
    }

    @Test
    void aQuorumThatIsTooBusyToAnswerIsNotCalledDown() {
        StatusReport report = report(replica -> replica < 2 ? new StatusAnswer.Busy("try again") : heard(replica));

        assertThat(report.text().getFirst()).endsWith("BAD: no quorum answers; too busy to: r0, r1");
        assertThat(report.exitCode()).isEqualTo(ExitCode.UNREACHABLE);
    }

    @Test
    void aBusyReplicaIsAskedAgainUntilTheTimeIsOver() throws Exception {
        Member member = genesis.members().member(0);
        AtomicInteger refusals = new AtomicInteger(3);
        Path configuration = new ClusterLayout(directory.resolve("cluster")).configuration(0);
        AdminGrpc.AdminImplBase busyForAWhile = new AdminGrpc.AdminImplBase() {
            @Override
            public void getStatus(GetStatusRequest question, StreamObserver<GetStatusResponse> answers) {
                if (refusals.getAndDecrement() > 0) {
                    answers.onError(Status.RESOURCE_EXHAUSTED.asRuntimeException());
                } else {
                    answers.onNext(answer(0).build());
                    answers.onCompleted();
                }
            }
        };
        try (EdgeServer _ = EdgeServer.builder(
                                new InetSocketAddress(
                                        InetAddress.getLoopbackAddress(),
                                        Addresses.parse(member.edgeAddress()).getPort()),
                                TlsIdentity.read(configuration.resolve("tls.key"), configuration.resolve("tls.crt")),
                                EdgeLimits.of(genesis))
                        .service(busyForAWhile)
                        .start();
                AdminClient admin = new AdminClient(genesis, 0)) {
            assertThat(admin.status(Duration.ofSeconds(60))).isInstanceOf(StatusAnswer.Heard.class);
            assertThat(refusals).hasValue(-1);

            refusals.set(Integer.MAX_VALUE);
            assertThat(admin.status(Duration.ofSeconds(3)))
                    .isEqualTo(new StatusAnswer.Busy(member.edgeAddress() + ": RESOURCE_EXHAUSTED"));
        }
    }

    private static StatusReport report(IntFunction<StatusAnswer> answers) {
        return StatusReport.of(genesis, IntStream.range(0, 4).mapToObj(answers).toList());
    }

    private static StatusAnswer heard(int replica) {
        return new StatusAnswer.Heard(answer(replica).build());
    }

    private static GetStatusResponse.Builder answer(int replica) {
        return GetStatusResponse.newBuilder()
                .setReplica(replica)
                .setCluster(ByteString.copyFrom(genesis.clusterId().toByteArray()))
                .setMode("normal");
    }
}
