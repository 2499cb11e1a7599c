package io.sherd.archive.scrub;

import io.sherd.archive.state.RocksStateStore;
import io.sherd.archive.state.StateCheckpoint;
import io.sherd.archive.state.StateChunk;
import io.sherd.archive.state.StateLeaf;
import io.sherd.archive.store.StoreCorruptException;
import io.sherd.archive.store.StoreException;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.wire.Bytes;
import java.util.Arrays;
import java.util.Optional;

/**
 * Goes over all leaves of a state, from left to right, a part at a time. Every node and leaf that is read on the way down is checked against
 * the digest that its parent has, so the root vouches for all. When a checkpoint is superseded the walk goes on at the same place under a
 * newer one.
 */
final class StateWalk {

    private static final int PART_BYTES = 256 * 1024;
    private static final int LAST_NIBBLE = 15;

    /** About what a node takes. */
    private static final long NODE_BYTES = 600;

    private final RocksStateStore state;

    StateWalk(RocksStateStore state) {
        this.state = state;
    }

    /**
     * What one part was.
     *
     * @param next the prefix of the next one; empty at the end
     * @param bytesRead about how much was read
     * @param trouble what is wrong with it
     */
    record Part(Optional<Bytes> next, long bytesRead, Optional<String> trouble) {}

    /**
     * Reads the part under a prefix, or the node that has it.
     *
     * @param prefix in nibbles
     * @param newest the newest certificate: the state whose root it binds is preferred
     */
    Part read(Bytes prefix, Optional<CheckpointCertificate> newest) throws StoreException {
        StateCheckpoint checkpoint = checkpoint(newest);
        if (isContradicted(checkpoint, newest)) {
            return new Part(
                    Optional.empty(),
                    0,
                    Optional.of("the root of position %d is %s, another one is certified"
                            .formatted(checkpoint.sequence(), checkpoint.root().shortHex())));
        }
        try {
            Optional<StateChunk> chunk = state.chunk(checkpoint.sequence(), checkpoint.root(), prefix, PART_BYTES);
            if (chunk.isEmpty()) {
                // No key begins so; or the checkpoint was superseded just now, and the next part is of a newer one.
                return new Part(after(prefix), NODE_BYTES, Optional.empty());
            }
            return switch (chunk.get()) {
                case StateChunk.Inner inner ->
                    new Part(Optional.of(appended(prefix, inner.children().firstKey())), NODE_BYTES, Optional.empty());
                case StateChunk.Leaves leaves ->
                    new Part(
                            after(prefix),
                            leaves.leaves().stream().mapToLong(StateWalk::size).sum(),
                            Optional.empty());
            };
        } catch (StoreCorruptException e) {
            return new Part(after(prefix), NODE_BYTES, Optional.of(String.valueOf(e.getMessage())));
        }
    }

    private StateCheckpoint checkpoint(Optional<CheckpointCertificate> newest) {
        long certified = newest.map(each -> each.statement().stateSequence()).orElse(0L);
        return state.checkpoints().stream()
                .filter(kept -> kept.sequence() == certified)
                .findFirst()
                .orElseGet(state::latest);
    }

    private static boolean isContradicted(StateCheckpoint checkpoint, Optional<CheckpointCertificate> newest) {
        return newest.isPresent()
                && newest.get().statement().stateSequence() == checkpoint.sequence()
                && !newest.get().statement().stateRoot().equals(checkpoint.root());
    }

    private static long size(StateLeaf leaf) {
        return (long) leaf.key().size() + leaf.value().size();
    }

    private static Bytes appended(Bytes prefix, int nibble) {
        byte[] longer = Arrays.copyOf(prefix.readOnlyArray(), prefix.size() + 1);
        longer[prefix.size()] = (byte) nibble;
        return Bytes.wrap(longer);
    }

    /** The first prefix to the right of everything under one. */
    private static Optional<Bytes> after(Bytes prefix) {
        int depth = prefix.size();
        while (depth > 0 && prefix.at(depth - 1) == LAST_NIBBLE) {
            depth--;
        }
        if (depth == 0) {
            return Optional.empty();
        }
        byte[] next = Arrays.copyOf(prefix.readOnlyArray(), depth);
        next[depth - 1]++;
        return Optional.of(Bytes.wrap(next));
    }
}
