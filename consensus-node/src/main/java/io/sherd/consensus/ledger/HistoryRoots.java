package io.sherd.consensus.ledger;

import io.sherd.archive.store.PieceStore;
import io.sherd.archive.store.StoreException;
import io.sherd.merkle.Digest;
import io.sherd.merkle.MerkleAccumulator;
import io.sherd.replication.Invariant;
import io.sherd.replication.piece.Commitment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The history root after each of the latest segments. A statement needs the newest one; a receipt names the one of the
 * moment when it was signed, so some older ones are remembered. Not thread-safe.
 */
final class HistoryRoots {

    /** How many roots are remembered. */
    static final int REMEMBERED = 4096;

    private static final int PAGE = 1024;

    private final MerkleAccumulator accumulator = new MerkleAccumulator();
    private final LinkedHashMap<Long, Digest> roots = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Digest> eldest) {
            return size() > REMEMBERED;
        }
    };

    /**
     * The history of the first {@code count} stored commitments.
     *
     * @param pieces where they are stored
     * @param count how many to take
     * @return the history, which goes on from there
     * @throws StoreException if they cannot be read
     */
    static HistoryRoots of(PieceStore pieces, long count) throws StoreException {
        HistoryRoots history = new HistoryRoots();
        while (history.count() < count) {
            int limit = (int) Math.min(PAGE, count - history.count());
            List<Commitment> page = pieces.commitments(history.count(), limit);
            Invariant.holds(page.size() == limit, "%d commitments from %d on", page.size(), history.count());
            for (Commitment commitment : page) {
                history.append(commitment, count - history.count() <= REMEMBERED);
            }
        }
        return history;
    }

    /** Adds the next segment's commitment and returns the root after it. */
    Digest append(Commitment commitment) {
        append(commitment, true);
        return accumulator.root();
    }

    /** How many segments there are so far. */
    long count() {
        return accumulator.size();
    }

    /** The root after so many segments, if it is remembered. */
    Optional<Digest> rootAt(long count) {
        return Optional.ofNullable(roots.get(count));
    }

    private void append(Commitment commitment, boolean remembered) {
        Invariant.holds(
                commitment.context().segmentNumber() == count(),
                "segment %d appended to a history of %d",
                commitment.context().segmentNumber(),
                count());
        accumulator.append(commitment.leaf());
        if (remembered) {
            roots.put(count(), accumulator.root());
        }
    }
}
