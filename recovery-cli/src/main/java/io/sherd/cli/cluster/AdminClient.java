package io.sherd.cli.cluster;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.sherd.archive.edge.CallFailures;
import io.sherd.archive.edge.EdgeChannels;
import io.sherd.archive.genesis.Addresses;
import io.sherd.cli.output.CommandFailure;
import io.sherd.cli.output.ExitCode;
import io.sherd.cli.output.Units;
import io.sherd.consensus.rpc.AdminGrpc;
import io.sherd.consensus.rpc.ChangeMembersRequest;
import io.sherd.consensus.rpc.FlushRequest;
import io.sherd.consensus.rpc.GetChallengeRequest;
import io.sherd.consensus.rpc.GetStatusRequest;
import io.sherd.consensus.rpc.ScrubAnswer;
import io.sherd.consensus.rpc.ScrubRequest;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.genesis.Member;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.ledger.Request;
import io.sherd.replication.ledger.SignedType;
import io.sherd.replication.ledger.Signer;
import io.sherd.replication.ledger.SigningDomain;
import io.sherd.replication.wire.ByteWriter;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** Asks one replica as its operator does. Thread-safe. */
public final class AdminClient implements AutoCloseable {
    /** How long to wait for one answer, unless said otherwise: a loaded machine may take seconds. */
    public static final Duration STATUS_DEADLINE = Duration.ofSeconds(10);

    private static final Duration BUSY_PAUSE = Duration.ofMillis(200);
    private static final Duration DEED_DEADLINE = Duration.ofMinutes(2);

    private final Genesis genesis;
    private final int replica;
    private final Member member;
    private final ManagedChannel channel;

    /**
     * A client that connects when it is first asked, to where the genesis says.
     *
     * @param genesis the cluster
     * @param replica the replica's number
     */
    public AdminClient(Genesis genesis, int replica) {
        this(genesis, genesis.members(), replica);
    }

    /**
     * A client that connects when it is first asked.
     *
     * @param genesis the cluster
     * @param members says where replicas are reached
     * @param replica the replica's number
     */
    public AdminClient(Genesis genesis, MemberTable members, int replica) {
        this.genesis = genesis;
        this.replica = replica;
        this.member = members.member(replica);
        InetSocketAddress address = Addresses.parse(member.edgeAddress());
        this.channel = EdgeChannels.to(address, member.tlsPin()).build();
    }

    /**
     * {@return where every replica of a cluster stands, by number; all are asked at once}
     *
     * @param genesis the cluster
     * @param members says where they are reached
     * @param deadline how long to wait for them
     */
    public static List<StatusAnswer> statusOfAll(Genesis genesis, MemberTable members, Duration deadline) {
        try (ExecutorService asking = Executors.newVirtualThreadPerTaskExecutor()) {
            List<CompletableFuture<StatusAnswer>> answers = IntStream.range(
                            0, genesis.quorums().replicaCount())
                    .mapToObj(replica ->
                            CompletableFuture.supplyAsync(() -> statusOf(genesis, members, replica, deadline), asking))
                    .toList();
            return answers.stream().map(CompletableFuture::join).toList();
        }
    }

    private static StatusAnswer statusOf(Genesis genesis, MemberTable members, int replica, Duration deadline) {
        try (AdminClient admin = new AdminClient(genesis, members, replica)) {
            return admin.status(deadline);
        }
    }

    /**
     * {@return where the replica stands, or why it does not say so}
     *
     * @param deadline how long to wait for it; one that is busy is asked again meanwhile
     */
    public StatusAnswer status(Duration deadline) {
        long end = System.nanoTime() + deadline.toNanos();
        StatusAnswer answer = askStatus(deadline);
        while (answer instanceof StatusAnswer.Busy && System.nanoTime() + BUSY_PAUSE.toNanos() - end < 0) {
            try {
                Thread.sleep(BUSY_PAUSE);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return answer;
            }
            answer = askStatus(Duration.ofNanos(end - System.nanoTime()));
        }
        return answer;
    }

