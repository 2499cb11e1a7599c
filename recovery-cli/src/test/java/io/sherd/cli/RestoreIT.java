package io.sherd.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sherd.archive.genesis.GenesisFile;
import io.sherd.archive.store.DataDirectory;
import io.sherd.archive.store.DurableFiles;
import io.sherd.archive.store.RocksPieceStore;
import io.sherd.archive.store.StoreOwner;
import io.sherd.cli.cluster.ClusterLayout;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.piece.Piece;
import io.sherd.replication.wire.Bytes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** {@code sherd restore} from the directories that four replicas left, none of which runs. */
final class RestoreIT {

    private static final int LOST = 3;

    /** Less than the commitments of the ledger take in the log of an archive. */
    private static final int SOME_SEGMENTS_BYTES = 512;

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

    @Test
    void aPlanSaysWhatIsReadFromWhereAndChangesNoByteAnywhere() throws Exception {
        Map<String, String> before = LeftDirectories.contents(layout.root());
        Path target = scratch.resolve("r3");

        CliRun plan = restore(target, "--dry-run", "--json", source(0), source(1), source(2));

        assertThat(plan.exitCode()).as(plan.out() + plan.err()).isZero();
        assertThat(LeftDirectories.contents(layout.root())).isEqualTo(before);
        assertThat(target).doesNotExist();
        JsonNode document = plan.json();
        assertThat(document.path("schema").asString()).isEqualTo("sherd.restore-plan/1");
        assertThat(document.path("segments").asLong()).isGreaterThanOrEqualTo(LeftDirectories.LEAST_SEGMENTS);
        assertThat(document.path("piecesToWrite").asLong())
                .isEqualTo(document.path("segments").asLong());
        assertThat(document.path("reads").propertyNames()).containsExactly("r0", "r1", "r2");
        assertThat(document.path("bytesToRead").asLong()).isPositive();
        assertThat(document.path("bytesToWrite").asLong()).isPositive();
        assertThat(document.path("seconds").isNumber()).isTrue();
        assertThat(document.path("missing")).isEmpty();
    }

    @Test
    void aPlanWithTooFewDirectoriesNamesWhatIsMissing() {
        CliRun plan = restore(scratch.resolve("r3"), "--dry-run", source(0), source(1));

        assertThat(plan.exitCode()).isEqualTo(11);
        assertThat(plan.out()).contains("MISSING segments 0 to ", ": 2 pieces in sight, 3 needed");
    }

    @Test
    void deadDirectoriesMakeAReplicaThatVerifiesWhileTheyStayAsTheyAre() throws Exception {
        Map<String, String> before = LeftDirectories.contents(layout.root());
        Path target = scratch.resolve("r3");

        CliRun restored = restore(target, "--json", source(2), source(0), source(1));

        assertThat(restored.exitCode()).as(restored.out() + restored.err()).isZero();
        assertThat(LeftDirectories.contents(layout.root())).isEqualTo(before);
        JsonNode document = restored.json();
        assertThat(document.path("replayed").asBoolean()).isFalse();
        assertThat(document.path("badSources")).isEmpty();
        assertThat(document.path("beyond").toString())
                .contains("no replica was asked", "it votes again once 3 other replicas run");
        CliRun verified = verify(target);
        assertThat(verified.exitCode()).as(verified.out()).isZero();
    }

    @Test
    void aReplayMakesTheSameStateAndOneBadPieceIsNamedAndReplaced() throws Exception {
        Path copy = scratch.resolve("copy of r1");
        LeftDirectories.copy(layout.data(1), copy);
        try (RocksPieceStore archive = RocksPieceStore.open(
                new DataDirectory.Layout(copy).archive(), new StoreOwner(genesis.clusterId(), 1))) {
            Piece right = archive.piece(0, 1).orElseThrow();
            byte[] bytes = right.bytes().toByteArray();
            bytes[0] ^= 1;
            archive.putPiece(new Piece(0, 1, right.siblings(), Bytes.wrap(bytes)));
        }
        Path target = scratch.resolve("r3");

        CliRun restored = restore(
                target, "--json", "--state-from", "replay", source(0), "--source=dir:" + copy, source(2), source(3));

        assertThat(restored.exitCode()).as(restored.out() + restored.err()).isZero();
        assertThat(restored.json().path("replayed").asBoolean()).isTrue();
        // Which three of four are asked is chance; whoever asks for the bad piece names it.
        for (JsonNode bad : restored.json().path("badSources")) {
            assertThat(bad.asString()).contains("r1 in " + copy, "piece 1 of segment 0");
        }
        CliRun verified = verify(target);
        assertThat(verified.exitCode()).as(verified.out()).isZero();
    }

