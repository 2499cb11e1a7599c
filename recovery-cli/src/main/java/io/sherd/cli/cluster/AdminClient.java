package io.sherd.cli.cluster;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.sherd.archive.edge.EdgeChannels;
import io.sherd.archive.genesis.Addresses;
import io.sherd.cli.output.CommandFailure;
import io.sherd.cli.output.ExitCode;
import io.sherd.consensus.rpc.AdminGrpc;
import io.sherd.consensus.rpc.FlushRequest;
import io.sherd.consensus.rpc.GetChallengeRequest;
import io.sherd.consensus.rpc.GetStatusRequest;
import io.sherd.consensus.rpc.GetStatusResponse;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.genesis.Member;
import io.sherd.replication.ledger.SignedType;
import io.sherd.replication.ledger.Signer;
import io.sherd.replication.ledger.SigningDomain;
import io.sherd.replication.wire.ByteWriter;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Asks one replica as its operator does. Thread-safe. */
public final class AdminClient implements AutoCloseable {
    private static final Duration FLUSH_DEADLINE = Duration.ofMinutes(2);
    private static final byte[] FLUSH = "flush".getBytes(StandardCharsets.US_ASCII);

    private final Genesis genesis;
    private final int replica;
    private final ManagedChannel channel;

    /**
     * A client that connects when it is first asked.
     *
     * @param genesis the cluster
     * @param replica the replica's number
     */
    public AdminClient(Genesis genesis, int replica) {
        this.genesis = genesis;
        this.replica = replica;
        Member member = genesis.members().member(replica);
        InetSocketAddress address = Addresses.parse(member.edgeAddress());
        this.channel = EdgeChannels.to(address, member.tlsPin()).build();
    }

    /**
     * {@return where the replica stands; empty if it does not answer}
     *
     * @param deadline how long to wait for it
     */
    public Optional<GetStatusResponse> status(Duration deadline) {
        try {
            return Optional.of(AdminGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(deadline.toMillis(), TimeUnit.MILLISECONDS)
                    .getStatus(GetStatusRequest.getDefaultInstance()));
        } catch (StatusRuntimeException e) {
            // A replica that is down is an answer too; whoever asks decides how many may be.
            return Optional.empty();
        }
    }

    /**
     * Makes the replica write its archive to its place on disk.
     *
     * @param admin a key that the genesis lists as an admin's
     * @throws CommandFailure if it refuses or does not answer
     */
    public void flush(Signer admin) throws CommandFailure {
        AdminGrpc.AdminBlockingStub stub =
                AdminGrpc.newBlockingStub(channel).withDeadlineAfter(FLUSH_DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
        try {
            ByteString challenge =
                    stub.getChallenge(GetChallengeRequest.getDefaultInstance()).getChallenge();
            byte[] body = new ByteWriter()
                    .raw(FLUSH)
                    .u16(replica)
                    .raw(challenge.toByteArray())
                    .toByteArray();
            byte[] toSign = genesis.signingDomain().toSign(SigningDomain.NO_EPOCH, SignedType.ADMIN, body);
            var _ = stub.flush(FlushRequest.newBuilder()
                    .setAdmin(ByteString.copyFrom(admin.key().raw().toByteArray()))
                    .setChallenge(challenge)
                    .setSignature(ByteString.copyFrom(admin.sign(toSign).bytes().toByteArray()))
                    .build());
        } catch (StatusRuntimeException e) {
            throw new CommandFailure(
                    ExitCode.UNREACHABLE,
                    "admin.flush",
                    "r%d does not flush: %s".formatted(replica, e.getStatus()),
                    "check that it runs and that the key is listed as an admin's",
                    e);
        }
    }

    @Override
    public void close() {
        channel.shutdownNow();
    }
}