    private StatusAnswer askStatus(Duration deadline) {
        try {
            return new StatusAnswer.Heard(AdminGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(deadline.toMillis(), TimeUnit.MILLISECONDS)
                    .getStatus(GetStatusRequest.getDefaultInstance()));
        } catch (StatusRuntimeException e) {
            // A replica that is down is an answer too; whoever asks decides how many may be.
            String why = why(e.getStatus(), deadline);
            return e.getStatus().getCode() == Status.Code.RESOURCE_EXHAUSTED
                    ? new StatusAnswer.Busy(why)
                    : new StatusAnswer.Silent(why);
        }
    }

    private String why(Status status, Duration deadline) {
        String address = member.edgeAddress();
        return switch (status.getCode()) {
            case DEADLINE_EXCEEDED -> "no answer from %s in %s".formatted(address, Units.duration(deadline));
            default -> "%s: %s".formatted(address, CallFailures.describe(status));
        };
    }

    /**
     * Asks the replica to have a change ordered.
     *
     * @param change signed by an admin
     * @param deadline how long to wait for its answer
     * @return why it does not; empty if it does
     */
    public Optional<String> change(Request.Change change, Duration deadline) {
        try {
            var _ = AdminGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(deadline.toMillis(), TimeUnit.MILLISECONDS)
                    .changeMembers(ChangeMembersRequest.newBuilder()
                            .setChange(ByteString.copyFrom(change.encoded().toByteArray()))
                            .build());
            return Optional.empty();
        } catch (StatusRuntimeException e) {
            return Optional.of(why(e.getStatus(), deadline));
        }
    }

    /**
     * Makes the replica write its archive to its place on disk.
     *
     * @param admin a key that the genesis lists as an admin's
     * @throws CommandFailure if it refuses or does not answer
     */
    public void flush(Signer admin) throws CommandFailure {
        try {
            AdminGrpc.AdminBlockingStub stub = patient();
            ByteString challenge = challenge(stub);
            var _ = stub.flush(FlushRequest.newBuilder()
                    .setAdmin(keyOf(admin))
                    .setChallenge(challenge)
                    .setSignature(signature(admin, "flush", challenge))
                    .build());
        } catch (StatusRuntimeException e) {
            throw refused("admin.flush", "does not flush", e);
        }
    }

    /**
     * Has the replica's scrub started or paused.
     *
     * @param admin a key that the genesis lists as an admin's
     * @param action which of the two
     * @return where it stands then
     * @throws CommandFailure if it refuses or does not answer
     */
    public ScrubAnswer scrub(Signer admin, ScrubRequest.Action action) throws CommandFailure {
        String deed = action == ScrubRequest.Action.START ? "scrub/start" : "scrub/pause";
        try {
            AdminGrpc.AdminBlockingStub stub = patient();
            ByteString challenge = challenge(stub);
            return stub.scrub(ScrubRequest.newBuilder()
                    .setAction(action)
                    .setAdmin(keyOf(admin))
                    .setChallenge(challenge)
                    .setSignature(signature(admin, deed, challenge))
                    .build());
        } catch (StatusRuntimeException e) {
            throw refused("admin.scrub", "does not do it", e);
        }
    }

    private AdminGrpc.AdminBlockingStub patient() {
        return AdminGrpc.newBlockingStub(channel).withDeadlineAfter(DEED_DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
    }

    private static ByteString challenge(AdminGrpc.AdminBlockingStub stub) {
        return stub.getChallenge(GetChallengeRequest.getDefaultInstance()).getChallenge();
    }

    private static ByteString keyOf(Signer admin) {
        return ByteString.copyFrom(admin.key().raw().toByteArray());
    }

    private ByteString signature(Signer admin, String deed, ByteString challenge) {
        byte[] body = new ByteWriter()
                .raw(deed.getBytes(StandardCharsets.US_ASCII))
                .u16(replica)
                .raw(challenge.toByteArray())
                .toByteArray();
        byte[] toSign = genesis.signingDomain().toSign(SigningDomain.NO_EPOCH, SignedType.ADMIN, body);
        return ByteString.copyFrom(admin.sign(toSign).bytes().toByteArray());
    }

    private CommandFailure refused(String code, String what, StatusRuntimeException e) {
        return new CommandFailure(
                ExitCode.UNREACHABLE,
                code,
                "r%d %s: %s".formatted(replica, what, e.getStatus()),
                "check that it runs and that the key is listed as an admin's",
                e);
    }

    @Override
    public void close() {
        channel.shutdownNow();
    }
}
