package io.sherd.archive.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sherd.archive.store.StoreException;
import io.sherd.merkle.Digest;
import io.sherd.replication.wire.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every {@link StateStore} does. */
abstract class StateStoreContract {

    static final int NO_LIMIT = Integer.MAX_VALUE;

    StateStore store = new MemoryStateStore();

    /** A store of the empty state. */
    abstract StateStore emptyStore() throws Exception;

    @BeforeEach
    void open() throws Exception {
        store = emptyStore();
    }

    @AfterEach
    void close() throws Exception {
        store.close();
    }

    @Test
    void newStoreHasTheEmptyState() throws Exception {
        Digest empty = ReferenceStateTree.root(Map.of());
        assertThat(store.latest()).isEqualTo(new StateCheckpoint(0, empty));
        assertThat(store.get(StateLeaf.APPLICATION, bytes("a"))).isEmpty();
        assertThat(store.chunk(0, empty, Bytes.EMPTY, NO_LIMIT)).contains(new StateChunk.Leaves(List.of()));
        assertThat(store.chunk(0, empty, Bytes.wrap(new byte[] {3}), NO_LIMIT)).isEmpty();
        assertThat(proveLatest(bytes("a")).verify(empty)).isEmpty();
    }

    @Test
    void committedValuesAreRead() throws Exception {
        commit(5, put("a", "1"), put("b", "2"));
        commit(9, put("a", "3"), delete("b"), put("c", ""));

        assertThat(get("a")).contains(bytes("3"));
        assertThat(get("b")).isEmpty();
        assertThat(get("c")).contains(Bytes.EMPTY);
        assertThat(store.latest().sequence()).isEqualTo(9);
        assertThat(store.latest().root())
                .isEqualTo(ReferenceStateTree.root(Map.of(bytes("a"), bytes("3"), bytes("c"), Bytes.EMPTY)));
    }

    @Test
    void spacesDoNotMix() throws Exception {
        store.commit(
                1,
                List.of(
                        new StateChange(StateLeaf.APPLICATION, bytes("k"), Optional.of(bytes("v"))),
                        new StateChange(StateLeaf.SESSION, bytes("k"), Optional.of(bytes("s")))));

        assertThat(store.get(StateLeaf.APPLICATION, bytes("k"))).contains(bytes("v"));
        assertThat(store.get(StateLeaf.SESSION, bytes("k"))).contains(bytes("s"));
    }

    @Test
    void checkpointWithoutChangesKeepsTheRoot() throws Exception {
        Digest root = commit(1, put("a", "1"), put("b", "2"));

        assertThat(commit(2)).isEqualTo(root);
        assertThat(commit(3, put("a", "1"), delete("zzz"))).isEqualTo(root);
        assertThat(store.latest().sequence()).isEqualTo(3);
    }

