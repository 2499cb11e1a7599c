package io.sherd.archive.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sherd.archive.state.StateImport.Wanted;
import io.sherd.archive.store.StoreOwner;
import io.sherd.merkle.Digest;
import io.sherd.replication.wire.Bytes;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A state moves from one store to another in chunks that a liar cannot change and a crash cannot spoil. */
final class StateImportTest {

    private static final int CHUNK_BYTES = 400;

    private final StoreOwner owner = StoreOwner.learner(Digest.ZERO);
    private final MemoryStateStore source = new MemoryStateStore();

    @TempDir
    private Path temporary = Path.of("");

    private Optional<RocksStateStore> opened = Optional.empty();

    @BeforeEach
    void create() throws Exception {
        RocksStateStore.create(temporary.resolve("state"), owner);
        opened = Optional.of(RocksStateStore.open(temporary.resolve("state"), owner));
    }

    @AfterEach
    void close() throws Exception {
        store().close();
    }

    @Test
    void wholeStateArrives() throws Exception {
        fillSource(1, 300, "value");

        int chunks = fetchAll();

        assertThat(chunks).isGreaterThan(20);
        assertSameAsSource();
        reopen();
        assertSameAsSource();
        assertThat(store().importing()).isEmpty();
    }

    @Test
    void importedStateTakesFurtherCheckpoints() throws Exception {
        fillSource(1, 100, "value");
        int _ = fetchAll();
        List<StateChange> changes = List.of(StateStoreContract.put("key3", "later"), StateStoreContract.delete("key4"));

        for (long sequence = 2; sequence < 8; sequence++) {
            assertThat(store().commit(sequence, changes)).isEqualTo(source.commit(sequence, changes));
        }

        assertSameAsSource();
    }

    @Test
    void emptyStateArrives() throws Exception {
        source.commit(5, List.of());
        store().commit(1, List.of(StateStoreContract.put("a", "1")));

        assertThat(fetchAll()).isZero();

        assertSameAsSource();
    }

    @Test
    void stateOfOneKeyArrives() throws Exception {
        fillSource(1, 1, "value");

        assertThat(fetchAll()).isEqualTo(1);

        assertSameAsSource();
    }

    @Test
    void laggingStoreFetchesOnlyWhatDiffers() throws Exception {
        fillSource(1, 300, "value");
        int whole = fetchAll();
        source.commit(
                2,
                List.of(
                        StateStoreContract.put("key7", "changed"),
                        StateStoreContract.delete("key8"),
                        StateStoreContract.put("new", "one")));

        int again = fetchAll();

        assertThat(again).isLessThan(whole / 2);
        assertSameAsSource();
        assertThat(store().checkpoints()).hasSize(3);
    }

    @Test
    void randomStatesReplaceEachOther() throws Exception {
        long seed = Long.getLong("sherd.seed", 17);
        Random random = new Random(seed);
        Map<Bytes, Bytes> twin = new TreeMap<>();
        for (int sequence = 1; sequence <= 25; sequence++) {
            source.commit(
                    sequence,
                    StateStoreContract.randomChanges(random, twin, random.nextInt(40))
                            .values());
            if (random.nextBoolean()) {
                int _ = fetchAll();
                assertThat(store().latest())
                        .as("after position %d of -Dsherd.seed=%d", sequence, seed)
                        .isEqualTo(source.latest());
                assertSameAsSource();
            }
        }
    }

    @Test
    void interruptedImportGoesOnAfterReopening() throws Exception {
        fillSource(1, 300, "value");
        StateImport begun = StateImport.begin(store(), source.latest());
        for (int i = 0; i < 20; i++) {
            Wanted part = begun.wanted(1).getFirst();
            assertThat(begun.accept(part, chunk(part))).isTrue();
        }
        reopen();
        assertThat(store().importing()).contains(source.latest());
        assertThat(store().latest().sequence()).isZero();
        RocksStateStore other = freshStore("other");
        int whole = fetchAllInto(other);
        other.close();

        int rest = fetchAll();

        assertThat(rest).isLessThanOrEqualTo(whole - 12);
        assertSameAsSource();
    }

