package io.sherd.consensus.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.sherd.archive.crypto.Ed25519Signer;
import io.sherd.archive.crypto.Ed25519Verifier;
import io.sherd.archive.edge.EdgeChannels;
import io.sherd.archive.edge.EdgeSources;
import io.sherd.archive.genesis.Addresses;
import io.sherd.archive.learner.LearnerDriver;
import io.sherd.archive.learner.LearnerStop;
import io.sherd.archive.state.KeyValueOperation;
import io.sherd.consensus.client.ClientOptions;
import io.sherd.consensus.client.SherdClient;
import io.sherd.consensus.rpc.AdminGrpc;
import io.sherd.consensus.rpc.GetStatusRequest;
import io.sherd.replication.genesis.Limits;
import io.sherd.replication.genesis.Member;
import io.sherd.replication.learner.LearnerConfig;
import io.sherd.replication.ledger.Request;
import io.sherd.replication.wire.Bytes;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Strangers hold whatever they can at two of four replicas, from the address that everybody has here. One of the two is needed
 * for everything: n - f sessions, a learner's pieces, the cluster's status.
 */
class CrowdedEdgeIT {
    private static final int[] CROWDED = {1, 2};
    private static final int STREAMS = 200;
    private static final int CONNECTIONS = 400;
    private static final int OPERATIONS = 20;
    private static final long PATIENCE_SECONDS = 60;

    private final List<Crowd> crowds = new ArrayList<>();
    private LocalCluster cluster;

    @BeforeEach
    void start(@TempDir Path root) throws Exception {
        cluster = new LocalCluster(root, 4, Limits.DEFAULT);
        cluster.startAll();
    }

    @AfterEach
    void stop() throws Exception {
        for (Crowd crowd : crowds) {
            crowd.close();
        }
        cluster.close();
        assertThat(cluster.failures).isEmpty();
    }

    @Test
    void idleStreamsOfStrangersGiveWayToWhoeverComes() throws Exception {
        try (SherdClient regular = connect(cluster.client)) {
            append(regular, "before");
            for (int replica : CROWDED) {
                Crowd crowd = crowd(replica);
                crowd.openStreams(STREAMS);
                await().atMost(Duration.ofSeconds(PATIENCE_SECONDS))
                        .untilAsserted(() -> assertThat(crowd.openStreams()).isLessThan(STREAMS));
                assertThat(crowd.streams().filter(stream -> !stream.isOpen()))
                        .allSatisfy(
                                ended -> assertThat(ended.end().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED));
            }
            everythingIsServed(regular);
        }
    }

    @Test
    void idleConnectionsOfStrangersGiveWayToWhoeverComes() throws Exception {
        try (SherdClient regular = connect(cluster.client)) {
            append(regular, "before");
            for (int replica : CROWDED) {
                crowd(replica).openConnections(CONNECTIONS);
            }
            everythingIsServed(regular);
        }
    }

    private void everythingIsServed(SherdClient regular) throws Exception {
        append(regular, "regular");
        try (SherdClient late = connect(cluster.otherClient)) {
            append(late, "late");
        }
        for (int replica : CROWDED) {
            assertThat(status(replica)).isEqualTo(replica);
        }
        // A learner reads sealed segments only, and the last operations are sealed a moment after they are answered.
        await().atMost(Duration.ofSeconds(PATIENCE_SECONDS))
                .untilAsserted(() -> assertThat(learntWithoutThird()).hasSizeGreaterThanOrEqualTo(OPERATIONS));
        append(regular, "regular still");
    }

    private List<Request.Operation> learntWithoutThird() throws Exception {
        CollectingSink sink = new CollectingSink(cluster.genesis);
        EdgeSources fewest = EdgeSources.of(cluster.genesis).without(3);
        LearnerDriver.Settings settings = LearnerDriver.Settings.of(
                LearnerConfig.of(cluster.genesis),
                new LearnerStop.CaughtUp(),
                Optional.of(Duration.ofSeconds(PATIENCE_SECONDS)));
        var _ = new LearnerDriver(settings, new Ed25519Verifier(), fewest, sink, _ -> {}).run();
        return sink.operations;
    }

    private int status(int replica) {
        Member member = cluster.genesis.members().member(replica);
        ManagedChannel channel = EdgeChannels.to(Addresses.parse(member.edgeAddress()), member.tlsPin())
                .build();
        try {
            return AdminGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(PATIENCE_SECONDS, TimeUnit.SECONDS)
                    .getStatus(GetStatusRequest.getDefaultInstance())
                    .getReplica();
        } finally {
            channel.shutdownNow();
        }
    }

    private Crowd crowd(int replica) {
        Member member = cluster.genesis.members().member(replica);
        Crowd crowd = new Crowd(
                new InetSocketAddress(
                        InetAddress.getLoopbackAddress(),
                        Addresses.parse(member.edgeAddress()).getPort()),
                member.tlsPin());
        crowds.add(crowd);
        return crowd;
    }

    private SherdClient connect(Ed25519Signer client) throws Exception {
        return SherdClient.connect(cluster.genesis, client, ClientOptions.DEFAULT);
    }

    private static void append(SherdClient client, String what) throws Exception {
        for (int i = 0; i < OPERATIONS; i++) {
            var _ = client.submit(new KeyValueOperation.Append(bytes("account"), bytes(what + i)).encoded())
                    .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }
    }

    private static Bytes bytes(String text) {
        return Bytes.wrap(text.getBytes(StandardCharsets.UTF_8));
    }
}
