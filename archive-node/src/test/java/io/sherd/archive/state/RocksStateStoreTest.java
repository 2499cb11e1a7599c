package io.sherd.archive.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sherd.archive.store.DirectoryAbsentException;
import io.sherd.archive.store.RocksDatabase;
import io.sherd.archive.store.RocksDatabase.Durability;
import io.sherd.archive.store.RocksDatabase.Entry;
import io.sherd.archive.store.RocksDatabase.Family;
import io.sherd.archive.store.RocksDatabase.OnRot;
import io.sherd.archive.store.RocksDatabase.Schema;
import io.sherd.archive.store.RocksDatabase.Writes;
import io.sherd.archive.store.StoreCorruptException;
import io.sherd.archive.store.StoreException;
import io.sherd.archive.store.StoreOwner;
import io.sherd.archive.store.UnsafeDirectoryException;
import io.sherd.merkle.Digest;
import io.sherd.replication.wire.Bytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract on disk, and what a disk adds: coming back, pruning, and damage that is named. */
final class RocksStateStoreTest extends StateStoreContract {

    private static final Family NODES = new Family("nodes", false);
    private static final Family LEAVES = new Family("leaves", false);
    private static final Family RECORDS = new Family("records", false);
    private static final Schema SCHEMA = new Schema("state", 1, List.of(NODES, LEAVES, RECORDS), OnRot.STOP_WRITING);

    private final StoreOwner owner = new StoreOwner(Digest.ZERO, 2);

    @TempDir
    private Path temporary = Path.of("");

    @Override
    StateStore emptyStore() throws Exception {
        RocksStateStore.create(directory(), owner);
        return RocksStateStore.open(directory(), owner);
    }

    @Test
    void checkpointsAreReadableAfterReopening() throws Exception {
        List<StateCheckpoint> all = new ArrayList<>();
        for (int i = 1; i <= 4; i++) {
            all.add(new StateCheckpoint(i, commit(i, put("a", "value " + i), put("key" + i, "x"))));
        }
        store.close();

        RocksStateStore reopened = RocksStateStore.open(directory(), owner);
        store = reopened;

        assertThat(reopened.checkpoints()).isEqualTo(all.subList(1, 4));
        assertThat(get("a")).contains(bytes("value 4"));
        for (StateCheckpoint checkpoint : reopened.checkpoints()) {
            StateChunk whole = store.chunk(checkpoint.sequence(), checkpoint.root(), Bytes.EMPTY, NO_LIMIT)
                    .orElseThrow();
            assertThat(whole.digest(Bytes.EMPTY)).isEqualTo(checkpoint.root());
            assertThat(map(whole)).containsEntry(bytes("a"), bytes("value " + checkpoint.sequence()));
        }
    }

    @Test
    void nothingThatReturnedIsLostByAKill() throws Exception {
        fill(100);
        commit(7, put("a", "1"));
        Path image = copyOf(directory());

        try (RocksStateStore after = RocksStateStore.open(image, owner)) {
            assertThat(after.latest()).isEqualTo(store.latest());
            assertThat(after.get(StateLeaf.APPLICATION, bytes("a"))).contains(bytes("1"));
        }
    }

    @Test
    void deletedLogIsNoticedByTheHighWaterMark() throws Exception {
        fill(100);
        Path image = copyOf(directory());
        try (Stream<Path> files = Files.list(image)) {
            for (Path log :
                    files.filter(file -> file.toString().endsWith(".log")).toList()) {
                Files.delete(log);
            }
        }

        assertThatThrownBy(() -> RocksStateStore.open(image, owner)).isInstanceOf(StoreException.class);
    }

