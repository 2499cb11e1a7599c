package io.sherd.consensus.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.sherd.consensus.rpc.Outcome;
import io.sherd.consensus.rpc.OutcomeStatus;
import io.sherd.consensus.rpc.RefusalReason;
import io.sherd.replication.ledger.Request;
import io.sherd.replication.wire.Bytes;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A client of four replicas, one of which may be faulty: what two say alike counts, and nothing else. */
class SherdClientTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration SOON = Duration.ofMillis(300);
    private static final ClientOptions OPTIONS = new ClientOptions(8, 1 << 20, SOON, PATIENCE);
    private static final ClientOptions IMPATIENT = OPTIONS.withDeadline(Duration.ofMillis(900));
    private static final Bytes PAYLOAD = bytes("payload");

    private ScriptedCluster cluster;

    @BeforeEach
    void start() throws Exception {
        cluster = new ScriptedCluster(1024);
    }

    @AfterEach
    void stop() {
        cluster.close();
    }

    @Test
    void aResultThatAllSayIsAccepted() throws Exception {
        try (SherdClient client = connect(OPTIONS)) {
            Committed committed = get(client.submit(PAYLOAD));

            assertThat(committed).isEqualTo(new Committed(committed.id(), 1000, ScriptedCluster.resultOf(PAYLOAD)));
            // It may have been sent again on a slow machine.
            assertThat(cluster.arrived()).extracting(Request.Operation::payload).containsOnly(PAYLOAD);
        }
    }

    @Test
    void whoWaitsForAllWaitsForWhatFollowsOnTheResults() throws Exception {
        List<String> order = new CopyOnWriteArrayList<>();
        CountDownLatch release = new CountDownLatch(1);
        try (SherdClient client = connect(OPTIONS)) {
            CompletableFuture<Committed> result = client.submit(PAYLOAD);
            CompletableFuture<Void> followed = result.thenAccept(done -> {
                try {
                    release.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                order.add("followed");
            });
            await().atMost(PATIENCE).until(result::isDone);
            Thread waiting = Thread.ofPlatform().start(() -> {
                try {
                    client.drain();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                order.add("drained");
            });
            await().atMost(PATIENCE).until(() -> waiting.getState() == Thread.State.WAITING);
            release.countDown();
            waiting.join();

            assertThat(followed).isCompleted();
            assertThat(order).containsExactly("followed", "drained");
        }
    }

    @Test
    void theWordOfOneReplicaIsNotEnoughAndThatOfTwoIs() throws Exception {
        for (int replica = 1; replica < 4; replica++) {
            cluster.replica(replica).isSilent();
        }
        try (SherdClient client = connect(OPTIONS)) {
            CompletableFuture<Committed> result = client.submit(PAYLOAD);
            // Sent to all again and again, r0 has said its word more than once.
            await().atMost(PATIENCE).until(() -> cluster.arrived().size() >= 9);
            assertThat(result).isNotDone();

            cluster.replica(2).says(List::of);
            assertThat(get(result).result()).isEqualTo(ScriptedCluster.resultOf(PAYLOAD));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3})
    void oneReplicaThatLiesFirstAndOftenChangesNothing(int liar) throws Exception {
        cluster.replica(liar)
                .says(truth -> List.of(other(truth, 1), other(truth, 1), other(truth, 2), other(truth, 1)));
        try (SherdClient client = connect(OPTIONS)) {
            for (int i = 0; i < 20; i++) {
                Bytes payload = bytes("payload " + i);
                assertThat(get(client.submit(payload)).result()).isEqualTo(ScriptedCluster.resultOf(payload));
            }
        }
    }

    @Test
    void aLieUnderTheNameOfTheOtherReplicasIsStillOneWord() throws Exception {
        for (int replica = 1; replica < 4; replica++) {
            cluster.replica(replica).isSilent();
        }
        cluster.replica(0).says(truth -> {
            Outcome lie = other(truth, 1);
            return List.of(lie, lie, lie, lie);
        });
        try (SherdClient client = connect(IMPATIENT)) {
            assertFails(client.submit(PAYLOAD), ClientException.Kind.NO_QUORUM);
        }
    }

    @Test
    void fourDifferentResultsAreNone() throws Exception {
        for (int replica = 0; replica < 4; replica++) {
            int own = replica;
            cluster.replica(replica).says(truth -> List.of(other(truth, own)));
        }
        try (SherdClient client = connect(IMPATIENT)) {
            assertFails(client.submit(PAYLOAD), ClientException.Kind.NO_QUORUM);
        }
    }

    @Test
    void equalResultsAtDifferentPositionsAreNotEqual() throws Exception {
        for (int replica = 0; replica < 4; replica++) {
            int own = replica;
            cluster.replica(replica)
                    .says(truth ->
                            List.of(truth.toBuilder().setSequence(2000 + own).build()));
        }
        try (SherdClient client = connect(IMPATIENT)) {
            assertFails(client.submit(PAYLOAD), ClientException.Kind.NO_QUORUM);
        }
    }

    @Test
    void outcomesOfAnotherClientOrOfNoOperationInFlightAreLeftAside() throws Exception {
        Function<Outcome, List<Outcome>> script = truth -> List.of(
                truth.toBuilder()
                        .setClient(ByteString.copyFrom(new byte[32]))
                        .setSequence(7)
                        .build(),
                truth.toBuilder().setId(truth.getId() + 1).setSequence(8).build());
        cluster.replica(0).says(script);
        cluster.replica(1).says(script);
        cluster.replica(2).isSilent();
        cluster.replica(3).isSilent();
        try (SherdClient client = connect(OPTIONS)) {
            CompletableFuture<Committed> result = client.submit(PAYLOAD);
            await().atMost(PATIENCE).until(() -> cluster.arrived().size() >= 5);
            assertThat(result).isNotDone();

            cluster.replica(2).says(List::of);
            cluster.replica(3).says(List::of);
            assertThat(get(result).sequence()).isEqualTo(1000);
        }
    }

    @Test
    void anOperationThatThePrimaryIgnoresIsSentToAllAsItWasAndExecutedOnce() throws Exception {
        cluster.replica(0).isDeaf();
        try (SherdClient client = connect(OPTIONS)) {
            Committed committed = get(client.submit(PAYLOAD));

            assertThat(cluster.executed()).containsOnlyKeys(committed.id());
            await().atMost(PATIENCE).until(() -> cluster.arrived().size() > 1);
            assertThat(cluster.arrived().stream().map(Request::encoded).distinct())
                    .hasSize(1);
        }
    }

    @Test
    void aReplicaThatIsStartedAgainIsConnectedAgainAndNothingIsExecutedTwice() throws Exception {
        try (SherdClient client = connect(OPTIONS)) {
            Committed before = get(client.submit(PAYLOAD));
            for (int replica = 0; replica < 4; replica++) {
                cluster.replica(replica).restart();
            }
            Committed after = get(client.submit(PAYLOAD));

            assertThat(cluster.executed()).containsOnlyKeys(before.id(), after.id());
            assertThat(after.id()).isEqualTo(before.id() + 1);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = RefusalReason.class,
            names = {
                "REFUSAL_REASON_MALFORMED",
                "REFUSAL_REASON_TOO_LARGE",
                "REFUSAL_REASON_UNLISTED_CLIENT",
                "REFUSAL_REASON_BAD_SIGNATURE"
            })
    void whatTwoReplicasRefuseForEverIsRefusedAndWhatOneRefusesIsNot(RefusalReason reason) throws Exception {
        cluster.replica(0).refuses(_ -> List.of(reason, reason));
        try (SherdClient client = connect(OPTIONS)) {
            assertThat(get(client.submit(PAYLOAD)).sequence()).isEqualTo(1000);

            for (int replica = 1; replica < 4; replica++) {
                cluster.replica(replica).refuses(_ -> List.of(reason));
            }
            assertFails(client.submit(PAYLOAD), ClientException.Kind.REFUSED);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = RefusalReason.class,
            names = {"REFUSAL_REASON_BUSY", "REFUSAL_REASON_NOT_ACTIVE"})
    void whatIsRefusedForNowIsSentAgain(RefusalReason reason) throws Exception {
        for (int replica = 0; replica < 4; replica++) {
            cluster.replica(replica).refuses(_ -> List.of(reason));
        }
        try (SherdClient client = connect(OPTIONS)) {
            CompletableFuture<Committed> result = client.submit(PAYLOAD);
            await().atMost(PATIENCE).until(() -> cluster.arrived().size() >= 5);
            assertThat(result).isNotDone();

            for (int replica = 0; replica < 4; replica++) {
                cluster.replica(replica).refuses(_ -> List.of());
            }
            assertThat(get(result).sequence()).isEqualTo(1000);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "OUTCOME_STATUS_RESULT_DROPPED, RESULT_DROPPED",
        "OUTCOME_STATUS_STALE, ID_TAKEN",
        "OUTCOME_STATUS_TOO_FAR_AHEAD, ID_TAKEN"
    })
    void anOutcomeWithoutAResultSaysWhy(OutcomeStatus status, ClientException.Kind kind) throws Exception {
        for (int replica = 0; replica < 4; replica++) {
            cluster.replica(replica)
                    .says(truth -> List.of(truth.toBuilder()
                            .setStatus(status)
                            .clearResult()
                            .setSequence(0)
                            .build()));
        }
        try (SherdClient client = connect(OPTIONS)) {
            assertFails(client.submit(PAYLOAD), kind);
        }
    }

    @Test
    void aReadWhoseResultIsNotKeptAnyMoreIsAskedAgain() throws Exception {
        AtomicLong lost = new AtomicLong();
        for (int replica = 0; replica < 4; replica++) {
            cluster.replica(replica).says(truth -> {
                lost.compareAndSet(0, truth.getId());
                return List.of(truth.getId() == lost.get() ? dropped(truth) : truth);
            });
        }
        try (SherdClient client = connect(OPTIONS)) {
            CompletableFuture<Committed> read = client.submitRead(PAYLOAD);
            client.drain();

            assertThat(read).isDone();
            assertThat(get(read).result()).isEqualTo(ScriptedCluster.resultOf(PAYLOAD));
            assertThat(get(read).id()).isGreaterThan(lost.get());
        }
    }

    @Test
    void aReadWhoseResultIsNeverKeptFailsWhenItsDeadlineIsOver() throws Exception {
        for (int replica = 0; replica < 4; replica++) {
            cluster.replica(replica).says(truth -> List.of(dropped(truth)));
        }
        try (SherdClient client = connect(IMPATIENT)) {
            assertFails(client.submitRead(PAYLOAD), ClientException.Kind.RESULT_DROPPED);
        }
    }

    @Test
    void anIdThatWasExecutedBeforeThisProcessBeganIsSomebodyElses() throws Exception {
        for (int replica = 0; replica < 4; replica++) {
            cluster.replica(replica).stands(0, 5000, 0);
        }
        try (SherdClient client = connect(OPTIONS)) {
            assertFails(client.submit(PAYLOAD), ClientException.Kind.ID_TAKEN);
        }
    }

    @Test
    void theFirstIdIsAGapAboveTheHighestThatACorrectReplicaKnows() throws Exception {
        cluster.replica(0).stands(Long.MAX_VALUE / 2, 0, 0);
        cluster.replica(1).stands(700, 0, 0);
        cluster.replica(2).stands(690, 0, 0);
        // Three answers are waited for: whichever, the second highest is one of a correct replica.
        cluster.replica(3).stands(700, 0, 0);
        try (SherdClient client = connect(OPTIONS)) {
            assertThat(get(client.submit(PAYLOAD)).id()).isEqualTo(700 + SherdClient.ID_GAP);
        }
    }

    @Test
    void theGapFitsIntoASmallSessionWindow() throws Exception {
        cluster.close();
        cluster = new ScriptedCluster(4);
        for (int replica = 0; replica < 4; replica++) {
            cluster.replica(replica).stands(100, 0, 0);
        }
        try (SherdClient client = connect(OPTIONS)) {
            assertThat(get(client.submit(PAYLOAD)).id()).isEqualTo(102);
        }
    }

    @Test
    void aLongWaitIsTold() throws Exception {
        for (int replica = 0; replica < 4; replica++) {
            cluster.replica(replica).isSilent();
        }
        BlockingQueue<String> notices = new LinkedBlockingQueue<>();
        try (SherdClient client =
                SherdClient.connect(cluster.genesis(), ScriptedCluster.CLIENT, OPTIONS, notices::add)) {
            var _ = client.submit(PAYLOAD);
            assertThat(notices.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .matches("waiting for \\d+ s: no 2 replicas agree on a result; operations in flight: 1");
        }
    }

    @Test
    void withoutAnswersOfAQuorumThereIsNoClient() {
        cluster.replica(1).keepsSessionsSecret();
        cluster.replica(2).keepsSessionsSecret();

        assertThatThrownBy(() -> connect(IMPATIENT))
                .isInstanceOfSatisfying(
                        ClientException.class,
                        refused -> assertThat(refused.kind()).isEqualTo(ClientException.Kind.NO_QUORUM))
                .hasMessageContaining("2 of 4 replicas answered")
                .hasMessageContaining("3 are needed");
    }

    @Test
    void oneReplicaThatClaimsAFarViewDoesNotLeadTheClientAway() throws Exception {
        cluster.replica(3).stands(0, 0, 1_000_002);
        try (SherdClient client = connect(OPTIONS)) {
            for (int i = 0; i < 5; i++) {
                var _ = get(client.submit(PAYLOAD));
            }
            // The first goes to all, as the client's introduction. None of the others had to be sent a second time.
            long first = cluster.arrived().getFirst().id();
            assertThat(cluster.arrived().stream().map(Request.Operation::id).filter(id -> id != first))
                    .hasSize(4)
                    .doesNotHaveDuplicates();
        }
    }

    @Test
    void theFirstOperationIntroducesTheClientToEveryReplica() throws Exception {
        try (SherdClient client = connect(OPTIONS)) {
            Committed first = get(client.submit(PAYLOAD));

            await().untilAsserted(() -> assertThat(cluster.arrived())
                    .extracting(Request.Operation::id)
                    .containsExactly(first.id(), first.id(), first.id(), first.id()));
        }
    }

    @Test
    void replicasThatAreTooBusyForAClientAreNamed() {
        cluster.replica(1).isBusy();
        cluster.replica(2).isBusy();

        assertThatThrownBy(() -> connect(IMPATIENT))
                .isInstanceOf(ClientException.class)
                .hasMessage("2 of 4 replicas answered in 0 s, 3 are needed; too busy: r1, r2");
    }

    @Test
    void replicasThatAreTooBusyForAnOperationAreNamed() throws Exception {
        try (SherdClient client = connect(IMPATIENT)) {
            cluster.replica(0).isBusy().restart();
            cluster.replica(1).isBusy().restart();
            cluster.replica(2).isBusy().restart();

            assertThatThrownBy(() -> get(client.submit(PAYLOAD)))
                    .hasMessageContaining("; too busy: r0, r1, r2; whether it is executed is unknown");
        }
    }

    @Test
    void aFullWindowWaitsForTheLowestIdInIt() throws Exception {
        cluster.replica(0).isDeaf();
        cluster.replica(1).isDeaf();
        cluster.replica(2).isDeaf();
        cluster.replica(3).isDeaf();
        CompletableFuture<Committed> first;
        CompletableFuture<Committed> second;
        CompletableFuture<Committed> third = new CompletableFuture<>();
        try (SherdClient client = connect(OPTIONS.withWindow(2))) {
            first = client.submit(PAYLOAD);
            second = client.submit(PAYLOAD);
            Thread waiting = Thread.ofPlatform().start(() -> submit(client, third));
            await().atMost(PATIENCE).until(() -> waiting.getState() == Thread.State.WAITING);
            await().atMost(PATIENCE).until(() -> cluster.arrived().size() >= 6);
            assertThat(first).isNotDone();
            assertThat(second).isNotDone();
            assertThat(third).isNotDone();
        }

        assertFails(first, ClientException.Kind.CLOSED);
        assertFails(second, ClientException.Kind.CLOSED);
        assertFails(third, ClientException.Kind.CLOSED);
    }

    @Test
    void aPayloadThatNoReplicaTakesIsTheCallersMistake() throws Exception {
        try (SherdClient client = connect(OPTIONS)) {
            assertThatThrownBy(() -> client.submit(Bytes.wrap(new byte[client.maxPayloadBytes() + 1])))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThat(cluster.arrived()).isEmpty();
        }
    }

    private static Outcome dropped(Outcome truth) {
        return truth.toBuilder()
                .setStatus(OutcomeStatus.OUTCOME_STATUS_RESULT_DROPPED)
                .clearResult()
                .build();
    }

    private SherdClient connect(ClientOptions options) throws Exception {
        return SherdClient.connect(cluster.genesis(), ScriptedCluster.CLIENT, options);
    }

    private static void submit(SherdClient client, CompletableFuture<Committed> result) {
        try {
            var _ = client.submit(PAYLOAD).whenComplete((committed, failure) -> {
                if (failure == null) {
                    result.complete(committed);
                } else {
                    result.completeExceptionally(failure);
                }
            });
        } catch (InterruptedException e) {
            result.completeExceptionally(e);
        }
    }

    private static Outcome other(Outcome truth, int which) {
        return truth.toBuilder()
                .setResult(truth.getResult().concat(ByteString.copyFromUtf8("lie " + which)))
                .build();
    }

    private static void assertFails(CompletableFuture<Committed> result, ClientException.Kind kind) {
        assertThatThrownBy(() -> get(result))
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOfSatisfying(
                        ClientException.class,
                        failure -> assertThat(failure.kind()).isEqualTo(kind));
    }

    private static <T> T get(CompletableFuture<T> result) throws Exception {
        return result.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    private static Bytes bytes(String text) {
        return Bytes.wrap(text.getBytes(StandardCharsets.UTF_8));
    }
}
