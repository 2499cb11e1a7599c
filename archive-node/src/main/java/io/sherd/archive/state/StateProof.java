package io.sherd.archive.state;

import io.sherd.merkle.Digest;
import io.sherd.merkle.MerkleHasher;
import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/**
 * The value of one key in a state, or that it has none: the inner nodes on the way from the root to where the key is, and the
 * leaf that is there, which is another key's if that one is alone on this way. Bytes:
 *
 * <pre>
 *   space 1 | key length 4 | key | node count 1 | (which children 2 | digests 32 each)* | 0, or 1 and a leaf
 * </pre>
 *
 * @param space what kind of key it is, see {@link StateLeaf}
 * @param key the key
 * @param nodes the children's digests by nibble, from the root downwards
 * @param leaf the leaf at the end; empty if the way ends where the last node has no child, or the state is empty
 */
public record StateProof(int space, Bytes key, List<SortedMap<Integer, Digest>> nodes, Optional<StateLeaf> leaf) {

    /** Copies the list. */
    public StateProof {
        nodes = List.copyOf(nodes);
    }

    /**
     * Checks this proof and returns what it proves.
     *
     * @param root the state's root
     * @return the value; empty if the key has none
     * @throws InvalidStateException naming what does not hold
     */
    public Optional<Bytes> verify(Digest root) throws InvalidStateException {
        Bytes path = Bytes.wrap(StateLeaf.path(space, key).toByteArray());
        Digest expected = root;
        for (int depth = 0; depth < nodes.size(); depth++) {
            SortedMap<Integer, Digest> node = nodes.get(depth);
            if (depth >= Nibbles.PATH_NIBBLES) {
                throw new InvalidStateException("a proof of more than 64 nodes");
            }
            require(expected, StateNode.digest(node), "node at depth " + depth);
            Digest child = node.get(Nibbles.at(path, depth));
            if (child == null) {
                if (depth != nodes.size() - 1 || leaf.isPresent()) {
                    throw new InvalidStateException("the way ends at depth %d, the proof does not".formatted(depth));
                }
                return Optional.empty();
            }
            expected = child;
        }
        if (leaf.isEmpty()) {
            require(expected, MerkleHasher.emptyRoot(), "empty state");
            return Optional.empty();
        }
        require(expected, leaf.get().digest(), "leaf");
        boolean isThisKey = leaf.get().space() == space && leaf.get().key().equals(key);
        return isThisKey ? Optional.of(leaf.get().value()) : Optional.empty();
    }

    /** The canonical bytes. */
    public Bytes encoded() {
        ByteWriter writer = new ByteWriter().u8(space).sized(key).u8(nodes.size());
        nodes.forEach(node -> StateNode.encodeDigests(writer, node));
        writer.u8(leaf.isPresent() ? 1 : 0);
        leaf.ifPresent(present -> present.encode(writer));
        return writer.toBytes();
    }

    /**
     * Reads exactly one proof.
     *
     * @param bytes the canonical bytes
     * @param limitBytes the longest value that the leaf may have
     * @throws WireFormatException if they are not a proof's
     */
    public static StateProof decode(Bytes bytes, int limitBytes) throws WireFormatException {
        ByteReader reader = new ByteReader(bytes);
        int space = reader.u8();
        Bytes key = reader.sized(StateLeaf.MAX_KEY_BYTES);
        int count = reader.u8();
        List<SortedMap<Integer, Digest>> nodes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            nodes.add(StateNode.decodeDigests(reader));
        }
        int hasLeaf = reader.u8();
        if (hasLeaf > 1) {
            throw new WireFormatException("a leaf is there (1) or not (0), not " + hasLeaf);
        }
        Optional<StateLeaf> leaf = hasLeaf == 1 ? Optional.of(StateLeaf.decode(reader, limitBytes)) : Optional.empty();
        reader.end();
        return new StateProof(space, key, nodes, leaf);
    }

    private static void require(Digest expected, Digest found, String what) throws InvalidStateException {
        if (!expected.equals(found)) {
            throw new InvalidStateException(
                    "%s: %s expected, %s found".formatted(what, expected.shortHex(), found.shortHex()));
        }
    }
}
