package io.sherd.consensus.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sherd.archive.state.KeyValueOperation;
import io.sherd.consensus.client.ClientOptions;
import io.sherd.consensus.client.Committed;
import io.sherd.consensus.client.SherdClient;
import io.sherd.replication.genesis.Limits;
import io.sherd.replication.wire.Bytes;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConsensusNodeIT {

    /** Small segments, so that many are sealed. */
    private static final Limits LIMITS =
            new Limits(16 * 1024, 16, 64, 1 << 22, 64 * 1024, 128 * 1024, 512 * 1024, 2, 1024, 1024, 200);

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
    void putsAreAcknowledgedAndSealed() throws Exception {
        try (SherdClient client = connect()) {
            List<Committed> committed = put(client, 0, 200);

            assertThat(committed).extracting(Committed::sequence).isSorted();
        }
        await().untilAsserted(() -> assertThat(cluster.replicas()
                        .mapToLong(r -> cluster.node(r).inspection().stable()))
                .allMatch(stable -> stable > 1));
    }

    private SherdClient connect() throws Exception {
        return SherdClient.connect(
                cluster.genesis, cluster.client, ClientOptions.DEFAULT.withDeadline(Duration.ofSeconds(60)));
    }

    private static List<Committed> put(SherdClient client, int from, int to) throws Exception {
        List<CompletableFuture<Committed>> sent = new ArrayList<>();
        for (int i = from; i < to; i++) {
            sent.add(client.submit(new KeyValueOperation.Put(key(i), value(i)).encoded()));
        }
        List<Committed> committed = new ArrayList<>();
        for (CompletableFuture<Committed> operation : sent) {
            committed.add(operation.get(60, TimeUnit.SECONDS));
        }
        return committed;
    }

    private static Bytes key(int i) {
        return Bytes.wrap(("key" + i).getBytes(StandardCharsets.UTF_8));
    }

    private static Bytes value(int i) {
        return Bytes.wrap(("value " + i + " ").repeat(20).getBytes(StandardCharsets.UTF_8));
    }
}
