package io.sherd.archive.state;

import io.sherd.merkle.Digest;
import io.sherd.replication.wire.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/**
 * Makes the {@link StateProof} of a key from the chunks that a peer answers, from the root downwards: ask for {@link #prefix}, hand the
 * answer in, until there is a proof. Each chunk is checked against the one above it. Not thread-safe.
 */
public final class StateProofBuilder {

    private final int space;
    private final Bytes key;
    private final Bytes path;
    private final List<SortedMap<Integer, Digest>> nodes = new ArrayList<>();
    private Digest expected;

    /**
     * A builder that stands at the root.
     *
     * @param space what kind of key it is, see {@link StateLeaf}
     * @param key the key
     * @param root the state's root
     */
    public StateProofBuilder(int space, Bytes key, Digest root) {
        this.space = space;
        this.key = key;
        this.path = Bytes.wrap(StateLeaf.path(space, key).toByteArray());
        this.expected = root;
    }

    /** The prefix of the chunk that is needed next: nibbles, one a byte. */
    public Bytes prefix() {
        return Nibbles.prefix(path, nodes.size());
    }

    /**
     * Takes the chunk under {@link #prefix}.
     *
     * @param chunk what a peer answered
     * @return the proof, once the way has come to its end
     * @throws InvalidStateException if the chunk is not part of the state
     */
    public Optional<StateProof> add(StateChunk chunk) throws InvalidStateException {
        Digest found = chunk.digest(prefix());
        if (!found.equals(expected)) {
            throw new InvalidStateException("the part under %s has digest %s, %s is expected"
                    .formatted(Nibbles.text(prefix()), found.shortHex(), expected.shortHex()));
        }
        return switch (chunk) {
            case StateChunk.Inner(SortedMap<Integer, Digest> children) -> {
                Digest child = enter(children);
                if (child == null) {
                    yield Optional.of(proof(Optional.empty()));
                }
                expected = child;
                yield Optional.empty();
            }
            case StateChunk.Leaves(List<StateLeaf> leaves) -> Optional.of(within(leaves));
        };
    }

    /** The rest of the way, through the nodes that these leaves make. */
    private StateProof within(List<StateLeaf> all) {
        List<StateLeaf> leaves = all;
        while (leaves.size() > 1) {
            int depth = nodes.size();
            int nibble = Nibbles.at(path, depth);
            if (enter(StateTree.childrenOf(
                            leaves.stream().map(StateTree::placed).toList(), depth))
                    == null) {
                return proof(Optional.empty());
            }
            leaves = leaves.stream()
                    .filter(leaf -> Nibbles.at(Bytes.wrap(leaf.path().toByteArray()), depth) == nibble)
                    .toList();
        }
        return proof(leaves.stream().findFirst());
    }

    /** Adds a node to the way; the child that the key is under, if there is one. */
    private @org.jspecify.annotations.Nullable Digest enter(SortedMap<Integer, Digest> children) {
        int nibble = Nibbles.at(path, nodes.size());
        nodes.add(children);
        return children.get(nibble);
    }

    private StateProof proof(Optional<StateLeaf> leaf) {
        return new StateProof(space, key, nodes, leaf);
    }
}
