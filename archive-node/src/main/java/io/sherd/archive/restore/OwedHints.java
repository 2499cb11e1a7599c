package io.sherd.archive.restore;

import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.piece.SegmentContext;
import io.sherd.replication.retention.Holding;
import io.sherd.replication.retention.ReplicaSet;
import io.sherd.replication.retention.SegmentSet;
import java.util.Map;
import java.util.SortedMap;

/**
 * What the retention rule (docs/DESIGN.md, section 5, rule 4) makes a restored replica keep, besides its own piece, of a segment that
 * it decoded: the piece of everybody whose receipt it does not know and who has not joined again since.
 *
 * @param replica the restored replica
 * @param replicaCount n
 * @param receipts by replica: the segments for which its receipt is known
 */
record OwedHints(int replica, int replicaCount, SortedMap<Integer, SegmentSet> receipts) {

    /**
     * The holding of a segment before any hint of it is made; it tells whom one is owed to.
     *
     * @param segment the segment
     * @param members today's member table
     */
    Holding of(SegmentContext segment, MemberTable members) {
        ReplicaSet exempt = ReplicaSet.NONE;
        for (int peer = 0; peer < replicaCount; peer++) {
            if (members.member(peer).incarnation() > segment.epoch()) {
                exempt = exempt.with(peer);
            }
        }
        Holding holding = Holding.sealed(replica, replicaCount, exempt).becameStable();
        for (Map.Entry<Integer, SegmentSet> known : receipts.entrySet()) {
            if (known.getValue().contains(segment.segmentNumber())) {
                holding = holding.received(known.getKey());
            }
        }
        return holding;
    }
}
