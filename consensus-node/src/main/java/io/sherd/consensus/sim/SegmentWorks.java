package io.sherd.consensus.sim;

import io.sherd.merkle.Digest;
import io.sherd.replication.piece.Disperser;
import io.sherd.replication.piece.Disperser.Dispersed;
import io.sherd.replication.segment.Segment;
import java.util.HashMap;
import java.util.Map;

/**
 * Disperses the segments of a simulation. Each is a function of the ledger up to its end, so what one replica has dispersed is
 * not computed again for another: a replica with another ledger gets other pieces.
 */
final class SegmentWorks {

    private record Key(Digest ledgerHashAfter, long number, long epoch) {}

    private final Disperser disperser;
    private final Map<Key, Dispersed> done = new HashMap<>();

    SegmentWorks(SimCluster cluster) {
        this.disperser = new Disperser(cluster.genesis());
    }

    Dispersed disperse(Segment segment, long epoch) {
        Key key = new Key(segment.ledgerHashAfter(), segment.number(), epoch);
        return done.computeIfAbsent(key, k -> disperser.disperse(segment, epoch));
    }
}
