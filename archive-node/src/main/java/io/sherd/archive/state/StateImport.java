package io.sherd.archive.state;

import io.sherd.archive.store.StoreException;
import io.sherd.merkle.Digest;
import io.sherd.merkle.MerkleHasher;
import io.sherd.replication.wire.Bytes;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.Set;

/**
 * Turns the state that a store has, be it empty, into a certified one, from chunks that anybody may send.
 *
 * <p>It starts at the certified root and asks only for subtrees whose digest differs from what the store has. Each chunk is
 * verified against the digest that its parent gave before anything of it is stored, and the subtree under its prefix is then
 * made equal to it. So an interrupted import goes on by beginning again with the same root, and one whose root was superseded
 * by beginning again with the newer one: what is equal is not fetched twice. The checkpoints that the store has stay readable
 * until {@link #finish}.
 *
 * <p>Not thread-safe: chunks may be fetched in parallel, but are accepted by one thread.
 */
public final class StateImport {

    private final RocksStateStore store;
    private final StateCheckpoint target;

    /** In the order in which they should be fetched: depth first, so that there are never many. */
    private final SequencedSet<Wanted> wanted = new LinkedHashSet<>();

    private StateImport(RocksStateStore store, StateCheckpoint target) {
        this.store = store;
        this.target = target;
    }

    /**
     * A part of the state that is needed.
     *
     * @param prefix nibbles, one a byte
     * @param digest what the chunk under that prefix must hash to
     */
    public record Wanted(Bytes prefix, Digest digest) {}

    /**
     * Begins an import, or goes on with the one that the store has under way.
     *
     * @param store the store; nothing may be committed to it before the import is finished or abandoned
     * @param target a certified state checkpoint, above the store's latest, and not below that of an import under way
     */
    public static StateImport begin(RocksStateStore store, StateCheckpoint target) throws StoreException {
        store.beginImport(target);
        StateImport begun = new StateImport(store, target);
        if (target.root().equals(MerkleHasher.emptyRoot())) {
            begun.replace(Bytes.EMPTY, List.of());
        } else {
            begun.want(List.of(new Wanted(Bytes.EMPTY, target.root())));
        }
        return begun;
    }

    /** The parts that are needed next, at most {@code limit}; they stay so until they are accepted. */
    public List<Wanted> wanted(int limit) {
        return wanted.stream().limit(limit).toList();
    }

    /** Whether nothing more is needed. */
    public boolean isComplete() {
        return wanted.isEmpty();
    }

    /**
     * Verifies and stores a chunk.
     *
     * @return false if that part is not needed any more; nothing was done
     * @throws InvalidStateException if the chunk is not that part: its sender lies
     */
    public boolean accept(Wanted part, StateChunk chunk) throws InvalidStateException, StoreException {
        if (!wanted.contains(part)) {
            return false;
        }
        Digest found = chunk.digest(part.prefix());
        if (!found.equals(part.digest())) {
            throw new InvalidStateException("the part under %s has digest %s, %s is certified"
                    .formatted(
                            Nibbles.text(part.prefix()),
                            found.shortHex(),
                            part.digest().shortHex()));
        }
        switch (chunk) {
            case StateChunk.Inner inner -> acceptInner(part, inner);
            case StateChunk.Leaves leaves -> replace(part.prefix(), leaves.leaves());
        }
        wanted.remove(part);
        return true;
    }

    /**
     * Makes the imported state the store's latest checkpoint, durably.
     *
     * @throws IllegalStateException if parts are still needed
     */
    public void finish() throws StoreException {
        if (!isComplete()) {
            throw new IllegalStateException("%d parts of the state of position %d are still needed"
                    .formatted(wanted.size(), target.sequence()));
        }
        store.finishImport();
    }

    private void acceptInner(Wanted part, StateChunk.Inner inner) throws StoreException {
        int depth = part.prefix().size();
        List<Bytes> removed = store.importedLeaves(part.prefix()).stream()
                .map(NodeReference.Leaf::path)
                .filter(path -> !inner.children().containsKey(Nibbles.at(path, depth)))
                .toList();
        if (!removed.isEmpty()) {
            store.importLeaves(removed, List.of());
        }
        List<Wanted> children = new ArrayList<>();
        inner.children()
                .forEach((nibble, digest) -> children.add(new Wanted(Nibbles.append(part.prefix(), nibble), digest)));
        want(children);
    }

    /** Adds those parts that the store does not have, before all others and in their order. */
    private void want(List<Wanted> parts) throws StoreException {
        for (Wanted part : parts.reversed()) {
            Optional<Digest> held = store.importedSubtree(part.prefix()).map(NodeReference::digest);
            if (!held.equals(Optional.of(part.digest()))) {
                wanted.addFirst(part);
            }
        }
    }

    private void replace(Bytes prefix, List<StateLeaf> leaves) throws StoreException {
        Set<Bytes> staying = new HashSet<>();
        leaves.forEach(leaf -> staying.add(Bytes.wrap(leaf.path().toByteArray())));
        List<Bytes> removed = store.importedLeaves(prefix).stream()
                .map(NodeReference.Leaf::path)
                .filter(path -> !staying.contains(path))
                .toList();
        store.importLeaves(removed, leaves);
    }
}
