package io.sherd.archive.state;

import io.sherd.merkle.Digest;
import java.util.List;
import java.util.SortedMap;

/**
 * What a peer answers when asked for the part of a state under a prefix. Either form implies one digest, which must be the
 * one that the parent, and so in the end the certified root, gives.
 */
public sealed interface StateChunk {

    /**
     * The children of a node whose part is too large for one answer.
     *
     * @param children digests by nibble, 0 to 15; at least one
     */
    record Inner(SortedMap<Integer, Digest> children) implements StateChunk {}

    /**
     * All leaves under the prefix, in ascending order of their paths.
     *
     * @param leaves the leaves; none if the whole state is empty
     */
    record Leaves(List<StateLeaf> leaves) implements StateChunk {}
}
