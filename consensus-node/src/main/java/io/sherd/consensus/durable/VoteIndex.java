package io.sherd.consensus.durable;

import io.sherd.merkle.Digest;
import io.sherd.replication.wire.Bytes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;

/**
 * Which keys the log has, in memory: about half a KiB a position, so that a batch is written once, found by its digest, and
 * deleted without searching. Thread-safe.
 */
final class VoteIndex {

    private final TreeMap<Long, Position> positions = new TreeMap<>();

    /** The highest position that has a batch. */
    private final Map<Digest, Long> sequences = new HashMap<>();

    private static final class Position {

        private final Map<Bytes, Digest> slots = new LinkedHashMap<>();
        private final Set<Digest> batches = new HashSet<>();
    }

    /**
     * What is deleted with the positions below a bound.
     *
     * @param slots keys of the family of that name
     * @param batches keys of the family of that name
     */
    record Removed(List<Bytes> slots, List<Bytes> batches) {}

    /** Notes what a slot's key holds; the digest that it held before, if another. */
    synchronized Optional<Digest> putSlot(long sequence, Bytes key, Digest digest) {
        Digest before = position(sequence).slots.put(key, digest);
        return before == null || before.equals(digest) ? Optional.empty() : Optional.of(before);
    }

    /** Notes that a batch is stored at a position; whether it was not yet. */
    synchronized boolean putBatch(long sequence, Digest digest) {
        sequences.merge(digest, sequence, Math::max);
        return position(sequence).batches.add(digest);
    }

    /** The highest position that has a batch. */
    synchronized OptionalLong sequenceOf(Digest digest) {
        Long sequence = sequences.get(digest);
        return sequence == null ? OptionalLong.empty() : OptionalLong.of(sequence);
    }

    /** Forgets all positions below a bound. */
    synchronized Removed removeBelow(long sequence) {
        List<Bytes> slots = new ArrayList<>();
        List<Bytes> batches = new ArrayList<>();
        Map<Long, Position> below = positions.headMap(sequence, false);
        below.forEach((at, position) -> {
            slots.addAll(position.slots.keySet());
            for (Digest digest : position.batches) {
                batches.add(VoteKeys.batch(at, digest));
                sequences.remove(digest, at);
            }
        });
        below.clear();
        return new Removed(slots, batches);
    }

    private Position position(long sequence) {
        return positions.computeIfAbsent(sequence, _ -> new Position());
    }
}
