package io.sherd.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sherd.archive.crypto.KeyFile;
import io.sherd.archive.state.KeyValueOperation;
import io.sherd.archive.store.RocksPieceStore;
import io.sherd.archive.store.StoreOwner;
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
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** {@code sherd verify} over the directories that four replicas left. */
final class VerifyIT {

    private static final int REPLICA = 3;
    private static final int LEAST_SEGMENTS = 3;

    @TempDir
    private static Path temporary;

    private static ClusterLayout layout;
    private static Genesis genesis;

    @TempDir
    private Path scratch;

    @BeforeAll
    static void runACluster() throws Exception {
        layout = new ClusterLayout(temporary.resolve("cluster"));
        LocalAddresses addresses = LocalAddresses.findFree(4, 20_000).orElseThrow();
        genesis = new Founding("verified", new Quorums(4, 1), 3, Limits.DEFAULT, addresses, 1).make(layout.root());
        List<ConsensusNode> nodes = new ArrayList<>();
        try {
            for (int replica = 0; replica < 4; replica++) {
                nodes.add(ConsensusNode.start(NodeConfig.read(layout.configurationFile(replica)), failure -> {
                    throw new AssertionError(failure);
                }));
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
    }

    @ParameterizedTest
    @ValueSource(strings = {"manifest", "paths", "decode", "replay"})
    void everyLevelFindsAWholeDirectoryRightAndChangesNoByteOfIt(String level) throws Exception {
        Map<String, String> before = contents(layout.root());

        CliRun run = verify(REPLICA, "--level", level, "--source", source(0), "--source", source(1), "--json");

        assertThat(run.exitCode()).as(run.out() + run.err()).isZero();
        assertThat(contents(layout.root())).isEqualTo(before);
        JsonNode document = run.json();
        assertThat(document.path("schema").asString()).isEqualTo("sherd.verify/1");
        assertThat(document.path("level").asString()).isEqualTo(level);
        assertThat(document.path("findings")).isEmpty();
        long segments = document.path("segments").asLong();
        assertThat(segments).isGreaterThanOrEqualTo(LEAST_SEGMENTS);
        boolean reads = !level.equals("manifest");
        assertThat(document.path("okPieces").asLong()).isEqualTo(reads ? segments : 0);
        boolean rebuilds = level.equals("decode") || level.equals("replay");
        assertThat(document.path("rebuilt").asLong()).isEqualTo(rebuilds ? segments : 0);
        if (level.equals("replay")) {
            assertThat(document.path("replayedTo").asLong())
                    .isGreaterThanOrEqualTo(document.path("certifiedSequence").asLong());
            assertThat(document.path("comparedRoots").asLong()).isGreaterThanOrEqualTo(2);
        }
    }

    @Test
    void aSubsetReadsOnlyItsSegmentsAndTheReportFileIsTheDocument() throws Exception {
        Path report = scratch.resolve("report.json");

        CliRun run = verify(REPLICA, "--segments", "1..2", "--report", report.toString(), "--json");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.json().path("okPieces").asLong()).isEqualTo(2);
        assertThat(Files.readString(report).strip()).isEqualTo(run.out().strip());
    }

    @Test
    void tooFewPiecesAreUnrepairableFromWhatWasGiven() {
        CliRun run = verify(REPLICA, "--level", "decode", "--segments", "0", "--source", source(1));

        assertThat(run.exitCode()).isEqualTo(11);
        assertThat(run.out()).contains("BAD  TOO_FEW_PIECES segment 0: 2 valid pieces, 3 needed", "worst slack -1");
    }

    @Test
    void aPieceThatIsMissingIsRepairableWhileTheSegmentStillDecodes() throws Exception {
        Path copy = scratch.resolve("copy");
        copyTree(layout.data(REPLICA), copy);
        try (RocksPieceStore archive =
                RocksPieceStore.open(copy.resolve("archive"), new StoreOwner(genesis.clusterId(), REPLICA))) {
            archive.dropPiece(1, REPLICA);
        }

        CliRun run = CliRun.of(
                "verify",
                "--data-dir",
                copy,
                "--genesis",
                layout.genesisFile(),
                "--progress",
                "none",
                "--level",
                "decode",
                "--source",
                source(0),
                "--source",
                source(1),
                "--source",
                source(2));

        assertThat(run.exitCode()).as(run.out()).isEqualTo(10);
        assertThat(run.out()).contains("BAD  MISSING_PIECE segment 1", "segments rebuilt, worst slack +0");
    }

    @Test
    void whatALevelNeedsIsAskedFor() {
        assertThat(verify(REPLICA, "--level", "decode").exitCode()).isEqualTo(2);
        assertThat(verify(REPLICA, "--level", "replay", "--segments", "1..", "--source", source(0))
                        .err())
                .contains("a replay starts with segment 0");
        assertThat(verify(REPLICA, "--source", "s3:bucket").err()).contains("no source such as dir:");
        assertThat(verify(REPLICA, "--segments", "4..2").err()).contains("ends before it begins");
        Path inside = layout.data(REPLICA).resolve("report.json");
        assertThat(verify(REPLICA, "--report", inside.toString()).exitCode()).isEqualTo(2);
        assertThat(Files.exists(inside)).isFalse();
    }

    private static long stable(List<ConsensusNode> nodes) {
        return nodes.stream()
                .mapToLong(node -> node.inspection().stable())
                .min()
                .orElseThrow();
    }

    private static CliRun verify(int replica, Object... more) {
        List<Object> words = new ArrayList<>(List.of(
                "verify", "--data-dir", layout.data(replica), "--genesis", layout.genesisFile(), "--progress", "none"));
        words.addAll(List.of(more));
        return CliRun.of(words.toArray());
    }

    private static String source(int replica) {
        return "dir:" + layout.data(replica);
    }

    private static Bytes ascii(String text) {
        return Bytes.wrap(text.getBytes(StandardCharsets.US_ASCII));
    }

    /** Every file and directory with its time of change, and every file's hash. */
    private static Map<String, String> contents(Path root) throws IOException {
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

    private static void copyTree(Path from, Path to) throws IOException {
        try (Stream<Path> paths = Files.walk(from)) {
            for (Path path : paths.toList()) {
                Files.copy(path, to.resolve(from.relativize(path).toString()));
            }
        }
    }
}
