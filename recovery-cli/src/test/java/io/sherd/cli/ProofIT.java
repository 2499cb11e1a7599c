package io.sherd.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.sherd.archive.genesis.GenesisFile;
import io.sherd.cli.cluster.ClusterLayout;
import io.sherd.cli.cluster.Founding;
import io.sherd.cli.cluster.LocalAddresses;
import io.sherd.consensus.node.ConsensusNode;
import io.sherd.replication.Quorums;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.genesis.Limits;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** {@code sherd proof} over the directories that four replicas left, and over replicas that run on them again. */
final class ProofIT {

    /** Where a stored record has its format version. */
    private static final int VERSION_PLACE = 7;

    @TempDir
    private static Path temporary;

    private static ClusterLayout layout;
    private static long putOfKey1;

    @TempDir
    private Path scratch;

    @BeforeAll
    static void runACluster() throws Exception {
        layout = LeftDirectories.of(temporary.resolve("cluster"));
        Path learned = temporary.resolve("learned");
        List<ConsensusNode> nodes = startThree();
        try {
            CliRun learn =
                    CliRun.of("learn", "--genesis", layout.genesisFile(), "--out", learned, "--progress", "none");
            assertThat(learn.exitCode()).as(learn.err()).isZero();
        } finally {
            for (ConsensusNode node : nodes) {
                node.close();
            }
        }
        String line = Files.readAllLines(learned.resolve("ledger.jsonl")).stream()
                .filter(text -> text.contains("\"key1\""))
                .findFirst()
                .orElseThrow();
        putOfKey1 = io.sherd.cli.output.Json.read(line).path("sequence").asLong();
    }

    @Test
    void aTransactionIsProvedFromDeadDirectoriesAndCheckedWithTheGenesisAlone() throws Exception {
        Path file = scratch.resolve("tx.proof");

        CliRun got = get(file, putOfKey1, source(0), source(1), source(3));
        assertThat(got.exitCode()).as(got.err()).isZero();
        Path alone = Files.createDirectory(scratch.resolve("alone"));
        Path genesis = Files.copy(layout.genesisFile(), alone.resolve("genesis.json"));
        CliRun checked = CliRun.of("proof", "verify", file, "--genesis", genesis);

        assertThat(checked.exitCode()).as(checked.err()).isZero();
        assertThat(checked.out())
                .startsWith("valid: tx ")
                .contains(
                        " is in entry " + putOfKey1 + ", in segment ",
                        "(need 3)",
                        "\"key\":\"key1\",\"value\":\"value1\"");
        JsonNode document = CliRun.of("proof", "verify", file, "--genesis", genesis, "--json")
                .json();
        assertThat(document.path("schema").asString()).isEqualTo("sherd.proof/1");
        assertThat(document.path("sequence").asLong()).isEqualTo(putOfKey1);

        Path byDigest = scratch.resolve("by-digest.proof");
        CliRun found = get(byDigest, document.path("tx").asString(), source(0), source(1), source(3));
        assertThat(found.exitCode()).as(found.err()).isZero();
        assertThat(byDigest).hasSameBinaryContentAs(file);
    }

    @Test
    void aKeyIsProvedByReplicasThatRun() throws Exception {
        Path held = scratch.resolve("held.proof");
        Path absent = scratch.resolve("absent.proof");
        List<ConsensusNode> nodes = startThree();
        try {
            CliRun got = CliRun.of("proof", "get", "--key", "key0", "--out", held, "--genesis", layout.genesisFile());
            assertThat(got.exitCode()).as(got.err()).isZero();
            CliRun nothing = CliRun.of(
                    "proof", "get", "--key", "no such key", "--out", absent, "--genesis", layout.genesisFile());
            assertThat(nothing.exitCode()).as(nothing.err()).isZero();
        } finally {
            for (ConsensusNode node : nodes) {
                node.close();
            }
        }
        CliRun checked = verify(held);
        assertThat(checked.exitCode()).as(checked.err()).isZero();
        assertThat(checked.out())
                .startsWith("valid: the key holds this in the state of seq ")
                .contains("{\"key\":\"key0\",\"value\":\"value0\"}");
        assertThat(verify(absent).out()).startsWith("valid: the key holds nothing in the state of seq ");
    }

