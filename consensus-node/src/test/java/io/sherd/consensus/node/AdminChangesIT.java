package io.sherd.consensus.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sherd.archive.crypto.Ed25519Signer;
import io.sherd.archive.crypto.Ed25519Verifier;
import io.sherd.archive.edge.EdgeSources;
import io.sherd.archive.learner.LearnerDriver;
import io.sherd.archive.learner.LearnerStop;
import io.sherd.archive.restore.MemberSearch;
import io.sherd.archive.state.KeyValueOperation;
import io.sherd.consensus.client.ClientException;
import io.sherd.consensus.client.ClientOptions;
import io.sherd.consensus.client.Committed;
import io.sherd.consensus.client.SherdClient;
import io.sherd.consensus.core.Inspection;
import io.sherd.consensus.core.Mode;
import io.sherd.replication.genesis.Limits;
import io.sherd.replication.learner.LearnerConfig;
import io.sherd.replication.ledger.MemberChange;
import io.sherd.replication.ledger.Request;
import io.sherd.replication.ledger.Signer;
import io.sherd.replication.wire.Bytes;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Keys and clients change while four replicas run in one process: real TLS on loopback, real signatures, real databases. */
class AdminChangesIT {

    private static final Limits LIMITS =
            new Limits(16 * 1024, 16, 64, 1 << 22, 64 * 1024, 128 * 1024, 512 * 1024, 2, 1024, 1024, 200);

    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private LocalCluster cluster;

    @BeforeEach
    void start(@TempDir Path root) throws Exception {
        cluster = new LocalCluster(root, 4, LIMITS);
        cluster.startAll();
    }

    @AfterEach
    void stop() throws Exception {
        cluster.close();
        assertThat(cluster.failures).isEmpty();
    }

    @Test
    void aKeyIsReplacedUnderLoadAndTheReplicaVotesWithTheNewOne() throws Exception {
        try (SherdClient client = connect(cluster.client)) {
            put(client, 0, 50);
            List<CompletableFuture<Committed>> meanwhile = send(client, 50, 150);
            cluster.change(0, 0, cluster.newKeys(3));
            awaitAll(meanwhile);
            awaitStopped(3);

            cluster.firstKeys(3);
            assertThatThrownBy(() -> cluster.start(3))
                    .isInstanceOf(NodeStartException.class)
                    .hasMessageContaining("in epoch 1");

            put(client, 150, 200);
        }
        startWithNewKeys(3, 1);
        // Without another replica the one with the new key makes the quorum.
        cluster.stop(1);
        try (SherdClient client = connect(cluster.client)) {
            put(client, 200, 230);
        }
        cluster.start(1);
        awaitActive(1);

        assertThat(learn()).hasSize(230);
    }

    @Test
    void aReplicaThatWasDownWhileItsKeyWasReplacedIsStartedWithTheNewOne() throws Exception {
        try (SherdClient client = connect(cluster.client)) {
            put(client, 0, 50);
            cluster.stop(2);
            MemberChange.ReplaceKey change = cluster.newKeys(2);
            assertThatThrownBy(() -> cluster.start(2))
                    .isInstanceOf(NodeStartException.class)
                    .hasMessageContaining("in epoch 0");
            cluster.change(1, 0, change);
            whenever().until(() -> cluster.node(0).inspection().epoch() == 1);
            put(client, 50, 100);

            cluster.start(2);

            awaitActive(1);
            put(client, 100, 120);
        }
        assertThat(learn()).hasSize(120);
    }

    @Test
    void whoHasTheGenesisAloneFindsAClusterAllOfWhoseKeysWereReplaced() throws Exception {
        try (SherdClient client = connect(cluster.client)) {
            for (int replica = 0; replica < 4; replica++) {
                put(client, 20 * replica, 20 * replica + 20);
                cluster.change((replica + 1) % 4, replica, cluster.newKeys(replica));
                awaitStopped(replica);
                startWithNewKeys(replica, replica + 1);
            }
            put(client, 80, 100);
        }

        try (SherdClient client = connect(cluster.client)) {
            put(client, 100, 120);
        }
        assertThat(learn()).hasSize(120);
    }

