package io.sherd.archive.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** RocksDB writes down the options that it runs with: a misspelt one, or one that a later version dropped, shows here. */
final class RocksOptionsTest {

    @TempDir
    private Path temporary = Path.of("");

    @Test
    void theOptionsThatKeepItFromLosingDataReachTheDatabase() throws Exception {
        TestLedger ledger = new TestLedger(1);
        Path archive = temporary.resolve("archive");
        RocksPieceStore.create(archive, ledger.owner);

        try (RocksPieceStore _ = RocksPieceStore.open(archive, ledger.owner)) {
            assertThat(optionsOf(archive))
                    .contains(
                            "wal_recovery_mode=kTolerateCorruptedTailRecords",
                            "track_and_verify_wals_in_manifest=true",
                            "max_bgerror_resume_count=0",
                            "create_if_missing=false",
                            "create_missing_column_families=false",
                            "paranoid_checks=true",
                            "paranoid_file_checks=true",
                            "force_consistency_checks=true",
                            "allow_fallocate=false");
        }
    }

    private static List<String> optionsOf(Path directory) throws Exception {
        try (Stream<Path> files = Files.list(directory)) {
            Path newest = files.filter(file -> file.getFileName().toString().startsWith("OPTIONS-"))
                    .max(Path::compareTo)
                    .orElseThrow();
            return Files.readAllLines(newest).stream().map(String::strip).toList();
        }
    }
}