    @Test
    void supersededImportGoesOnUnderTheNewerRoot() throws Exception {
        fillSource(1, 300, "value");
        StateImport begun = StateImport.begin(store(), source.latest());
        for (int i = 0; i < 25; i++) {
            Wanted part = begun.wanted(1).getFirst();
            assertThat(begun.accept(part, chunk(part))).isTrue();
        }
        List<StateChange> changes = new ArrayList<>();
        for (int i = 0; i < 300; i += 30) {
            changes.add(StateStoreContract.put("key" + i, "newer"));
            changes.add(StateStoreContract.delete("key" + (i + 1)));
        }
        source.commit(2, changes);

        int _ = fetchAll();

        assertSameAsSource();
        for (int i = 0; i < 300; i++) {
            Bytes key = StateStoreContract.bytes("key" + i);
            assertThat(store().get(StateLeaf.APPLICATION, key)).isEqualTo(source.get(StateLeaf.APPLICATION, key));
        }
    }

    @Test
    void latestCheckpointStaysReadableDuringAnImport() throws Exception {
        store().commit(1, List.of(StateStoreContract.put("key1", "old"), StateStoreContract.put("mine", "1")));
        StateCheckpoint before = store().latest();
        fillSource(2, 50, "value");
        StateImport begun = StateImport.begin(store(), source.latest());
        while (!begun.isComplete()) {
            Wanted part = begun.wanted(1).getFirst();
            assertThat(begun.accept(part, chunk(part))).isTrue();
            assertThat(store().get(StateLeaf.APPLICATION, StateStoreContract.bytes("key1")))
                    .contains(StateStoreContract.bytes("old"));
            assertThat(store().chunk(1, before.root(), Bytes.EMPTY, Integer.MAX_VALUE)
                            .orElseThrow()
                            .digest(Bytes.EMPTY))
                    .isEqualTo(before.root());
        }
        begun.finish();

        assertThat(store().get(StateLeaf.APPLICATION, StateStoreContract.bytes("mine")))
                .isEmpty();
        assertThat(store().checkpoints()).contains(before);
    }