    /** Each run is killed a little later than the one before; the last one is left alone. */
    @Test
    void aRestoreThatIsKilledIsDoneByTheSameCommandAgain() throws Exception {
        Path target = scratch.resolve("r3");
        DataDirectory.Layout made = new DataDirectory.Layout(target);
        List<BooleanSupplier> moments = List.of(
                () -> Files.exists(DurableFiles.aside(target)) || Files.exists(target),
                () -> Files.exists(target),
                () -> logBytes(made.state()) > 0,
                () -> logBytes(made.archive()) > SOME_SEGMENTS_BYTES,
                () -> Files.exists(made.votes()));
        for (BooleanSupplier moment : moments) {
            try (CliProcess restore = CliProcess.start(
                    scratch, words(target, "--state-from", "replay", source(0), source(1), source(2)))) {
                await().pollInterval(Duration.ofMillis(5))
                        .atMost(Duration.ofMinutes(1))
                        .until(() -> moment.getAsBoolean() || !restore.isAlive());
            }
        }

        CliRun restored = CliRun.of(words(target, "--state-from", "replay", source(0), source(1), source(2)));

        assertThat(restored.exitCode()).as(restored.out() + restored.err()).isZero();
        CliRun verified = verify(target);
        assertThat(verified.exitCode()).as(verified.out()).isZero();
    }

    @Test
    void sourcesThatCannotBeAreRefusedBeforeAnythingIsMade() throws Exception {
        Path target = scratch.resolve("r3");
        Path empty = Files.createDirectory(scratch.resolve("empty"));

        CliRun twice = restore(target, source(0), source(1), source(0));
        assertThat(twice.exitCode()).isEqualTo(2);
        assertThat(twice.err()).contains("error[source.twice]", "are both of r0");

        assertThat(restore(target, "--source=dir:" + empty).exitCode()).isEqualTo(6);
        assertThat(restore(target, "--source=s3:bucket").exitCode()).isEqualTo(2);
        assertThat(restore(target, "--source=dir:" + target).exitCode()).isEqualTo(2);

        Path other = scratch.resolve("other");
        assertThat(CliRun.of("init", "--local", "--name", "other", "--out", other)
                        .exitCode())
                .isZero();
        CliRun foreign = restore(target, "--source=dir:" + new ClusterLayout(other).data(0));
        assertThat(foreign.exitCode()).as(foreign.err()).isEqualTo(8);
        assertThat(foreign.err()).contains("is of cluster");

        try (DataDirectory _ = DataDirectory.open(copyOf(2), new StoreOwner(genesis.clusterId(), 2))) {
            CliRun inUse = restore(target, source(0), "--source=dir:" + scratch.resolve("copy of r2"));
            assertThat(inUse.exitCode()).as(inUse.err()).isEqualTo(7);
        }
        assertThat(target).doesNotExist();
    }

    private Path copyOf(int replica) throws Exception {
        Path copy = scratch.resolve("copy of r" + replica);
        LeftDirectories.copy(layout.data(replica), copy);
        return copy;
    }

    private static String source(int replica) {
        return "--source=dir:" + layout.data(replica);
    }

    private static CliRun restore(Path target, Object... more) {
        return CliRun.of(words(target, more));
    }

    private static Object[] words(Path target, Object... more) {
        List<Object> words = new ArrayList<>(List.of(
                "restore",
                "--replica",
                "r" + LOST,
                "--data-dir",
                target,
                "--genesis",
                layout.genesisFile(),
                "--progress",
                "none"));
        words.addAll(List.of(more));
        return words.toArray();
    }

    /** Bytes in a store's write-ahead log; none where the store is not there yet. */
    private static long logBytes(Path store) {
        try (Stream<Path> files = Files.list(store)) {
            return files.filter(file -> file.toString().endsWith(".log"))
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        } catch (NoSuchFileException e) {
            return 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static CliRun verify(Path directory) {
        return CliRun.of("verify", "--data-dir", directory, "--genesis", layout.genesisFile(), "--progress", "none");
    }
}
