package io.sherd.consensus.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.sherd.archive.store.StoreException;
import io.sherd.consensus.rpc.AdminGrpc;
import io.sherd.consensus.rpc.ChangeMembersRequest;
import io.sherd.consensus.rpc.FlushRequest;
import io.sherd.consensus.rpc.GetChallengeRequest;
import io.sherd.consensus.rpc.GetStatusRequest;
import io.sherd.consensus.rpc.GetStatusResponse;
import io.sherd.consensus.rpc.ScrubAnswer;
import io.sherd.consensus.rpc.ScrubRequest;
import io.sherd.consensus.wire.TestCluster;
import io.sherd.consensus.wire.TestKeys;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.ledger.MemberChange;
import io.sherd.replication.ledger.Request;
import io.sherd.replication.ledger.SignedType;
import io.sherd.replication.ledger.Signer;
import io.sherd.replication.ledger.SigningDomain;
import io.sherd.replication.wire.ByteWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an operator may ask of a replica, over a real edge. */
class AdminServiceTest {
    private static final int SELF = 2;
    private static final Signer ADMIN = TestKeys.signer("admin");

    private final TestCluster cluster = new TestCluster(4);
    private final AtomicInteger flushes = new AtomicInteger();
    private final List<Request.Change> ordered = new CopyOnWriteArrayList<>();
    private volatile boolean diskRefuses;
    private volatile boolean full;
    private TestEdge edge;
    private AdminGrpc.AdminBlockingStub admin;

    @BeforeEach
    void start() throws Exception {
        MemberTable founding = cluster.genesis().members();
        MemberTable members = new MemberTable(0, founding.members(), founding.clients(), List.of(ADMIN.key()));
        AdminService service = new AdminService(
                SELF,
                cluster.domain(),
                TestKeys.VERIFIER,
                () -> new Standing(0, true, members),
                new Node(),
                cluster.genesis().quorums(),
                this::order);
        edge = new TestEdge(cluster.genesis(), service);
        admin = AdminGrpc.newBlockingStub(edge.connect());
    }

    @AfterEach
    void stop() {
        edge.close();
    }

    @Test
    void whoeverAsksIsToldWhereTheReplicaStands() {
        assertThat(admin.getStatus(GetStatusRequest.getDefaultInstance()).getSegments())
                .isEqualTo(17);
    }

    @Test
    void aListedAdminMayHaveTheArchiveFlushed() {
        assertThat(admin.flush(flush(ADMIN, SELF, challenge())).getArchiveBytes())
                .isEqualTo(4096);
        assertThat(flushes).hasValue(1);
    }

    @Test
    void aCallThatWasRecordedCannotBePlayedAgain() {
        FlushRequest call = flush(ADMIN, SELF, challenge());
        var _ = admin.flush(call);

        assertDenied(() -> admin.flush(call));
        assertThat(flushes).hasValue(1);
    }

    @Test
    void aCallForAnotherReplicaOrOverNoChallengeOrOfSomebodyElseIsDenied() {
        assertDenied(() -> admin.flush(flush(ADMIN, SELF + 1, challenge())));
        assertDenied(() -> admin.flush(flush(ADMIN, SELF, ByteString.copyFrom(new byte[32]))));
        assertDenied(() -> admin.flush(flush(TestKeys.signer("stranger"), SELF, challenge())));
        assertDenied(() -> admin.flush(flush(cluster.signer(SELF), SELF, challenge())));
        assertThat(flushes).hasValue(0);
    }

    @Test
    void aListedAdminMayHaveAScrubStartedAndPaused() {
        assertThat(admin.scrub(scrub("scrub/start", ScrubRequest.Action.START)).getState())
                .isEqualTo("running");
        assertThat(admin.scrub(scrub("scrub/pause", ScrubRequest.Action.PAUSE)).getState())
                .isEqualTo("paused");
    }

    @Test
    void whatWasSignedForOneThingDoesNotServeForAnother() {
        assertDenied(() -> admin.scrub(scrub("scrub/start", ScrubRequest.Action.PAUSE)));
        assertDenied(() -> admin.scrub(scrub("flush", ScrubRequest.Action.START)));
        assertStatus(
                Status.Code.INVALID_ARGUMENT,
                "a scrub can be started or paused",
                () -> admin.scrub(scrub("scrub/start", ScrubRequest.Action.UNSPECIFIED)));
    }