    @Test
    void supersededVersionsAreDeleted() throws Exception {
        long seed = Long.getLong("sherd.seed", 13);
        Random random = new Random(seed);
        TreeMap<Bytes, Bytes> twin = new TreeMap<>();
        for (int sequence = 1; sequence <= 100; sequence++) {
            store.commit(sequence, randomChanges(random, twin, 10).values());
        }
        // Three checkpoints of nothing new: what is left is what the latest one reaches, and no more.
        for (int sequence = 101; sequence <= 103; sequence++) {
            store.commit(sequence, List.of());
        }
        store.close();

        assertThat(count(LEAVES)).as("leaves, -Dsherd.seed=%d", seed).isEqualTo(twin.size());
        try (RocksStateStore fresh = freshCopyOf(twin)) {
            assertThat(count(NODES)).as("nodes, -Dsherd.seed=%d", seed).isEqualTo(countNodes(fresh));
        }
        assertThat(count(RECORDS)).isEqualTo(StateStore.KEPT_CHECKPOINTS);
        store = RocksStateStore.open(directory(), owner);
        assertThat(store.latest().root()).isEqualTo(ReferenceStateTree.root(twin));
    }

    @Test
    void costOfACheckpointFollowsTheChangesAndNotTheState() throws Exception {
        List<StateChange> many = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            many.add(put("key" + i, "value"));
        }
        store.commit(1, many);
        store.close();
        long before = count(NODES) + count(LEAVES) + count(RECORDS);
        store = RocksStateStore.open(directory(), owner);

        commit(2, put("key7", "other"), delete("key8"), put("new", "one"));
        store.close();

