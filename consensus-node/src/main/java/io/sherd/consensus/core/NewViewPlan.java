package io.sherd.consensus.core;

import io.sherd.merkle.Digest;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.ledger.Batch;
import java.util.Collection;
import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a set of VIEW-CHANGEs obliges the new primary to propose again: a pure function, which the primary and every backup
 * compute for themselves (PBFT section 4.4).
 *
 * <p>The floor is the highest stable checkpoint that a VIEW-CHANGE shows. Each position above it up to the highest prepared one
 * gets the batch that was prepared there in the highest view, or the null request if none was.
 *
 * @param stable the certificate of the floor, if a VIEW-CHANGE shows one of this epoch
 * @param floor the position above which proposals are made again
 * @param digests the batches' digests, for every position above the floor up to the highest prepared one
 */
record NewViewPlan(Optional<CheckpointCertificate> stable, long floor, SortedMap<Long, Digest> digests) {

    /** Copies the map. */
    NewViewPlan {
        digests = Collections.unmodifiableSortedMap(new TreeMap<>(digests));
    }

    /**
     * The plan that follows from a set.
     *
     * @param viewChanges n - f VIEW-CHANGEs for one view, each one valid
     * @param known a position that is known to be stable; nothing at or below it matters to who asks
     */
    static NewViewPlan of(Collection<Message.ViewChange> viewChanges, long known) {
        Optional<CheckpointCertificate> stable = Optional.empty();
        TreeMap<Long, Ballot> prepared = new TreeMap<>();
        for (Message.ViewChange change : viewChanges) {
            if (positionOf(change.stable()) > positionOf(stable)) {
                stable = change.stable();
            }
            for (PreparedProof proof : change.prepared()) {
                prepared.merge(
                        proof.ballot().sequence(), proof.ballot(), (one, two) -> one.view() >= two.view() ? one : two);
            }
        }
        long floor = Math.max(known, positionOf(stable));
        TreeMap<Long, Digest> digests = new TreeMap<>();
        long highest = prepared.isEmpty() ? floor : prepared.lastKey();
        for (long sequence = floor + 1; sequence <= highest; sequence++) {
            Ballot ballot = prepared.get(sequence);
            digests.put(sequence, ballot == null ? Batch.NULL.digest() : ballot.digest());
        }
        return new NewViewPlan(stable, floor, digests);
    }

    /** The highest position that is taken: what the primary proposes itself comes after it, null requests or not. */
    long highest() {
        return digests.isEmpty() ? floor : digests.lastKey();
    }

    private static long positionOf(Optional<CheckpointCertificate> certificate) {
        return certificate.map(c -> c.statement().sequence()).orElse(0L);
    }
}
