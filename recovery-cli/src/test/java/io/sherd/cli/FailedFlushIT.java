package io.sherd.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sherd.archive.store.RocksDatabase;
import io.sherd.archive.store.RocksDatabase.Durability;
import io.sherd.archive.store.RocksDatabase.Family;
import io.sherd.archive.store.RocksDatabase.OnRot;
import io.sherd.archive.store.RocksDatabase.Schema;
import io.sherd.archive.store.RocksDatabase.Writes;
import io.sherd.archive.store.StoreException;
import io.sherd.archive.store.StoreOwner;
import io.sherd.cli.DiskFaults.Mounted;
import io.sherd.merkle.Digest;
import io.sherd.replication.wire.Bytes;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A database that could not write its memory to a full disk. RocksDB by itself goes on when there is space again, as if nothing
 * had been; ours does not, since whoever was told of the failure must find out what is there before anything more is written.
 */
class FailedFlushIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int VALUE_BYTES = 1 << 16;
    private static final Family FAMILY = new Family("values", false);
    private static final Schema SCHEMA = new Schema("test", 1, List.of(FAMILY), OnRot.STOP_WRITING);
    private static final StoreOwner OWNER = new StoreOwner(Digest.of(new byte[Digest.SIZE_BYTES]), 0);

    @TempDir
    private Path temporary;

    @Test
    void noWriteSucceedsAfterAFailedFlushAlthoughRocksDbGoesOnByItself() throws Exception {
        try (Mounted disk = DiskFaults.assumeSmallDisk(temporary.resolve("small"), "48m")) {
            Path path = disk.at().resolve("database");
            RocksDatabase.create(path, SCHEMA, OWNER, new Writes(), _ -> {});
            try (RocksDatabase database = RocksDatabase.open(path, SCHEMA, OWNER)) {
                write(database, "before");
                Path ballast = disk.fill();
                assertThatThrownBy(database::flushAndCompact)
                        .isInstanceOf(StoreException.class)
                        .hasMessageContaining("No space left on device");
                assertThat(hasFlushed(path)).isFalse();
                Files.delete(ballast);
                await().atMost(PATIENCE).until(() -> hasFlushed(path));

                for (int i = 0; i < 2; i++) {
                    assertThatThrownBy(() -> write(database, "after"))
                            .isInstanceOf(StoreException.class)
                            .hasMessageContaining("a flush or compaction failed in the background");
                }
            }
            try (RocksDatabase again = RocksDatabase.open(path, SCHEMA, OWNER)) {
                assertThat(again.get(FAMILY, key("before"))).isPresent();
                write(again, "after");
            }
        }
    }

    /** Whether a table holds the value that was only in memory and in the log. */
    private static boolean hasFlushed(Path database) throws Exception {
        try (Stream<Path> files = Files.list(database)) {
            return files.filter(file -> file.toString().endsWith(".sst"))
                    .anyMatch(table -> table.toFile().length() > VALUE_BYTES);
        }
    }

    private static void write(RocksDatabase database, String key) throws StoreException {
        database.write(new Writes().put(FAMILY, key(key), Bytes.wrap(new byte[VALUE_BYTES])), Durability.SYNCED);
    }

    private static Bytes key(String text) {
        return Bytes.wrap(text.getBytes(StandardCharsets.UTF_8));
    }
}
