package io.sherd.archive.state;

import io.sherd.merkle.Digest;
import io.sherd.replication.wire.Bytes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a peer answers when asked for the part of a state under a prefix. Either form implies one digest, which must be the
 * one that the parent, and so in the end the certified root, gives.
 */
public sealed interface StateChunk {

    /**
     * The digest that this chunk implies for the subtree under a prefix.
     *
     * @param prefix nibbles, one a byte, 0 to 64 of them
     * @throws InvalidStateException if no state has this chunk under that prefix
     */
    Digest digest(Bytes prefix) throws InvalidStateException;

    /**
     * The children of a node whose part is too large for one answer.
     *
     * @param children digests by nibble, 0 to 15; at least one
     */
    record Inner(SortedMap<Integer, Digest> children) implements StateChunk {

        /** Copies the map. */
        public Inner {
            children = Collections.unmodifiableSortedMap(new TreeMap<>(children));
        }

        @Override
        public Digest digest(Bytes prefix) throws InvalidStateException {
            if (prefix.size() >= Nibbles.PATH_NIBBLES) {
                throw new InvalidStateException("an inner node at depth " + prefix.size());
            }
            if (children.isEmpty() || children.firstKey() < 0 || children.lastKey() > 15) {
                throw new InvalidStateException("an inner node with the children " + children.keySet());
            }
            return StateNode.digest(children);
        }
    }

    /**
     * All leaves under the prefix, in ascending order of their paths.
     *
     * @param leaves the leaves; none if the whole state is empty
     */
    record Leaves(List<StateLeaf> leaves) implements StateChunk {

        /** Copies the list. */
        public Leaves {
            leaves = List.copyOf(leaves);
        }

        @Override
        public Digest digest(Bytes prefix) throws InvalidStateException {
            if (leaves.isEmpty() && !prefix.isEmpty()) {
                throw new InvalidStateException("no leaves under " + Nibbles.text(prefix));
            }
            List<StateTree.PlacedDigest> placed = new ArrayList<>(leaves.size());
            for (StateLeaf leaf : leaves) {
                Bytes path = Bytes.wrap(leaf.path().toByteArray());
                if (!Nibbles.startsWith(path, prefix)) {
                    throw new InvalidStateException(
                            "leaf %s is not under %s".formatted(leaf.path().shortHex(), Nibbles.text(prefix)));
                }
                if (!placed.isEmpty() && placed.getLast().path().compareTo(path) >= 0) {
                    throw new InvalidStateException("leaf %s is not above the one before it"
                            .formatted(leaf.path().shortHex()));
                }
                placed.add(new StateTree.PlacedDigest(path, leaf.digest()));
            }
            return StateTree.digestOf(placed, prefix.size());
        }
    }
}
