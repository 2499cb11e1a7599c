package io.sherd.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.sherd.archive.genesis.GenesisFile;
import io.sherd.archive.store.RocksPieceStore;
import io.sherd.archive.store.StoreOwner;
import io.sherd.cli.cluster.ClusterLayout;
import io.sherd.replication.genesis.Genesis;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** {@code sherd verify} over the directories that four replicas left. */
final class VerifyIT {

    private static final int REPLICA = 3;

    @TempDir
    private static Path temporary;

    private static ClusterLayout layout;
    private static Genesis genesis;

    @TempDir
    private Path scratch;

    @BeforeAll
    static void runACluster() throws Exception {
        layout = LeftDirectories.of(temporary.resolve("cluster"));
        genesis = GenesisFile.read(layout.genesisFile());
    }

    @ParameterizedTest
    @ValueSource(strings = {"manifest", "paths", "decode", "replay"})
    void everyLevelFindsAWholeDirectoryRightAndChangesNoByteOfIt(String level) throws Exception {
        Map<String, String> before = LeftDirectories.contents(layout.root());

        CliRun run = verify(REPLICA, "--level", level, "--source", source(0), "--source", source(1), "--json");

        assertThat(run.exitCode()).as(run.out() + run.err()).isZero();
        assertThat(LeftDirectories.contents(layout.root())).isEqualTo(before);
        JsonNode document = run.json();
        assertThat(document.path("schema").asString()).isEqualTo("sherd.verify/1");
        assertThat(document.path("level").asString()).isEqualTo(level);
        assertThat(document.path("findings")).isEmpty();
        long segments = document.path("segments").asLong();
        assertThat(segments).isGreaterThanOrEqualTo(LeftDirectories.LEAST_SEGMENTS);
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
        assertThat(run.out())
                .contains(
                        "BAD  TOO_FEW_PIECES segment 0: 2 valid pieces, 3 needed",
                        "worst slack -1",
                        "name more of them with --source dir:PATH, and keep this one")
                .doesNotContain("sherd restore");
    }

    @Test
    void aPieceThatIsMissingIsRepairableWhileTheSegmentStillDecodes() throws Exception {
        Path copy = scratch.resolve("copy");
        LeftDirectories.copy(layout.data(REPLICA), copy);
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
        Path nested = layout.data(REPLICA).resolve("state");
        CliRun within = verify(REPLICA, "--level", "replay", "--source", source(0), "--scratch", nested);
        assertThat(within.exitCode()).isEqualTo(2);
        assertThat(within.err()).contains("--scratch must not be in " + layout.data(REPLICA));
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
}