    private ScrubRequest scrub(String signed, ScrubRequest.Action action) {
        FlushRequest call = signed(signed, ADMIN, SELF, challenge());
        return ScrubRequest.newBuilder()
                .setAdmin(call.getAdmin())
                .setChallenge(call.getChallenge())
                .setSignature(call.getSignature())
                .setAction(action)
                .build();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 31, 33})
    void aKeyOrSignatureOfAnotherLengthIsDeniedAndNothingBreaks(int length) {
        FlushRequest right = flush(ADMIN, SELF, challenge());
        ByteString wrong = ByteString.copyFrom(new byte[length]);

        assertDenied(() -> admin.flush(right.toBuilder().setAdmin(wrong).build()));
        assertDenied(() -> admin.flush(right.toBuilder().setSignature(wrong).build()));
        assertThat(admin.flush(right).getArchiveBytes()).isEqualTo(4096);
    }

    @Test
    void onlyTheLatestChallengesAreKept() {
        ByteString first = challenge();
        for (int i = 0; i < 64; i++) {
            var _ = challenge();
        }

        assertDenied(() -> admin.flush(flush(ADMIN, SELF, first)));
    }

    @Test
    void aChangeThatAnAdminSignedIsHandedOverToBeOrdered() {
        Request.Change change = addingAClient(ADMIN, 0);

        var _ = admin.changeMembers(asking(change));

        assertThat(ordered).containsExactly(change);
    }

    @Test
    void aChangeThatWouldNotApplyIsRefusedWithTheReason() {
        assertStatus(
                Status.Code.FAILED_PRECONDITION,
                "the change is for epoch 1, the cluster is in epoch 0",
                () -> admin.changeMembers(asking(addingAClient(ADMIN, 1))));
        assertStatus(
                Status.Code.FAILED_PRECONDITION,
                "is no admin's",
                () -> admin.changeMembers(asking(addingAClient(TestKeys.signer("stranger"), 0))));
        byte[] forged = addingAClient(ADMIN, 0).encoded().toByteArray();
        forged[forged.length - 1] ^= 1;
        assertStatus(
                Status.Code.PERMISSION_DENIED,
                "not signed by the admin that it names",
                () -> admin.changeMembers(ChangeMembersRequest.newBuilder()
                        .setChange(ByteString.copyFrom(forged))
                        .build()));
        assertStatus(
                Status.Code.INVALID_ARGUMENT,
                "not a change",
                () -> admin.changeMembers(ChangeMembersRequest.getDefaultInstance()));
        assertStatus(
                Status.Code.INVALID_ARGUMENT,
                "another request than a change",
                () -> admin.changeMembers(asking(Request.Seal.at(1))));
        assertThat(ordered).isEmpty();
    }

    @Test
    void aChangeForWhichThereIsNoRoomIsRefusedAsBusy() {
        full = true;

        assertStatus(
                Status.Code.RESOURCE_EXHAUSTED,
                "no room for another request now",
                () -> admin.changeMembers(asking(addingAClient(ADMIN, 0))));
    }

    private boolean order(Request.Change change) {
        return !full && ordered.add(change);
    }

    private Request.Change addingAClient(Signer signer, long epoch) {
        return Request.Change.sign(
                cluster.domain(),
                signer,
                epoch,
                List.of(new MemberChange.AddClient(TestKeys.signer("new client").key())));
    }

    private static ChangeMembersRequest asking(Request request) {
        return ChangeMembersRequest.newBuilder()
                .setChange(ByteString.copyFrom(request.encoded().toByteArray()))
                .build();
    }

    @Test
    void aDiskThatRefusesIsSaidInTheAnswer() {
        diskRefuses = true;

        assertStatus(
                Status.Code.DATA_LOSS,
                "the data directory cannot be measured",
                () -> admin.getStatus(GetStatusRequest.getDefaultInstance()));
        assertStatus(
                Status.Code.DATA_LOSS,
                "the archive was not flushed",
                () -> admin.flush(flush(ADMIN, SELF, challenge())));
    }

    private final class Node implements StatusSource {
        @Override
        public GetStatusResponse status() throws StoreException {
            if (diskRefuses) {
                throw new StoreException("the data directory cannot be measured");
            }
            return GetStatusResponse.newBuilder()
                    .setReplica(SELF)
                    .setSegments(17)
                    .build();
        }

        @Override
        public long flush() throws StoreException {
            if (diskRefuses) {
                throw new StoreException("the archive was not flushed");
            }
            flushes.incrementAndGet();
            return 4096;
        }

        @Override
        public ScrubAnswer startScrub() {
            return ScrubAnswer.newBuilder().setState("running").build();
        }

        @Override
        public ScrubAnswer pauseScrub() {
            return ScrubAnswer.newBuilder().setState("paused").build();
        }
    }

    private ByteString challenge() {
        return admin.getChallenge(GetChallengeRequest.getDefaultInstance()).getChallenge();
    }

    private FlushRequest flush(Signer signer, int replica, ByteString challenge) {
        return signed("flush", signer, replica, challenge);
    }

    private FlushRequest signed(String deed, Signer signer, int replica, ByteString challenge) {
        byte[] body = new ByteWriter()
                .raw(deed.getBytes(StandardCharsets.US_ASCII))
                .u16(replica)
                .raw(challenge.toByteArray())
                .toByteArray();
        byte[] signed = cluster.domain().toSign(SigningDomain.NO_EPOCH, SignedType.ADMIN, body);
        return FlushRequest.newBuilder()
                .setAdmin(ByteString.copyFrom(signer.key().raw().toByteArray()))
                .setChallenge(challenge)
                .setSignature(ByteString.copyFrom(signer.sign(signed).bytes().toByteArray()))
                .build();
    }

    private static void assertDenied(ThrowingCallable call) {
        assertStatus(Status.Code.PERMISSION_DENIED, "not signed by a listed admin over an open challenge", call);
    }

    private static void assertStatus(Status.Code code, String description, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        refused -> assertThat(refused.getStatus().getCode()).isEqualTo(code))
                .hasMessageContaining(description);
    }
}
