package io.sherd.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.sherd.cli.cluster.ClusterLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** {@code sherd export} of what four replicas left, and everything that is done with the file when they are gone. */
final class ExportIT {

    @TempDir
    private static Path temporary;

    private static ClusterLayout layout;
    private static Path archive;
    private static JsonNode exported;

    @TempDir
    private Path scratch;

    @BeforeAll
    static void exportWhatAClusterLeft() throws Exception {
        layout = LeftDirectories.of(temporary.resolve("cluster"));
        archive = temporary.resolve("ledger.sherd");
        CliRun run = CliRun.of(
                "export",
                "--genesis",
                layout.genesisFile(),
                "--out",
                archive,
                "--json",
                "--progress",
                "none",
                source(0),
                source(1),
                source(3));
        assertThat(run.exitCode()).as(run.err()).isZero();
        exported = run.json();
    }

    @Test
    void theFileVerifiesWithTheGenesisAlone() {
        assertThat(exported.path("schema").asString()).isEqualTo("sherd.export/1");
        assertThat(exported.path("firstSegment").asLong()).isZero();
        assertThat(exported.path("lastSegment").asLong()).isGreaterThanOrEqualTo(LeftDirectories.LEAST_SEGMENTS - 1);
        CliRun checked = verify(archive);
        assertThat(checked.exitCode()).as(checked.err()).isZero();
        assertThat(checked.out())
                .startsWith("segments 0 to " + exported.path("lastSegment").asLong() + ": 0 findings, ")
                .contains("(need 3)");
    }

    @Test
    void aLearnerReadsFromTheFileWhatItReadsFromTheReplicas() throws Exception {
        Path fromFile = scratch.resolve("from-file");
        Path fromReplicas = scratch.resolve("from-replicas");
        assertRan(learn(fromFile, "--source=file:" + archive));
        assertRan(learn(fromReplicas, source(0), source(1), source(2)));
        assertThat(fromFile.resolve("ledger.jsonl"))
                .hasSameBinaryContentAs(fromReplicas.resolve("ledger.jsonl"))
                .isNotEmptyFile();
    }

    @Test
    void aReplicaIsMadeAnewFromTheFileAloneAndVerifies() {
        Path target = scratch.resolve("r2");
        CliRun plan = restore(target, "--dry-run", "--source=file:" + archive);
        assertThat(plan.exitCode()).as(plan.out() + plan.err()).isZero();

        CliRun restored = restore(target, "--json", "--source=file:" + archive);

        assertThat(restored.exitCode()).as(restored.out() + restored.err()).isZero();
        assertThat(restored.json().path("replayed").asBoolean()).isTrue();
        assertThat(restored.json().path("segments").asLong())
                .isEqualTo(exported.path("lastSegment").asLong() + 1);
        assertRan(CliRun.of("verify", "--data-dir", target, "--genesis", layout.genesisFile(), "--progress", "none"));
    }

    @Test
    void theFileMakesUpForADirectoryThatIsMissing() {
        assertRan(restore(scratch.resolve("r2"), source(0), "--source=file:" + archive));
    }

    @Test
    void aProofIsMadeFromTheFile() {
        Path proof = scratch.resolve("tx.proof");
        CliRun got = CliRun.of(
                "proof", "get", "--out", proof, "--genesis", layout.genesisFile(), "--source=file:" + archive, "1");
        assertThat(got.exitCode()).as(got.out() + got.err()).isZero();
        assertRan(CliRun.of("proof", "verify", proof, "--genesis", layout.genesisFile()));
    }

    @Test
    void aRottenSegmentIsNamedAndAFileThatIsCutForeignOrNoneIsRefused() throws Exception {
        byte[] good = Files.readAllBytes(archive);
        Path bad = scratch.resolve("bad.sherd");
        byte[] rotten = good.clone();
        rotten[good.length - 5] ^= 1;
        Files.write(bad, rotten);
        CliRun found = verify(bad);
        assertThat(found.exitCode()).isEqualTo(11);
        assertThat(found.out())
                .contains("BAD  segment " + exported.path("lastSegment").asLong(), ": 1 findings");
        CliRun learned = learn(scratch.resolve("rotten"), "--source=file:" + bad, "--timeout", "2s");
        assertThat(learned.exitCode()).as(learned.out() + learned.err()).isEqualTo(11);
        assertThat(learned.err()).contains("error[piece.insufficient]", "the checksum of segment");

        Files.write(bad, java.util.Arrays.copyOf(good, good.length - 1));
        assertRefused(verify(bad), 11, "error[export.damaged]");
        assertRefused(restore(scratch.resolve("r2"), "--source=file:" + bad), 11, "error[export.damaged]");
        assertRefused(verify(layout.genesisFile()), 13, "error[export.other-file]");
        assertRefused(verify(scratch.resolve("none")), 6, "error[file.missing]");

        Path other = scratch.resolve("other");
        assertRan(CliRun.of("init", "--local", "--name", "other", "--out", other));
        CliRun foreign = CliRun.of("verify", "--archive", archive, "--genesis", new ClusterLayout(other).genesisFile());
        assertRefused(foreign, 8, "error[export.foreign]");
        assertThat(scratch.resolve("r2")).doesNotExist();
    }

    @Test
    void nothingIsOverwrittenAndNothingIsLeftOfAnExportThatFails() throws Exception {
        CliRun occupied = CliRun.of(
                "export", "--genesis", layout.genesisFile(), "--out", archive, source(0), source(1), source(2));
        assertRefused(occupied, 8, "error[file.exists]");

        CliRun few = CliRun.of(
                "export",
                "--genesis",
                layout.genesisFile(),
                "--out",
                scratch.resolve("few.sherd"),
                "--timeout",
                "2s",
                source(0),
                source(1));
        assertRefused(few, 11, "error[piece.insufficient]");
        CliRun beyond = CliRun.of(
                "export",
                "--genesis",
                layout.genesisFile(),
                "--out",
                scratch.resolve("few.sherd"),
                "--segments",
                "1000..",
                source(0),
                source(1));
        assertRefused(beyond, 6, "error[ledger.absent]");
        try (Stream<Path> left = Files.list(scratch)) {
            assertThat(left).isEmpty();
        }
    }

    private static void assertRan(CliRun run) {
        assertThat(run.exitCode()).as(run.out() + run.err()).isZero();
    }

    private static void assertRefused(CliRun run, int exitCode, String word) {
        assertThat(run.exitCode()).as(run.out() + run.err()).isEqualTo(exitCode);
        assertThat(run.err()).contains(word);
    }

    private static CliRun verify(Path file) {
        return CliRun.of("verify", "--archive", file, "--genesis", layout.genesisFile(), "--progress", "none");
    }

    private static CliRun learn(Path out, String... more) {
        List<Object> words = new ArrayList<>(
                List.of("learn", "--genesis", layout.genesisFile(), "--out", out, "--progress", "none"));
        words.addAll(List.of(more));
        return CliRun.of(words.toArray());
    }

    private static CliRun restore(Path target, String... more) {
        List<Object> words = new ArrayList<>(List.of(
                "restore",
                "--replica",
                "r2",
                "--data-dir",
                target,
                "--genesis",
                layout.genesisFile(),
                "--progress",
                "none",
                "--timeout",
                "10s"));
        words.addAll(List.of(more));
        return CliRun.of(words.toArray());
    }

    private static String source(int replica) {
        return "--source=dir:" + layout.data(replica);
    }
}