        long after = count(NODES) + count(LEAVES) + count(RECORDS);
        assertThat(after - before).isLessThanOrEqualTo(3 * (1 + 6) + 2);
        store = RocksStateStore.open(directory(), owner);
    }

    @Test
    void nodeOrLeafOfAnotherContentIsCorruptThoughItsChecksumIsRight() throws Exception {
        fill(40);
        StateCheckpoint latest = store.latest();
        store.close();
        for (Family family : List.of(NODES, LEAVES)) {
            swapTwoValues(family);

            try (RocksStateStore damaged = RocksStateStore.open(directory(), owner)) {
                assertThatThrownBy(() -> damaged.chunk(latest.sequence(), latest.root(), Bytes.EMPTY, NO_LIMIT))
                        .isInstanceOf(StoreCorruptException.class)
                        .hasMessageContaining("its parent says");
            }
            swapTwoValues(family);
        }
        store = RocksStateStore.open(directory(), owner);
        assertThat(store.chunk(latest.sequence(), latest.root(), Bytes.EMPTY, NO_LIMIT))
                .isPresent();
    }

    @Test
    void missingNodeIsNamed() throws Exception {
        fill(40);
        StateCheckpoint latest = store.latest();
        store.close();
        try (RocksDatabase database = RocksDatabase.open(directory(), SCHEMA, owner)) {
            Entry last =
                    database.scan(NODES, Bytes.EMPTY, Bytes.EMPTY, NO_LIMIT).getLast();
            database.write(new Writes().delete(NODES, last.key()), Durability.SYNCED);
        }
        store = RocksStateStore.open(directory(), owner);

        assertThatThrownBy(() -> store.chunk(latest.sequence(), latest.root(), Bytes.EMPTY, NO_LIMIT))
                .isInstanceOf(StoreCorruptException.class)
                .hasMessageMatching("state: node [0-9a-f]+ of version 1 is missing");
    }

    @Test
    void checkpointsAreReadWholeWhileOthersAreCommitted() throws Exception {
        long seed = Long.getLong("sherd.seed", 14);
        Random random = new Random(seed);
        TreeMap<Bytes, Bytes> twin = new TreeMap<>();
        AtomicBoolean isDone = new AtomicBoolean();
        try (ExecutorService readers = Executors.newFixedThreadPool(2)) {
            Callable<Integer> reader = () -> {
                int read = 0;
                do {
                    StateCheckpoint latest = store.latest();
                    Optional<StateChunk> whole = store.chunk(latest.sequence(), latest.root(), Bytes.EMPTY, NO_LIMIT);
                    if (whole.isPresent()) {
                        assertThat(whole.get().digest(Bytes.EMPTY)).isEqualTo(latest.root());
                        read++;
                    }
                } while (!isDone.get());
                return read;
            };
            List<Future<Integer>> reads = List.of(readers.submit(reader), readers.submit(reader));
            try {
                for (int sequence = 1; sequence <= 150; sequence++) {
                    store.commit(sequence, randomChanges(random, twin, 10).values());
                }
            } finally {
                isDone.set(true);
            }
            for (Future<Integer> read : reads) {
                assertThat(read.get()).as("-Dsherd.seed=%d", seed).isPositive();
            }
        }
    }

    @Test
    void anotherOwnersOrAnAbsentStoreIsRefused() throws Exception {
        assertThatThrownBy(() -> RocksStateStore.open(directory(), new StoreOwner(Digest.ZERO, 3)))
                .isInstanceOf(StoreException.class);
        store.close();
        assertThatThrownBy(() -> RocksStateStore.open(directory(), new StoreOwner(Digest.ZERO, 3)))
                .isInstanceOf(UnsafeDirectoryException.class);
        assertThatThrownBy(() -> RocksStateStore.open(temporary.resolve("nowhere"), owner))
                .isInstanceOf(DirectoryAbsentException.class);
        assertThatThrownBy(() -> RocksStateStore.openReadOnly(temporary.resolve("nowhere")))
                .isInstanceOf(DirectoryAbsentException.class);
        store = RocksStateStore.open(directory(), owner);
    }

    @Test
    void readingOnlySeesTheStateAndRefusesToCommit() throws Exception {
        commit(3, put("a", "1"));
        try (RocksStateStore reader = RocksStateStore.openReadOnly(directory())) {
            assertThat(reader.owner()).isEqualTo(owner);
            assertThat(reader.latest()).isEqualTo(store.latest());
            assertThat(reader.get(StateLeaf.APPLICATION, bytes("a"))).contains(bytes("1"));
            assertThatThrownBy(() -> reader.commit(4, List.of(put("a", "2"))))
                    .isInstanceOf(IllegalStateException.class);
        }
    }

    private void swapTwoValues(Family family) throws StoreException {
        try (RocksDatabase database = RocksDatabase.open(directory(), SCHEMA, owner)) {
            List<Entry> entries = database.scan(family, Bytes.EMPTY, Bytes.EMPTY, NO_LIMIT);
            Entry first = entries.get(entries.size() - 1);
            Entry second = entries.get(entries.size() - 2);
            database.write(
                    new Writes().put(family, first.key(), second.value()).put(family, second.key(), first.value()),
                    Durability.SYNCED);
        }
    }

    private long count(Family family) throws StoreException {
        try (RocksDatabase database = RocksDatabase.openReadOnly(directory(), SCHEMA)) {
            return database.scan(family, Bytes.EMPTY, Bytes.EMPTY, NO_LIMIT).size();
        }
    }

    private RocksStateStore freshCopyOf(Map<Bytes, Bytes> state) throws StoreException {
        RocksStateStore.create(temporary.resolve("fresh"), owner);
        RocksStateStore fresh = RocksStateStore.open(temporary.resolve("fresh"), owner);
        List<StateChange> changes = new ArrayList<>();
        state.forEach((key, value) -> changes.add(new StateChange(0, key, Optional.of(value))));
        Digest _ = fresh.commit(1, changes);
        return fresh;
    }

    private long countNodes(RocksStateStore fresh) throws StoreException {
        assertThat(fresh.latest().sequence()).isEqualTo(1);
        try (RocksDatabase database = RocksDatabase.openReadOnly(temporary.resolve("fresh"), SCHEMA)) {
            return database.scan(NODES, Bytes.EMPTY, Bytes.EMPTY, NO_LIMIT).size();
        }
    }

    private Path directory() {
        return temporary.resolve("state");
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
}