    @Test
    void abandonedImportLeavesTheStoreAsItWas() throws Exception {
        store().commit(1, List.of(StateStoreContract.put("key1", "old"), StateStoreContract.put("mine", "1")));
        StateCheckpoint before = store().latest();
        fillSource(2, 100, "value");
        StateImport begun = StateImport.begin(store(), source.latest());
        for (int i = 0; i < 9; i++) {
            Wanted part = begun.wanted(1).getFirst();
            assertThat(begun.accept(part, chunk(part))).isTrue();
        }
        assertThatThrownBy(() -> store().commit(2, List.of()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("an import is under way");

        store().abandonImport();

        assertThat(store().latest()).isEqualTo(before);
        List<StateChange> changes = List.of(StateStoreContract.put("key2", "x"));
        assertThat(store().commit(2, changes))
                .isEqualTo(ReferenceStateTree.root(Map.of(
                        StateStoreContract.bytes("key1"), StateStoreContract.bytes("old"),
                        StateStoreContract.bytes("mine"), StateStoreContract.bytes("1"),
                        StateStoreContract.bytes("key2"), StateStoreContract.bytes("x"))));
        assertThat(store().get(StateLeaf.APPLICATION, StateStoreContract.bytes("key5")))
                .isEmpty();
    }

    @Test
    void changedChunksAreRefusedEachForItsReason() throws Exception {
        fillSource(1, 60, "value");
        StateImport begun = StateImport.begin(store(), source.latest());
        while (!begun.isComplete()) {
            Wanted part = begun.wanted(1).getFirst();
            StateChunk good = chunk(part);
            for (StateChunk bad : broken(good)) {
                assertThatThrownBy(() -> begun.accept(part, bad))
                        .as("%s instead of %s", bad, good)
                        .isInstanceOf(InvalidStateException.class);
            }
            assertThat(begun.accept(part, good)).isTrue();
            assertThat(begun.accept(part, good)).as("a second time").isFalse();
        }
        begun.finish();
        assertSameAsSource();
    }

    @Test
    void finishingTooEarlyIsRefused() throws Exception {
        fillSource(1, 60, "value");
        StateImport begun = StateImport.begin(store(), source.latest());

        assertThatThrownBy(begun::finish)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("1 parts of the state of position 1 are still needed");
    }

    @Test
    void importOnlyGoesForward() throws Exception {
        fillSource(5, 60, "value");
        StateImport _ = StateImport.begin(store(), source.latest());

        assertThatThrownBy(() -> StateImport.begin(store(), new StateCheckpoint(4, Digest.ZERO)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("an import of position 5 is under way");
        store().abandonImport();
        store().commit(6, List.of());
        assertThatThrownBy(() -> StateImport.begin(store(), source.latest()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the state of position 6 cannot become that of position 5");
    }

    /** The chunk with one thing wrong, in every way that a liar might try. */
    private static List<StateChunk> broken(StateChunk good) {
        List<StateChunk> broken = new ArrayList<>();
        switch (good) {
            case StateChunk.Inner(SortedMap<Integer, Digest> children) -> {
                for (int nibble : children.keySet()) {
                    SortedMap<Integer, Digest> without = new TreeMap<>(children);
                    without.remove(nibble);
                    broken.add(new StateChunk.Inner(without));
                    SortedMap<Integer, Digest> other = new TreeMap<>(children);
                    other.put(nibble, Digest.ZERO);
                    broken.add(new StateChunk.Inner(other));
                }
                SortedMap<Integer, Digest> beyond = new TreeMap<>(children);
                beyond.put(16, Digest.ZERO);
                broken.add(new StateChunk.Inner(beyond));
                SortedMap<Integer, Digest> below = new TreeMap<>(children);
                below.put(-1, Digest.ZERO);
                broken.add(new StateChunk.Inner(below));
                broken.add(new StateChunk.Leaves(List.of()));
            }
            case StateChunk.Leaves(List<StateLeaf> leaves) -> {
                for (int i = 0; i < leaves.size(); i++) {
                    StateLeaf leaf = leaves.get(i);
                    List<StateLeaf> without = new ArrayList<>(leaves);
                    without.remove(i);
                    broken.add(new StateChunk.Leaves(without));
                    for (StateLeaf other : List.of(
                            new StateLeaf(leaf.space(), leaf.key(), StateStoreContract.bytes("other")),
                            new StateLeaf(leaf.space() + 1, leaf.key(), leaf.value()),
                            new StateLeaf(leaf.space(), StateStoreContract.bytes("another key"), leaf.value()))) {
                        List<StateLeaf> changed = new ArrayList<>(leaves);
                        changed.set(i, other);
                        broken.add(new StateChunk.Leaves(changed));
                    }
                    List<StateLeaf> twice = new ArrayList<>(leaves);
                    twice.add(i, leaf);
                    broken.add(new StateChunk.Leaves(twice));
                }
                if (leaves.size() > 1) {
                    broken.add(new StateChunk.Leaves(leaves.reversed()));
                }
                broken.add(new StateChunk.Inner(
                        new TreeMap<>(Map.of(0, leaves.getFirst().digest()))));
                broken.add(new StateChunk.Inner(new TreeMap<>()));
            }
        }
        return broken;
    }

    private void fillSource(long sequence, int keys, String value) {
        List<StateChange> changes = new ArrayList<>();
        for (int i = 0; i < keys; i++) {
            changes.add(StateStoreContract.put("key" + i, value + i));
        }
        Digest _ = source.commit(sequence, changes);
    }

    private int fetchAll() throws Exception {
        return fetchAllInto(store());
    }

    private int fetchAllInto(RocksStateStore into) throws Exception {
        StateImport begun = StateImport.begin(into, source.latest());
        int chunks = 0;
        while (!begun.isComplete()) {
            // Several at a time, as they come from several sources, the last first.
            for (Wanted part : begun.wanted(3).reversed()) {
                assertThat(begun.accept(part, chunk(part))).isTrue();
                chunks++;
            }
        }
        begun.finish();
        return chunks;
    }

    private StateChunk chunk(Wanted part) {
        StateCheckpoint latest = source.latest();
        return source.chunk(latest.sequence(), latest.root(), part.prefix(), CHUNK_BYTES)
                .orElseThrow();
    }

    private void assertSameAsSource() throws Exception {
        StateCheckpoint latest = source.latest();
        assertThat(store().latest()).isEqualTo(latest);
        assertThat(store().chunk(latest.sequence(), latest.root(), Bytes.EMPTY, Integer.MAX_VALUE))
                .isEqualTo(source.chunk(latest.sequence(), latest.root(), Bytes.EMPTY, Integer.MAX_VALUE));
    }

    private void reopen() throws Exception {
        store().close();
        opened = Optional.of(RocksStateStore.open(temporary.resolve("state"), owner));
    }

    private RocksStateStore freshStore(String name) throws Exception {
        RocksStateStore.create(temporary.resolve(name), owner);
        return RocksStateStore.open(temporary.resolve(name), owner);
    }

    private RocksStateStore store() {
        return opened.orElseThrow();
    }
}
