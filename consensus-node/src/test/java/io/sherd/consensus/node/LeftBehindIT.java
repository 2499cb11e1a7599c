package io.sherd.consensus.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sherd.archive.restore.Advance;
import io.sherd.archive.restore.OlderCopyException;
import io.sherd.archive.state.KeyValueOperation;
import io.sherd.archive.store.UnsafeDirectoryException;
import io.sherd.consensus.client.ClientOptions;
import io.sherd.consensus.client.Committed;
import io.sherd.consensus.client.SherdClient;
import io.sherd.consensus.core.Mode;
import io.sherd.replication.genesis.Limits;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.retention.SegmentSet;
import io.sherd.replication.wire.Bytes;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A replica that was away for longer than the others keep entries: real TLS, real signatures, real databases. */
class LeftBehindIT {

    private static final Limits LIMITS =
            new Limits(16 * 1024, 16, 64, 1 << 22, 64 * 1024, 128 * 1024, 512 * 1024, 2, 1024, 1024, 200);

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int AWAY = 3;

    private LocalCluster cluster;

    @BeforeEach
    void start(@TempDir Path root) throws Exception {
        cluster = new LocalCluster(root, 4, LIMITS);
        // Nothing is kept for who is away but what the retention rule demands.
        cluster.keepEntryBytes(0);
        cluster.startAll();
    }

    @AfterEach
    void stop() throws Exception {
        cluster.close();
        assertThat(cluster.failures).isEmpty();
    }

    @Test
    void replicaThatWasAwayForTooLongFetchesCertifiedStateAndVotesAgain() throws Exception {
        long left = leaveBehind();

        cluster.start(AWAY);

        awaitQuiet();
        assertCaughtUp(left);
        try (SherdClient client = connect()) {
            cluster.stop(1);
            put(client, 300, 320);
            assertThat(cluster.node(AWAY).inspection().mode()).isEqualTo(new Mode.Active());
            cluster.start(1);
        }
        awaitQuiet();
        assertThat(stateRoots()).hasSize(1);
    }

    @Test
    void olderCopyOfItsOwnDirectoryIsFoundOutAndNeverVotesAgain() throws Exception {
        try (SherdClient client = connect()) {
            put(client, 0, 40);
            awaitQuiet();
            cluster.stop(AWAY);
            cluster.backUp(AWAY);
            cluster.start(AWAY);
            put(client, 40, 200);
            awaitQuiet();
            long copied = stores(0).pieces().commitmentCount();
            whenever().untilAsserted(() -> {
                for (int replica = 0; replica < AWAY; replica++) {
                    assertThat(stores(replica).pieces().receipts(AWAY))
                            .isEqualTo(SegmentSet.of(List.of(new SegmentSet.Range(0, copied))));
                    assertThat(stores(replica).votes().decided(1, 1, 1)).isEmpty();
                }
            });
            cluster.stop(AWAY);
            cluster.rollBack(AWAY);

            cluster.start(AWAY);

            whenever().until(() -> cluster.failures.containsKey(AWAY));
            assertThat(cluster.failures.remove(AWAY))
                    .isInstanceOf(OlderCopyException.class)
                    .hasMessageContaining("has forgotten what it voted for");
            cluster.stop(AWAY);
            assertThatThrownBy(() -> cluster.start(AWAY)).isInstanceOf(UnsafeDirectoryException.class);
            put(client, 200, 220);
        }
    }

    /** Orders until nobody keeps what the replica that is away would ask for; returns where that stands. */
    private long leaveBehind() throws Exception {
        try (SherdClient client = connect()) {
            put(client, 0, 40);
            List<CompletableFuture<Committed>> underWay = send(client, 40, 120);
            NodeAssembly parts = cluster.node(AWAY).parts();
            cluster.stop(AWAY);
            long left = parts.sessions.executed();
            awaitAll(underWay);
            put(client, 120, 300);
            whenever().untilAsserted(() -> {
                for (int replica = 0; replica < AWAY; replica++) {
                    assertThat(stores(replica).votes().decided(left + 1, 1, 1)).isEmpty();
                }
            });
            return left;
        }
    }

    private void assertCaughtUp(long left) throws Exception {
        assertThat(stateRoots()).hasSize(1);
        assertThat(cluster.node(AWAY).parts().sessions.executed()).isGreaterThan(left);
        List<Commitment> commitments = stores(0).pieces().commitments(0, Integer.MAX_VALUE);
        assertThat(stores(AWAY).pieces().commitments(0, Integer.MAX_VALUE)).isEqualTo(commitments);
        for (Commitment commitment : commitments) {
            stores(AWAY)
                    .pieces()
                    .piece(commitment.context().segmentNumber(), AWAY)
                    .orElseThrow()
                    .verify(commitment);
        }
        assertThat(Advance.isUnderWay(stores(AWAY).state())).isFalse();
        // It has told the others that its pieces are here: nobody holds any of them for it.
        whenever().untilAsserted(() -> {
            for (int replica = 0; replica < AWAY; replica++) {
                assertThat(stores(replica).pieces().hints()).doesNotContainKey(AWAY);
            }
        });
    }

    private SherdClient connect() throws Exception {
        return SherdClient.connect(cluster.genesis, cluster.client, ClientOptions.DEFAULT.withDeadline(PATIENCE));
    }

    private static void put(SherdClient client, int from, int to) throws Exception {
        awaitAll(send(client, from, to));
    }

    private static List<CompletableFuture<Committed>> send(SherdClient client, int from, int to) throws Exception {
        List<CompletableFuture<Committed>> sent = new ArrayList<>();
        for (int i = from; i < to; i++) {
            sent.add(client.submit(new KeyValueOperation.Put(
                            Bytes.wrap(("key" + i % 50).getBytes(StandardCharsets.UTF_8)),
                            Bytes.wrap(("value " + i + " ").repeat(60).getBytes(StandardCharsets.UTF_8)))
                    .encoded()));
        }
        return sent;
    }

    private static void awaitAll(List<CompletableFuture<Committed>> sent) throws Exception {
        for (CompletableFuture<Committed> operation : sent) {
            operation.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
    }

    /** Waits until all replicas stand at the same closing, and it is stable everywhere. */
    private void awaitQuiet() {
        whenever().until(() -> {
            Set<Long> positions = new HashSet<>();
            for (int replica = 0; replica < 4; replica++) {
                NodeAssembly parts = cluster.node(replica).parts();
                positions.add(parts.sessions.executed());
                positions.add(parts.driver.inspection().stable());
                positions.add(parts.stores.state().latest().sequence());
            }
            return positions.size() == 1;
        });
    }

    private static ConditionFactory whenever() {
        return await().atMost(PATIENCE).pollInterval(Duration.ofMillis(100));
    }

    private Set<Object> stateRoots() {
        Set<Object> roots = new HashSet<>();
        for (int replica = 0; replica < 4; replica++) {
            roots.add(stores(replica).state().latest().root());
        }
        return roots;
    }

    private NodeStores stores(int replica) {
        return cluster.node(replica).parts().stores;
    }
}
