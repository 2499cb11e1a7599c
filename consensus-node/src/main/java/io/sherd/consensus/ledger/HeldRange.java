package io.sherd.consensus.ledger;

import io.sherd.replication.retention.ReplicaSet;
import io.sherd.replication.retention.SegmentSet;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * A run of segments of which a replica holds the same.
 *
 * @param first the first one
 * @param end the one behind the last
 * @param full whether they are held in full
 * @param hints whose pieces are held besides the own ones
 */
public record HeldRange(long first, long end, boolean full, ReplicaSet hints) {

    /** Runs that are told apart; of the rest it is said that nothing but the own pieces is held, which is never too much. */
    static final int MOST = 256;

    /**
     * Says of each sealed segment what is held.
     *
     * @param segmentCount sealed segments
     * @param full those held in full
     * @param hints by replica: those whose piece of it is held
     * @return all sealed segments, in order, in as few runs as possible
     */
    static List<HeldRange> of(long segmentCount, SegmentSet full, List<SegmentSet> hints) {
        TreeSet<Long> starts = new TreeSet<>();
        starts.add(0L);
        addBorders(full, starts);
        hints.forEach(owned -> addBorders(owned, starts));
        List<HeldRange> held = new ArrayList<>();
        for (Long first = starts.first(); first != null && first < segmentCount; first = starts.higher(first)) {
            Long next = starts.higher(first);
            long end = next == null ? segmentCount : Math.min(next, segmentCount);
            if (held.size() == MOST - 1) {
                held.add(new HeldRange(first, segmentCount, false, ReplicaSet.NONE));
                return held;
            }
            held.add(new HeldRange(first, end, full.contains(first), ownersOf(first, hints)));
        }
        return held;
    }

    private static void addBorders(SegmentSet set, TreeSet<Long> starts) {
        set.ranges().forEach(range -> {
            starts.add(range.first());
            starts.add(range.end());
        });
    }

    private static ReplicaSet ownersOf(long segment, List<SegmentSet> hints) {
        ReplicaSet owners = ReplicaSet.NONE;
        for (int owner = 0; owner < hints.size(); owner++) {
            if (hints.get(owner).contains(segment)) {
                owners = owners.with(owner);
            }
        }
        return owners;
    }
}
