package io.sherd.archive.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.FlushOptions;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WALRecoveryMode;
import org.rocksdb.WriteOptions;

/**
 * What RocksDB does with other options than ours, on the version that is used: why {@link RocksOptions} says what it says. A fact
 * that changes with a new version shows here, and then docs/storage.md is to be read again.
 */
final class RocksFactsTest {

    private static final int KEYS = 20;

    @TempDir
    private Path temporary = Path.of("");

    @BeforeAll
    static void load() {
        NativeLibraries.load();
    }

    @Test
    void byDefaultOneBitInTheLogQuietlyTakesTheSyncedKeysBehindIt() throws Exception {
        Path image = imageOfALog();
        flip(file(image, ".log"), Files.size(file(image, ".log")) / 2);

        assertThat(keysOf(copyOf(image), new Options())).isBetween(1, KEYS - 1);
        assertThat(keysOf(copyOf(image), mode(WALRecoveryMode.PointInTimeRecovery)))
                .isBetween(1, KEYS - 1);
        assertThat(keysOf(copyOf(image), mode(WALRecoveryMode.SkipAnyCorruptedRecords)))
                .isBetween(1, KEYS - 1);
        assertRefused(copyOf(image), mode(WALRecoveryMode.AbsoluteConsistency));
        assertRefused(copyOf(image), mode(WALRecoveryMode.TolerateCorruptedTailRecords));
    }

    @Test
    void aTornTailKeepsTheStrictestModeFromEverOpeningAgain() throws Exception {
        Path image = imageOfALog();
        truncate(file(image, ".log"), Files.size(file(image, ".log")) - 3);

        for (int restart = 0; restart < 2; restart++) {
            assertRefused(image, mode(WALRecoveryMode.AbsoluteConsistency));
        }
        assertThat(keysOf(copyOf(image), mode(WALRecoveryMode.TolerateCorruptedTailRecords)))
                .isEqualTo(KEYS - 1);
    }

    @Test
    void aLogThatIsGoneIsNotMissed() throws Exception {
        Path image = imageOfALog();
        Files.delete(file(image, ".log"));

        assertThat(keysOf(image, mode(WALRecoveryMode.TolerateCorruptedTailRecords)))
                .isZero();
    }

    @Test
    void withCreateIfMissingADatabaseWithoutItsCurrentFileComesBackEmpty() throws Exception {
        Path database = flushed();
        Files.delete(database.resolve("CURRENT"));
        for (int restart = 0; restart < 2; restart++) {
            assertRefused(database, new Options());
        }

        int found = -1;
        for (int restart = 0; restart < 3 && found < 0; restart++) {
            try {
                found = keysOf(database, new Options().setCreateIfMissing(true));
            } catch (RocksDBException e) {
                assertThat(restart)
                        .as("the first open may refuse: %s", e.getMessage())
                        .isZero();
            }
        }
        assertThat(found).isZero();
        assertThat(keysOf(database, new Options())).as("for ever").isZero();
    }

    @Test
    void oneBitInATableTakesItsBlockAndAMissingTableTheDatabase() throws Exception {
        Path database = flushed();
        Path table = file(database, ".sst");
        flip(table, 40);
        try (Options options = new Options();
                RocksDB opened = RocksDB.open(options, database.toString())) {
            assertThatThrownBy(() -> opened.get(key(0)))
                    .isInstanceOf(RocksDBException.class)
                    .hasMessageContaining("checksum");
            assertThat(opened.get(key(KEYS * 100 - 1))).isNotNull();
            assertThatThrownBy(opened::verifyChecksum).isInstanceOf(RocksDBException.class);
        }

        Files.delete(table);
        assertRefused(database, new Options());
    }

    @Test
    void aSecondOpenIsRefused() throws Exception {
        Path database = flushed();
        try (Options options = new Options();
                RocksDB _ = RocksDB.open(options, database.toString())) {
            assertRefused(database, new Options());
        }
    }

    /** A crash image of a database whose keys are all in the log, each synced. */
    private Path imageOfALog() throws Exception {
        Path database = temporary.resolve("log");
        try (Options options = new Options().setCreateIfMissing(true);
                WriteOptions synced = new WriteOptions().setSync(true);
                RocksDB opened = RocksDB.open(options, database.toString())) {
            for (int i = 0; i < KEYS; i++) {
                opened.put(synced, key(i), new byte[100]);
            }
            return copyOf(database);
        }
    }

    /** A database whose keys are all in one table of many blocks. */
    private Path flushed() throws Exception {
        Path database = temporary.resolve("flushed");
        try (Options options = new Options().setCreateIfMissing(true);
                FlushOptions flush = new FlushOptions();
                RocksDB opened = RocksDB.open(options, database.toString())) {
            for (int i = 0; i < KEYS * 100; i++) {
                opened.put(key(i), new byte[100]);
            }
            opened.flush(flush);
        }
        return database;
    }

    private static int keysOf(Path database, Options options) throws RocksDBException {
        try (options;
                RocksDB opened = RocksDB.open(options, database.toString());
                ReadOptions reading = new ReadOptions();
                RocksIterator keys = opened.newIterator(reading)) {
            int count = 0;
            for (keys.seekToFirst(); keys.isValid(); keys.next()) {
                count++;
            }
            keys.status();
            return count;
        }
    }

    private static void assertRefused(Path database, Options options) {
        assertThatThrownBy(() -> keysOf(database, options)).isInstanceOf(RocksDBException.class);
    }

    private static Options mode(WALRecoveryMode mode) {
        return new Options().setWalRecoveryMode(mode);
    }

    private static byte[] key(int number) {
        return "key%06d".formatted(number).getBytes(StandardCharsets.US_ASCII);
    }

    private Path copyOf(Path directory) throws IOException {
        Path copy = Files.createTempDirectory(temporary, "image");
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.copy(file, copy.resolve(file.getFileName()));
            }
        }
        return copy;
    }

    private static Path file(Path directory, String ending) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(ending))
                    .max(Comparator.naturalOrder())
                    .orElseThrow();
        }
    }

    private static void truncate(Path file, long size) throws IOException {
        try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
            access.setLength(size);
        }
    }

    private static void flip(Path file, long at) throws IOException {
        try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
            access.seek(at);
            int value = access.read();
            access.seek(at);
            access.write(value ^ 1);
        }
    }
}
