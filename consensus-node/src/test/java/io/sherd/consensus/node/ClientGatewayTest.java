package io.sherd.consensus.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.sherd.consensus.ledger.Outcome;
import io.sherd.consensus.rpc.ClientGrpc;
import io.sherd.consensus.rpc.GetSessionRequest;
import io.sherd.consensus.rpc.GetSessionResponse;
import io.sherd.consensus.rpc.OutcomeStatus;
import io.sherd.consensus.rpc.Refusal;
import io.sherd.consensus.rpc.RefusalReason;
import io.sherd.consensus.rpc.SubmitRequest;
import io.sherd.consensus.rpc.SubmitResponse;
import io.sherd.consensus.wire.TestCluster;
import io.sherd.consensus.wire.TestKeys;
import io.sherd.replication.ledger.Request;
import io.sherd.replication.ledger.VerifyingKey;
import io.sherd.replication.wire.Bytes;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The gateway behind a real edge. Whatever one client sends, the stream of another goes on. */
class ClientGatewayTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final int UNREAD_BYTES = 1 << 16;
    private static final int STRANGERS_UNREAD_BYTES = 1 << 17;
    /** What gRPC itself takes for a client that does not read. */
    private static final int WINDOW_BYTES = 1 << 20;

    private static final GatewayLimits LIMITS = new GatewayLimits(2, 4, 1 << 16, UNREAD_BYTES, STRANGERS_UNREAD_BYTES);

    private final TestCluster cluster = new TestCluster(4);
    private final List<Request.Operation> taken = new CopyOnWriteArrayList<>();
    private final Map<Long, Outcome> kept = new ConcurrentHashMap<>();
    private volatile boolean active = true;
    private volatile boolean hasRoom = true;
    private ClientGateway gateway;
    private TestEdge edge;
    private Talk bystander;

    @BeforeEach
    void start() throws Exception {
        start(LIMITS);
    }

    private void start(GatewayLimits limits) throws Exception {
        gateway = new ClientGateway(
                cluster.genesis(),
                2,
                TestKeys.VERIFIER,
                () -> new Standing(7, active, cluster.genesis().members()),
                new KeptSessions(),
                operation -> hasRoom && taken.add(operation),
                limits);
        edge = new TestEdge(cluster.genesis(), gateway);
        bystander = talk();
        bystander.send(follow(cluster.client()));
        assertThat(bystander.next().getReplica()).isEqualTo(2);
    }

    @AfterEach
    void bystanderIsServedAllTheSame() throws Exception {
        try {
            Outcome outcome = outcome(999, "for the bystander");
            gateway.executed(List.of(outcome));
            SubmitResponse served = bystander.next();
            while (served.getOutcomes(0).getId() != 999) {
                served = bystander.next();
            }
            assertThat(bystander.isOpen()).isTrue();
        } finally {
            edge.close();
        }
    }

    @Test
    void anOperationIsHandedOnAndItsOutcomeComesWithWhereTheReplicaStands() throws Exception {
        Talk client = talk();
        Request.Operation operation = cluster.operation(1, "put");
        client.send(request(operation));
        await().atMost(PATIENCE).until(() -> taken.size() == 1);
        assertThat(taken).containsExactly(operation);
        assertThat(gateway.waitingCount()).isEqualTo(1);

        gateway.executed(List.of(outcome(1, "done")));

        SubmitResponse response = client.next();
        assertThat(response.getView()).isEqualTo(7);
        assertThat(response.getReplica()).isEqualTo(2);
        assertThat(response.getOutcomesList())
                .containsExactly(io.sherd.consensus.rpc.Outcome.newBuilder()
                        .setClient(key(cluster.client()))
                        .setId(1)
                        .setSequence(41)
                        .setStatus(OutcomeStatus.OUTCOME_STATUS_EXECUTED)
                        .setResult(ByteString.copyFromUtf8("done"))
                        .build());
        assertThat(gateway.waitingCount()).isZero();
    }

    @Test
    void anOperationThatWasExecutedIsAnsweredAndNotHandedOnAgain() throws Exception {
        kept.put(5L, outcome(5, "long ago"));

        SubmitResponse response =
                talk().send(request(cluster.operation(5, "put"))).next();

        assertThat(response.getOutcomes(0).getResult()).isEqualTo(ByteString.copyFromUtf8("long ago"));
        assertThat(taken).isEmpty();
    }

    @Test
    void eachRequestIsRefusedForItsOwnReasonAndTheRightOnesBesideItAreTaken() throws Exception {
        Request.Operation right = cluster.operation(1, "right");
        Request.Operation unlisted =
                Request.Operation.sign(cluster.domain(), TestKeys.signer("stranger"), 2, bytes("unlisted"));
        Request.Operation forged = sign(3, "forged");
        byte[] badSignature = forged.encoded().toByteArray();
        badSignature[badSignature.length - 1] ^= 1;
        byte[] halved = java.util.Arrays.copyOf(right.encoded().toByteArray(), 40);
        Request.Rejoin rejoin = cluster.rejoin(1, 0, 5);

        SubmitResponse response = talk().send(SubmitRequest.newBuilder()
                        .addRequests(ByteString.EMPTY)
                        .addRequests(ByteString.copyFrom(halved))
                        .addRequests(ByteString.copyFrom(rejoin.encoded().toByteArray()))
                        .addRequests(encoded(unlisted))
                        .addRequests(ByteString.copyFrom(badSignature))
                        .addRequests(ByteString.copyFrom(
                                new byte[cluster.genesis().limits().requestBytes() + 1]))
                        .addRequests(encoded(right))
                        .build())
                .next();

        assertThat(response.getRefusalsList())
                .containsExactly(
                        refusal(0, RefusalReason.REFUSAL_REASON_MALFORMED),
                        refusal(0, RefusalReason.REFUSAL_REASON_MALFORMED),
                        refusal(0, RefusalReason.REFUSAL_REASON_MALFORMED),
                        refusal(2, RefusalReason.REFUSAL_REASON_UNLISTED_CLIENT),
                        refusal(3, RefusalReason.REFUSAL_REASON_BAD_SIGNATURE),
                        refusal(0, RefusalReason.REFUSAL_REASON_TOO_LARGE));
        assertThat(taken).containsExactly(right);
    }

    @Test
    void aReplicaThatRejoinsOrHasNoRoomSaysSo() throws Exception {
        Talk client = talk();
        active = false;
        assertThat(client.send(request(cluster.operation(1, "a"))).next().getRefusalsList())
                .containsExactly(refusal(1, RefusalReason.REFUSAL_REASON_NOT_ACTIVE));
        active = true;
        hasRoom = false;
        assertThat(client.send(request(cluster.operation(1, "a"))).next().getRefusalsList())
                .containsExactly(refusal(1, RefusalReason.REFUSAL_REASON_BUSY));
        assertThat(gateway.waitingCount()).isZero();
    }

    @Test
    void oneClientMayHaveSoManyOperationsWaitingAndSendThemAgain() throws Exception {
        Talk client = talk();
        for (int id = 1; id <= LIMITS.waitingPerClient(); id++) {
            client.send(request(cluster.operation(id, "waits")));
        }
        client.send(request(cluster.operation(1, "waits")));

        assertThat(client.send(request(cluster.operation(50, "one more")))
                        .next()
                        .getRefusalsList())
                .containsExactly(refusal(50, RefusalReason.REFUSAL_REASON_BUSY));
        assertThat(taken).extracting(Request.Operation::id).containsExactly(1L, 2L, 3L, 4L, 1L);
    }

    @Test
    void bytesThatAreNoMessageEndTheirStreamOnly() throws Exception {
        Talk client = talk();

        client.sendRaw(new byte[] {(byte) 0xff, (byte) 0xff, 7, 7});

        assertThat(client.end().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(client.end().getDescription()).contains("not the message of this call");
    }

    @Test
    void aMessageAboveTheLimitIsRefusedBeforeItIsRead() throws Exception {
        Talk client = talk();

        client.sendRaw(new byte[cluster.genesis().limits().requestBytes() + (1 << 20)]);

        assertThat(client.end().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        assertThat(taken).isEmpty();
    }

    @Test
    void whatIsNoKeyCannotBeFollowed() throws Exception {
        Talk client = talk();
        client.send(SubmitRequest.newBuilder()
                .setFollow(ByteString.copyFromUtf8("short"))
                .build());
        assertThat(client.end().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(client.end().getDescription()).contains("not a client's key");

        assertThatThrownBy(() -> ClientGrpc.newBlockingStub(edge.connect())
                        .getSession(GetSessionRequest.newBuilder()
                                .setClient(ByteString.copyFromUtf8("short"))
                                .build()))
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        refused -> assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT))
                .hasMessageContaining("a client's key has 32 bytes");
    }

    @Test
    void aStreamFollowsABoundedNumberOfClients() throws Exception {
        Talk client = talk();
        for (int i = 0; i < LIMITS.followedPerStream(); i++) {
            client.send(follow(TestKeys.signer("client " + i).key()));
            assertThat(client.next().getOutcomesCount()).isZero();
        }
        client.send(follow(TestKeys.signer("one more").key()));

        assertThat(client.end().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    }

    @Test
    void aStreamThatDoesNotReadIsCutAndOnlyThat() throws Exception {
        Talk sleeper = Talk.openReadingOne(edge.connect());
        // The answer shows that the stream follows its client: from here on, every outcome is sent to it.
        sleeper.send(follow(cluster.client())).next();
        String large = "x".repeat(UNREAD_BYTES / 2);
        for (int i = 0; i < WINDOW_BYTES / large.length() + 16; i++) {
            gateway.executed(List.of(outcome(1, large)));
            assertThat(bystander.next().getOutcomes(0).getResult().size()).isEqualTo(large.length());
        }

        sleeper.readAll();
        assertThat(sleeper.end().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        assertThat(sleeper.end().getDescription()).contains("outcomes are not read");
    }

    @Test
    void strangersThatDoNotReadShareOneBoundThatListedClientsAreNotPartOf() throws Exception {
        edge.close();
        start(new GatewayLimits(2, 4, 1 << 16, Long.MAX_VALUE, STRANGERS_UNREAD_BYTES));
        Talk listed = Talk.openReadingOne(edge.connect());
        listed.send(request(cluster.operation(1, "proof")));
        await().atMost(PATIENCE).until(() -> taken.size() == 1);
        List<Talk> strangers = List.of(Talk.openReadingOne(edge.connect()), Talk.openReadingOne(edge.connect()));
        for (Talk stranger : strangers) {
            stranger.send(follow(cluster.client())).next();
        }
        String large = "x".repeat(UNREAD_BYTES / 2);
        // Enough for what gRPC takes itself, and for the bound, of each alone.
        for (int i = 0; i < WINDOW_BYTES / large.length() + 16; i++) {
            gateway.executed(List.of(outcome(1, large)));
            assertThat(bystander.next().getOutcomes(0).getResult().size()).isEqualTo(large.length());
        }

        for (Talk stranger : strangers) {
            stranger.readAll();
            assertThat(stranger.end().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        }
        assertThat(listed.isOpen()).isTrue();
    }

    @Test
    void outcomesOfOneEntryThatAreLargeTogetherComeInMessagesThatAClientTakes() throws Exception {
        edge.close();
        start(GatewayLimits.DEFAULT);
        Talk client = talk();
        client.send(follow(cluster.client())).next();
        String large = "x".repeat(OutcomeMessages.FULL_BYTES / 2);
        List<Outcome> outcomes =
                LongStream.range(0, 9).mapToObj(id -> outcome(id, large)).toList();

        gateway.executed(outcomes);

        List<Long> ids = new ArrayList<>();
        while (ids.size() < outcomes.size()) {
            SubmitResponse message = client.next();
            assertThat(message.getSerializedSize()).isLessThan(2 * OutcomeMessages.FULL_BYTES);
            message.getOutcomesList().forEach(outcome -> ids.add(outcome.getId()));
        }
        assertThat(ids)
                .containsExactlyElementsOf(outcomes.stream().map(Outcome::id).toList());
    }

    @Test
    void aSessionIsToldAsItIsExecuted() {
        GetSessionResponse session = ClientGrpc.newBlockingStub(edge.connect())
                .getSession(GetSessionRequest.newBuilder()
                        .setClient(key(cluster.client()))
                        .build());

        assertThat(session)
                .isEqualTo(GetSessionResponse.newBuilder()
                        .setReplica(2)
                        .setView(7)
                        .setHighestId(12)
                        .setExecuted(34)
                        .build());
    }

    private final class KeptSessions implements SessionLookup {
        @Override
        public Optional<Outcome> kept(VerifyingKey client, long id) {
            return client.equals(cluster.client()) ? Optional.ofNullable(kept.get(id)) : Optional.empty();
        }

        @Override
        public long highestId(VerifyingKey client) {
            return 12;
        }

        @Override
        public long executed() {
            return 34;
        }
    }

    private Talk talk() {
        return Talk.open(edge.connect());
    }

    private Request.Operation sign(long id, String payload) {
        return cluster.operation(id, payload);
    }

    private Outcome outcome(long id, String result) {
        return new Outcome(cluster.client(), id, Outcome.Status.EXECUTED, 41, bytes(result));
    }

    private static SubmitRequest request(Request.Operation operation) {
        return SubmitRequest.newBuilder().addRequests(encoded(operation)).build();
    }

    private static SubmitRequest follow(VerifyingKey client) {
        return SubmitRequest.newBuilder().setFollow(key(client)).build();
    }

    private static Refusal refusal(long id, RefusalReason reason) {
        return Refusal.newBuilder().setId(id).setReason(reason).build();
    }

    private static ByteString encoded(Request request) {
        return ByteString.copyFrom(request.encoded().toByteArray());
    }

    private static ByteString key(VerifyingKey key) {
        return ByteString.copyFrom(key.raw().toByteArray());
    }

    private static Bytes bytes(String text) {
        return Bytes.wrap(text.getBytes(StandardCharsets.UTF_8));
    }
}
