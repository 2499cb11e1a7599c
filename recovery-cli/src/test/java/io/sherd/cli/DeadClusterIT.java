package io.sherd.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sherd.archive.crypto.KeyFile;
import io.sherd.archive.genesis.GenesisFile;
import io.sherd.archive.state.KeyValueOperation;
import io.sherd.cli.cluster.ClusterLayout;
import io.sherd.cli.cluster.Founding;
import io.sherd.consensus.client.ClientOptions;
import io.sherd.consensus.client.SherdClient;
import io.sherd.consensus.core.Mode;
import io.sherd.consensus.node.ConsensusNode;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.wire.Bytes;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** All machines of a cluster died at once, and one disk with them. */
final class DeadClusterIT {

    private static final int LOST = 3;

    @TempDir
    private Path temporary;

    @Test
    void theLostReplicaIsMadeAnewFromTheOtherDisksAndTheClusterGoesOnWithItsVote() throws Exception {
        ClusterLayout layout = LeftDirectories.of(temporary.resolve("cluster"));
        Genesis genesis = GenesisFile.read(layout.genesisFile());
        Founding.delete(layout.data(LOST));

        CliRun restored = CliRun.of(
                "restore",
                "--replica",
                "r3",
                "--data-dir",
                layout.data(LOST),
                "--genesis",
                layout.genesisFile(),
                "--progress",
                "none",
                "--source=dir:" + layout.data(0),
                "--source=dir:" + layout.data(1),
                "--source=dir:" + layout.data(2));

        assertThat(restored.exitCode()).as(restored.out() + restored.err()).isZero();
        assertThat(restored.out())
                .contains(
                        "it votes again once 3 other replicas run",
                        "next: sherd node run --config " + layout.configurationFile(LOST));
        Map<Integer, ConsensusNode> nodes = new TreeMap<>();
        try {
            for (int replica = 0; replica < 4; replica++) {
                nodes.put(replica, LeftDirectories.start(layout, replica));
            }
            await().atMost(Duration.ofMinutes(2))
                    .untilAsserted(() -> assertThat(nodes.values()).allSatisfy(node -> {
                        assertThat(node.inspection().epoch()).isEqualTo(1);
                        assertThat(node.inspection().mode()).isEqualTo(new Mode.Active());
                    }));
            // From here on nothing is ordered without the restored replica.
            Objects.requireNonNull(nodes.remove(0)).close();
            try (SherdClient client =
                    SherdClient.connect(genesis, KeyFile.read(layout.clientKey()), ClientOptions.DEFAULT)) {
                var _ = client.submit(new KeyValueOperation.Put(ascii("after"), ascii("all died")).encoded())
                        .get(60, TimeUnit.SECONDS);
                Bytes first = client.submit(new KeyValueOperation.Get(ascii("key0")).encoded())
                        .get(60, TimeUnit.SECONDS)
                        .result();
                assertThat(new String(first.toByteArray(), StandardCharsets.US_ASCII))
                        .contains("value0");
            }
        } finally {
            for (ConsensusNode node : nodes.values()) {
                node.close();
            }
        }
    }

    private static Bytes ascii(String text) {
        return Bytes.wrap(text.getBytes(StandardCharsets.US_ASCII));
    }
}