    @Test
    void checkpointsOnlyGoForward() throws Exception {
        commit(4, put("a", "1"));

        assertThatThrownBy(() -> commit(4, put("a", "2")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("checkpoint at position 4 after one at 4");
    }

    @Test
    void rootDependsOnTheMapAloneAndIsTheReferences() throws Exception {
        long seed = Long.getLong("sherd.seed", 11);
        Random random = new Random(seed);
        TreeMap<Bytes, Bytes> twin = new TreeMap<>();
        for (int sequence = 1; sequence <= 60; sequence++) {
            Map<Bytes, StateChange> changes = randomChanges(random, twin, random.nextInt(12));

            Digest root = store.commit(sequence, changes.values());

            assertThat(root)
                    .as("root after checkpoint %d of -Dsherd.seed=%d", sequence, seed)
                    .isEqualTo(ReferenceStateTree.root(twin));
            for (int key = 0; key < 50; key++) {
                assertThat(store.get(StateLeaf.APPLICATION, bytes("key" + key)))
                        .as("key %d after checkpoint %d of -Dsherd.seed=%d", key, sequence, seed)
                        .isEqualTo(Optional.ofNullable(twin.get(bytes("key" + key))));
            }
        }
        List<StateChange> removals = new ArrayList<>();
        twin.keySet().forEach(key -> removals.add(new StateChange(0, key, Optional.empty())));
        assertThat(store.commit(100, removals)).isEqualTo(ReferenceStateTree.root(Map.of()));
    }

    @Test
    void latestCheckpointsStayReadableAsTheyWere() throws Exception {
        long seed = Long.getLong("sherd.seed", 12);
        Random random = new Random(seed);
        TreeMap<Bytes, Bytes> twin = new TreeMap<>();
        List<StateCheckpoint> checkpoints = new ArrayList<>();
        List<Map<Bytes, Bytes>> states = new ArrayList<>();
        for (int sequence = 1; sequence <= 30; sequence++) {
            Map<Bytes, StateChange> changes = randomChanges(random, twin, 8);
            checkpoints.add(new StateCheckpoint(sequence, store.commit(sequence, changes.values())));
            states.add(Map.copyOf(twin));
            List<StateCheckpoint> kept = store.checkpoints();
            assertThat(kept).hasSize(Math.min(sequence + 1, StateStore.KEPT_CHECKPOINTS));
            assertThat(kept).endsWith(checkpoints.getLast());
            for (int i = 0; i < checkpoints.size(); i++) {
                StateCheckpoint checkpoint = checkpoints.get(i);
                Optional<StateChunk> whole =
                        store.chunk(checkpoint.sequence(), checkpoint.root(), Bytes.EMPTY, NO_LIMIT);
                boolean isKept = i >= checkpoints.size() - StateStore.KEPT_CHECKPOINTS;
                assertThat(whole.isPresent())
                        .as("checkpoint %d at %d of -Dsherd.seed=%d", i + 1, sequence, seed)
                        .isEqualTo(isKept);
                if (isKept) {
                    assertThat(whole.get().digest(Bytes.EMPTY)).isEqualTo(checkpoint.root());
                    assertThat(map(whole.get())).isEqualTo(states.get(i));
                }
            }
        }
    }

    @Test
    void smallPartIsAnsweredWithItsLeavesAndALargeOneWithItsChildren() throws Exception {
        fill(200);
        StateCheckpoint latest = store.latest();

        StateChunk root =
                store.chunk(latest.sequence(), latest.root(), Bytes.EMPTY, 500).orElseThrow();

        assertThat(root).isInstanceOf(StateChunk.Inner.class);
        assertThat(root.digest(Bytes.EMPTY)).isEqualTo(latest.root());
        for (var child : ((StateChunk.Inner) root).children().entrySet()) {
            Bytes prefix = Bytes.wrap(new byte[] {child.getKey().byteValue()});
            StateChunk part = store.chunk(latest.sequence(), latest.root(), prefix, NO_LIMIT)
                    .orElseThrow();
            assertThat(part).isInstanceOf(StateChunk.Leaves.class);
            assertThat(part.digest(prefix)).isEqualTo(child.getValue());
            assertThat(store.chunk(latest.sequence(), latest.root(), prefix, 10).orElseThrow())
                    .isInstanceOf(StateChunk.Inner.class);
        }
    }

    @Test
    void singleLeafIsAnsweredWhateverItsSize() throws Exception {
        commit(1, put("a", "1".repeat(1000)));
        StateCheckpoint latest = store.latest();
        Bytes path = Bytes.wrap(StateLeaf.path(0, bytes("a")).toByteArray());

        for (int depth : new int[] {0, 1, 5, 64}) {
            StateChunk chunk = store.chunk(latest.sequence(), latest.root(), Nibbles.prefix(path, depth), 10)
                    .orElseThrow();
            assertThat(chunk).isInstanceOf(StateChunk.Leaves.class);
            assertThat(chunk.digest(Nibbles.prefix(path, depth))).isEqualTo(latest.root());
        }
    }

    @Test
    void nothingIsAnsweredForAnotherRootPositionOrPlace() throws Exception {
        fill(20);
        StateCheckpoint latest = store.latest();

        assertThat(store.chunk(latest.sequence(), Digest.ZERO, Bytes.EMPTY, NO_LIMIT))
                .isEmpty();
        assertThat(store.chunk(latest.sequence() + 1, latest.root(), Bytes.EMPTY, NO_LIMIT))
                .isEmpty();
        assertThat(store.prove(latest.sequence() + 1, latest.root(), 0, bytes("a")))
                .isEmpty();
        for (byte[] prefix : List.of(new byte[] {16}, new byte[] {-1}, new byte[65], new byte[64])) {
            assertThat(store.chunk(latest.sequence(), latest.root(), Bytes.wrap(prefix), NO_LIMIT))
                    .isEmpty();
        }
    }

    @Test
    void everyKeyIsProvedPresentOrAbsent() throws Exception {
        fill(150);
        Digest root = store.latest().root();

        for (int i = 0; i < 150; i++) {
            assertThat(proveLatest(bytes("key" + i)).verify(root)).contains(bytes("value" + i));
            assertThat(proveLatest(bytes("other" + i)).verify(root)).isEmpty();
        }
    }

    void fill(int keys) throws StoreException {
        List<StateChange> changes = new ArrayList<>();
        for (int i = 0; i < keys; i++) {
            changes.add(put("key" + i, "value" + i));
        }
        Digest _ = store.commit(store.latest().sequence() + 1, changes);
    }

    StateProof proveLatest(Bytes key) throws StoreException {
        StateCheckpoint latest = store.latest();
        return store.prove(latest.sequence(), latest.root(), StateLeaf.APPLICATION, key)
                .orElseThrow();
    }

    Optional<Bytes> get(String key) throws StoreException {
        return store.get(StateLeaf.APPLICATION, bytes(key));
    }

    Digest commit(long sequence, StateChange... changes) throws StoreException {
        return store.commit(sequence, List.of(changes));
    }

    /** Random puts, replacements and removals of few keys, also made in the twin. */
    static Map<Bytes, StateChange> randomChanges(Random random, Map<Bytes, Bytes> twin, int count) {
        Map<Bytes, StateChange> changes = new TreeMap<>();
        for (int i = 0; i < count; i++) {
            String key = "key" + random.nextInt(50);
            StateChange change = random.nextInt(3) == 0 ? delete(key) : put(key, "value" + random.nextInt(5));
            changes.put(change.key(), change);
        }
        applyTo(twin, changes.values());
        return changes;
    }

    static void applyTo(Map<Bytes, Bytes> twin, Collection<StateChange> changes) {
        for (StateChange change : changes) {
            if (change.value().isPresent()) {
                twin.put(change.key(), change.value().get());
            } else {
                twin.remove(change.key());
            }
        }
    }

    static Map<Bytes, Bytes> map(StateChunk chunk) {
        Map<Bytes, Bytes> map = new TreeMap<>();
        ((StateChunk.Leaves) chunk).leaves().forEach(leaf -> map.put(leaf.key(), leaf.value()));
        return map;
    }

    static StateChange put(String key, String value) {
        return new StateChange(StateLeaf.APPLICATION, bytes(key), Optional.of(bytes(value)));
    }

    static StateChange delete(String key) {
        return new StateChange(StateLeaf.APPLICATION, bytes(key), Optional.empty());
    }

    static Bytes bytes(String text) {
        return Bytes.wrap(text.getBytes(StandardCharsets.UTF_8));
    }
}
