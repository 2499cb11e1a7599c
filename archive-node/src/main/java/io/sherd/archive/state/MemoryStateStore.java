package io.sherd.archive.state;

import io.sherd.archive.state.StateTree.PlacedDigest;
import io.sherd.merkle.Digest;
import io.sherd.replication.wire.Bytes;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A state store in memory, for simulations and tests: every checkpoint is a whole copy, and its root is computed from all of
 * it, word for word as {@link StateTree} defines it.
 */
public final class MemoryStateStore implements StateStore {

    private final TreeMap<Long, SortedMap<Bytes, StateLeaf>> checkpoints = new TreeMap<>();

    /** A store of the empty state. */
    public MemoryStateStore() {
        checkpoints.put(0L, new TreeMap<>());
    }

    @Override
    public synchronized StateCheckpoint latest() {
        return new StateCheckpoint(
                checkpoints.lastKey(), digest(checkpoints.lastEntry().getValue(), Bytes.EMPTY));
    }

    @Override
    public synchronized List<StateCheckpoint> checkpoints() {
        return checkpoints.entrySet().stream()
                .map(checkpoint -> new StateCheckpoint(checkpoint.getKey(), digest(checkpoint.getValue(), Bytes.EMPTY)))
                .toList();
    }

    @Override
    public synchronized Optional<Bytes> get(int space, Bytes key) {
        Bytes path = pathOf(space, key);
        return Optional.ofNullable(checkpoints.lastEntry().getValue().get(path)).map(StateLeaf::value);
    }

    @Override
    public synchronized Digest commit(long sequence, Collection<StateChange> changes) {
        if (sequence <= checkpoints.lastKey()) {
            throw new IllegalArgumentException(
                    "checkpoint at position %d after one at %d".formatted(sequence, checkpoints.lastKey()));
        }
        SortedMap<Bytes, StateLeaf> next = new TreeMap<>(checkpoints.lastEntry().getValue());
        for (StateChange change : changes) {
            Bytes path = pathOf(change.space(), change.key());
            if (change.value().isPresent()) {
                next.put(
                        path,
                        new StateLeaf(
                                change.space(), change.key(), change.value().get()));
            } else {
                next.remove(path);
            }
        }
        checkpoints.put(sequence, next);
        if (checkpoints.size() > KEPT_CHECKPOINTS) {
            checkpoints.pollFirstEntry();
        }
        return latest().root();
    }

    @Override
    public synchronized Optional<StateChunk> chunk(long sequence, Digest root, Bytes prefix, int limitBytes) {
        Optional<SortedMap<Bytes, StateLeaf>> state = find(sequence, root);
        if (state.isEmpty() || !Nibbles.areValid(prefix)) {
            return Optional.empty();
        }
        SortedMap<Bytes, StateLeaf> part = under(state.get(), prefix);
        if (part.isEmpty() && !prefix.isEmpty()) {
            return Optional.empty();
        }
        long bytes =
                part.values().stream().mapToLong(leaf -> leaf.encoded().size()).sum();
        return Optional.of(
                bytes <= limitBytes || part.size() == 1
                        ? new StateChunk.Leaves(List.copyOf(part.values()))
                        : new StateChunk.Inner(children(part, prefix)));
    }

    @Override
    public synchronized Optional<StateProof> prove(long sequence, Digest root, int space, Bytes key) {
        Optional<SortedMap<Bytes, StateLeaf>> state = find(sequence, root);
        if (state.isEmpty()) {
            return Optional.empty();
        }
        Bytes path = pathOf(space, key);
        List<SortedMap<Integer, Digest>> nodes = new ArrayList<>();
        SortedMap<Bytes, StateLeaf> part = state.get();
        while (part.size() > 1) {
            nodes.add(children(part, Nibbles.prefix(path, nodes.size())));
            part = under(part, Nibbles.prefix(path, nodes.size()));
        }
        return Optional.of(
                new StateProof(space, key, nodes, part.values().stream().findFirst()));
    }

    @Override
    public void close() {}

    private static Bytes pathOf(int space, Bytes key) {
        return Bytes.wrap(StateLeaf.path(space, key).toByteArray());
    }

    private Optional<SortedMap<Bytes, StateLeaf>> find(long sequence, Digest root) {
        return Optional.ofNullable(checkpoints.get(sequence))
                .filter(state -> digest(state, Bytes.EMPTY).equals(root));
    }

    private static SortedMap<Bytes, StateLeaf> under(SortedMap<Bytes, StateLeaf> state, Bytes prefix) {
        SortedMap<Bytes, StateLeaf> part = new TreeMap<>();
        state.forEach((path, leaf) -> {
            if (Nibbles.startsWith(path, prefix)) {
                part.put(path, leaf);
            }
        });
        return part;
    }

    private static SortedMap<Integer, Digest> children(SortedMap<Bytes, StateLeaf> part, Bytes prefix) {
        SortedMap<Integer, Digest> children = new TreeMap<>();
        for (int nibble = 0; nibble < 16; nibble++) {
            Bytes branch = Nibbles.append(prefix, nibble);
            SortedMap<Bytes, StateLeaf> leaves = under(part, branch);
            if (!leaves.isEmpty()) {
                children.put(nibble, digest(leaves, branch));
            }
        }
        return children;
    }

    private static Digest digest(SortedMap<Bytes, StateLeaf> part, Bytes prefix) {
        List<PlacedDigest> leaves = part.entrySet().stream()
                .map(entry -> new PlacedDigest(entry.getKey(), entry.getValue().digest()))
                .toList();
        return StateTree.digestOf(leaves, prefix.size());
    }
}
