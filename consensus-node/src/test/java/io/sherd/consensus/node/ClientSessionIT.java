package io.sherd.consensus.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.sherd.archive.state.KeyValueOperation;
import io.sherd.archive.state.KeyValueResult;
import io.sherd.consensus.client.ClientOptions;
import io.sherd.consensus.client.Committed;
import io.sherd.consensus.client.SherdClient;
import io.sherd.replication.genesis.Limits;
import io.sherd.replication.wire.Bytes;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A cluster that remembers four operations of a client, and one process of that client after another. */
class ClientSessionIT {
    private static final int SESSION_WINDOW = 4;
    private static final int PROCESSES = 5;
    private static final int OPERATIONS = 10;
    private static final long PATIENCE_SECONDS = 60;

    private static final Bytes ACCOUNT = bytes("account");

    @Test
    void eachProcessGoesOnBehindTheLastOneAndEveryOperationIsExecutedOnce(@TempDir Path root) throws Exception {
        Limits limits = Limits.DEFAULT;
        try (LocalCluster cluster = new LocalCluster(
                root,
                4,
                new Limits(
                        limits.segmentTargetBytes(),
                        limits.checkpointInterval(),
                        limits.window(),
                        limits.windowBytes(),
                        limits.requestBytes(),
                        limits.batchBytes(),
                        limits.frameBytes(),
                        limits.stateCheckpointEvery(),
                        SESSION_WINDOW,
                        limits.resultBytes(),
                        limits.sealMillis()))) {
            cluster.startAll();
            List<Long> ids = new ArrayList<>();
            for (int process = 0; process < PROCESSES; process++) {
                try (SherdClient client = SherdClient.connect(cluster.genesis, cluster.client, ClientOptions.DEFAULT)) {
                    List<CompletableFuture<Committed>> results = new ArrayList<>();
                    for (int i = 0; i < OPERATIONS; i++) {
                        results.add(client.submit(
                                new KeyValueOperation.Append(ACCOUNT, bytes("process " + process)).encoded()));
                    }
                    for (CompletableFuture<Committed> result : results) {
                        ids.add(result.get(PATIENCE_SECONDS, TimeUnit.SECONDS).id());
                    }
                }
            }
            assertThat(ids).isSorted().doesNotHaveDuplicates().hasSize(PROCESSES * OPERATIONS);
            try (SherdClient client = SherdClient.connect(cluster.genesis, cluster.client, ClientOptions.DEFAULT)) {
                Bytes account = client.submit(new KeyValueOperation.Get(ACCOUNT).encoded())
                        .get(PATIENCE_SECONDS, TimeUnit.SECONDS)
                        .result();
                assertThat(KeyValueResult.decode(account))
                        .isInstanceOfSatisfying(
                                KeyValueResult.Account.class,
                                found -> assertThat(found.count()).isEqualTo(PROCESSES * OPERATIONS));
            }
            assertThat(cluster.failures).isEmpty();
        }
    }

    private static Bytes bytes(String text) {
        return Bytes.wrap(text.getBytes(StandardCharsets.UTF_8));
    }
}
