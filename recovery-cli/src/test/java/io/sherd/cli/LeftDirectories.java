package io.sherd.cli;

import static org.awaitility.Awaitility.await;

import io.sherd.archive.crypto.KeyFile;
import io.sherd.archive.state.KeyValueOperation;
import io.sherd.cli.cluster.ClusterLayout;
import io.sherd.cli.cluster.Founding;
import io.sherd.cli.cluster.LocalAddresses;
import io.sherd.consensus.client.ClientOptions;
import io.sherd.consensus.client.SherdClient;
import io.sherd.consensus.node.ConsensusNode;
import io.sherd.consensus.node.NodeConfig;
import io.sherd.merkle.Sha256;
import io.sherd.replication.Quorums;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.genesis.Limits;
import io.sherd.replication.wire.Bytes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The directories that a cluster of four replicas left, which wrote a little and then all stopped. */
final class LeftDirectories {

    /** The ledger has more segments than this. */
    static final int LEAST_SEGMENTS = 3;

    private LeftDirectories() {}

    /** Makes a cluster, runs it and stops it. */
    static ClusterLayout of(Path root) throws Exception {
        ClusterLayout layout = new ClusterLayout(root);
        LocalAddresses addresses = LocalAddresses.findFree(4, 20_000).orElseThrow();
        Genesis genesis =
                new Founding("verified", new Quorums(4, 1), 3, Limits.DEFAULT, addresses, 1).make(layout.root());
        List<ConsensusNode> nodes = new ArrayList<>();
        try {
            for (int replica = 0; replica < 4; replica++) {
                nodes.add(start(layout, replica));
            }
            try (SherdClient client =
                    SherdClient.connect(genesis, KeyFile.read(layout.clientKey()), ClientOptions.DEFAULT)) {
                for (int i = 0; i < LEAST_SEGMENTS; i++) {
                    long stable = stable(nodes);
                    var _ = client.submit(new KeyValueOperation.Put(ascii("key" + i), ascii("value" + i)).encoded())
                            .get(60, TimeUnit.SECONDS);
                    // Two seals: the first takes the state's checkpoint, the second certifies it.
                    await().atMost(Duration.ofSeconds(60)).until(() -> stable(nodes) > stable + 2);
                }
            }
        } finally {
            for (ConsensusNode node : nodes) {
                node.close();
            }
        }
        return layout;
    }

    /** Starts one of the replicas in this process. */
    static ConsensusNode start(ClusterLayout layout, int replica) throws Exception {
        return ConsensusNode.start(NodeConfig.read(layout.configurationFile(replica)), failure -> {
            throw new AssertionError(failure);
        });
    }

    private static long stable(List<ConsensusNode> nodes) {
        return nodes.stream()
                .mapToLong(node -> node.inspection().stable())
                .min()
                .orElseThrow();
    }

    private static Bytes ascii(String text) {
        return Bytes.wrap(text.getBytes(StandardCharsets.US_ASCII));
    }

    /** Every file and directory with its time of change, and every file's hash. */
    static Map<String, String> contents(Path root) throws IOException {
        Map<String, String> contents = new TreeMap<>();
        try (Stream<Path> paths = Files.walk(root)) {
            for (Path path : paths.toList()) {
                String hash = Files.isRegularFile(path)
                        ? Sha256.of(Files.readAllBytes(path)).toString()
                        : "";
                contents.put(root.relativize(path).toString(), Files.getLastModifiedTime(path) + " " + hash);
            }
        }
        return contents;
    }

    static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> paths = Files.walk(from)) {
            for (Path path : paths.toList()) {
                Files.copy(path, to.resolve(from.relativize(path).toString()));
            }
        }
    }
}
