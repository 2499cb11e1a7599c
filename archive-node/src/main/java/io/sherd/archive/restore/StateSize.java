package io.sherd.archive.restore;

import io.sherd.archive.learner.BlockingSource;
import io.sherd.archive.learner.SourceException;
import io.sherd.archive.state.StateCheckpoint;
import io.sherd.archive.state.StateChunk;
import io.sherd.archive.state.StateLeaf;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import java.util.List;

/**
 * About how large a state is, without fetching it: a few walks from its root, each to one part that is whole. What stands at the end of a
 * walk is taken to be the size of all its siblings. Exact for a state that is one part.
 */
final class StateSize {

    private static final int WALKS = 8;
    private static final int MAX_DEPTH = 64;

    private StateSize() {}

    /**
     * Asks one source, whose word is taken for it.
     *
     * @throws SourceException if it does not hold the state
     */
    static long estimate(BlockingSource source, StateCheckpoint state) throws SourceException, InterruptedException {
        double sum = 0;
        for (int walk = 0; walk < WALKS; walk++) {
            double one = walk(source, state, walk);
            sum += one;
            if (walk == 0 && source.state(state.sequence(), state.root(), Bytes.EMPTY) instanceof StateChunk.Leaves) {
                return (long) one;
            }
        }
        return (long) (sum / WALKS);
    }

    private static double walk(BlockingSource source, StateCheckpoint state, int walk)
            throws SourceException, InterruptedException {
        ByteWriter prefix = new ByteWriter();
        double factor = 1;
        for (int depth = 0; depth < MAX_DEPTH; depth++) {
            switch (source.state(state.sequence(), state.root(), prefix.toBytes())) {
                case StateChunk.Leaves(List<StateLeaf> leaves) -> {
                    return factor
                            * leaves.stream()
                                    .mapToLong(leaf -> leaf.encoded().size())
                                    .sum();
                }
                case StateChunk.Inner(var children) -> {
                    if (children.isEmpty()) {
                        return 0;
                    }
                    List<Integer> nibbles = List.copyOf(children.keySet());
                    // Walks part at the root; further down each takes another child, too.
                    prefix.u8(nibbles.get((walk * nibbles.size() / WALKS + depth * walk) % nibbles.size()));
                    factor *= nibbles.size();
                }
            }
        }
        return 0;
    }
}