    @Test
    void aClientWritesFromWhenItIsAddedUntilItIsRevoked() throws Exception {
        Ed25519Signer added = Ed25519Signer.generate();
        try (SherdClient client = connect(added)) {
            assertThatThrownBy(() -> put(client, 0, 1))
                    .isInstanceOf(ExecutionException.class)
                    .cause()
                    .isInstanceOf(ClientException.class)
                    .hasMessageContaining("UNLISTED_CLIENT");
        }

        cluster.change(0, 0, new MemberChange.AddClient(added.key()));
        awaitActive(1);
        try (SherdClient client = connect(added)) {
            put(client, 0, 20);
            cluster.change(0, 1, new MemberChange.RevokeClient(added.key()));
            awaitActive(2);
            assertThatThrownBy(() -> put(client, 20, 21))
                    .isInstanceOf(ExecutionException.class)
                    .cause()
                    .isInstanceOf(ClientException.class)
                    .hasMessageContaining("UNLISTED_CLIENT");
        }
        assertThat(learn()).hasSize(20);
    }

    private void awaitStopped(int replica) throws Exception {
        whenever()
                .untilAsserted(
                        () -> assertThat(cluster.failures.get(replica)).isInstanceOf(KeyReplacedException.class));
        cluster.failures.remove(replica);
        cluster.stop(replica);
    }

    private void startWithNewKeys(int replica, long epoch) throws Exception {
        cluster.latestKeys(replica);
        cluster.start(replica);
        awaitActive(epoch);
    }

    private void awaitActive(long epoch) {
        whenever().untilAsserted(() -> {
            for (int replica = 0; replica < 4; replica++) {
                Inspection core = cluster.node(replica).inspection();
                assertThat(core.epoch()).isEqualTo(epoch);
                assertThat(core.mode()).isEqualTo(new Mode.Active());
            }
        });
    }

    private SherdClient connect(Signer client) throws Exception {
        return SherdClient.connect(cluster.genesis, client, ClientOptions.DEFAULT.withDeadline(PATIENCE));
    }

    private static List<Committed> put(SherdClient client, int from, int to) throws Exception {
        return awaitAll(send(client, from, to));
    }

    private static List<CompletableFuture<Committed>> send(SherdClient client, int from, int to) throws Exception {
        List<CompletableFuture<Committed>> sent = new ArrayList<>();
        for (int i = from; i < to; i++) {
            sent.add(client.submit(operation(i)));
        }
        return sent;
    }

    private static Bytes operation(int number) {
        Bytes key = Bytes.wrap(("key-" + number).getBytes(StandardCharsets.UTF_8));
        return new KeyValueOperation.Put(key, Bytes.wrap(new byte[200])).encoded();
    }

    private static List<Committed> awaitAll(List<CompletableFuture<Committed>> sent) throws Exception {
        List<Committed> committed = new ArrayList<>();
        for (CompletableFuture<Committed> operation : sent) {
            committed.add(operation.get(PATIENCE.toSeconds(), TimeUnit.SECONDS));
        }
        return committed;
    }

    private static ConditionFactory whenever() {
        return await().atMost(PATIENCE).pollInterval(Duration.ofMillis(100));
    }

    /** What a learner that has the genesis alone finds, once all that is acknowledged is sealed. */
    private List<Request.Operation> learn() throws Exception {
        long last = cluster.node(0).inspection().executed();
        whenever().until(() -> cluster.node(0).inspection().stable() >= last);
        CollectingSink sink = new CollectingSink(cluster.genesis);
        LearnerDriver.Settings settings = LearnerDriver.Settings.of(
                LearnerConfig.of(cluster.genesis), new LearnerStop.CaughtUp(), Optional.of(PATIENCE));
        Ed25519Verifier verifier = new Ed25519Verifier();
        EdgeSources sources = MemberSearch.ofToday(EdgeSources.of(cluster.genesis), verifier);
        var _ = new LearnerDriver(settings, verifier, sources, sink, _ -> {}).run();
        return sink.operations;
    }
}