    @Test
    void aProofThatIsDamagedCutForeignOrOfALaterFormatIsRefusedAndTheStepNamed() throws Exception {
        Path file = scratch.resolve("tx.proof");
        assertThat(get(file, putOfKey1, source(0), source(1), source(2)).exitCode())
                .isZero();
        byte[] good = Files.readAllBytes(file);
        long seed = Long.getLong("sherd.seed", System.nanoTime());
        System.out.println("damaged proof: -Dsherd.seed=" + seed);
        Random random = new Random(seed);
        Path bad = scratch.resolve("bad.proof");
        for (int i = 0; i < 50; i++) {
            byte[] damaged = good.clone();
            int place = 8 + random.nextInt(good.length - 8);
            damaged[place] ^= (byte) (1 << random.nextInt(8));
            Files.write(bad, damaged);
            assertRefused(verify(bad), 13, "error[proof.file]");
            Files.write(bad, Arrays.copyOf(good, random.nextInt(good.length)));
            assertRefused(verify(bad), 13, "error[proof.file]");
        }
        byte[] later = good.clone();
        later[VERSION_PLACE]++;
        Files.write(bad, later);
        assertRefused(verify(bad), 16, "error[format.unsupported]", "version 2");
        assertRefused(verify(layout.genesisFile()), 13, "error[proof.file]", "does not begin as a proof does");
        assertRefused(verify(scratch.resolve("none.proof")), 6, "error[file.missing]");
        assertRefused(verify(scratch), 2, "error[proof.no-file]", "it is a directory");

        ClusterLayout other = new ClusterLayout(scratch.resolve("other"));
        Genesis foreign = new Founding("other", new Quorums(4, 1), 3, Limits.DEFAULT, new LocalAddresses(20_900, 4), 1)
                .make(other.root());
        CliRun refused = CliRun.of("proof", "verify", file, "--genesis", other.genesisFile());
        assertRefused(
                refused,
                13,
                "error[proof.cluster]",
                foreign.clusterId().shortHex(),
                GenesisFile.read(layout.genesisFile()).clusterId().shortHex());
    }

    @Test
    void whatCannotBeProvedIsSaidAndNoFileIsWritten() {
        Path file = scratch.resolve("tx.proof");
        assertRefused(
                get(file, putOfKey1, source(0), source(1)),
                11,
                "error[piece.insufficient]",
                "2 valid pieces, 3 needed");
        assertRefused(get(file, 1_000_000, source(0), source(1), source(2)), 6, "error[ledger.absent]");
        assertRefused(get(file, putOfKey1 + "/7", source(0), source(1), source(2)), 6, "error[tx.absent]");
        assertRefused(get(file, "seven", source(0)), 2, "error[usage]");
        assertThat(file).doesNotExist();
        assertRefused(get(layout.genesisFile(), putOfKey1, source(0)), 8, "error[file.exists]");
    }

    private static void assertRefused(CliRun run, int exitCode, String... words) {
        assertThat(run.exitCode()).as(run.out() + run.err()).isEqualTo(exitCode);
        assertThat(run.err()).contains(words);
    }

    private static List<ConsensusNode> startThree() throws Exception {
        List<ConsensusNode> nodes = new ArrayList<>();
        for (int replica : IntStream.range(0, 3).toArray()) {
            nodes.add(LeftDirectories.start(layout, replica));
        }
        return nodes;
    }

    private static CliRun verify(Path file) {
        return CliRun.of("proof", "verify", file, "--genesis", layout.genesisFile());
    }

    private static CliRun get(Path file, Object transaction, String... sources) {
        List<Object> words = new ArrayList<>(List.of(
                "proof", "get", transaction, "--out", file, "--genesis", layout.genesisFile(), "--timeout", "5s"));
        words.addAll(List.of(sources));
        return CliRun.of(words.toArray());
    }

    private static String source(int replica) {
        return "--source=dir:" + layout.data(replica);
    }
}
