package io.sherd.consensus.core;

import io.sherd.replication.ledger.Batch;
import io.sherd.replication.ledger.Request;
import java.util.Arrays;

/**
 * How often this replica supports what costs every replica a checkpoint: fresh seals, one per seal interval with a burst of
 * {@link #SEAL_BURST}; REJOINs of one replica, one per ten seconds (docs/DESIGN.md, "Seals" and "Joining again"). What comes too
 * early is only delayed. Re-proposals of a NEW-VIEW are never paced.
 */
final class Pace {

    /** Seals that may follow each other at once. */
    static final int SEAL_BURST = 3;

    private static final long NEVER = -1;

    private final int sealTicks;
    private final long rejoinTicks;
    private final long[] lastRejoin;
    private int seals = SEAL_BURST;
    private long sealsSince;

    Pace(ReplicaConfig config) {
        this.sealTicks = config.sealTicks();
        this.rejoinTicks = config.rejoinTicks();
        this.lastRejoin = new long[config.quorums().replicaCount()];
        Arrays.fill(lastRejoin, NEVER);
    }

    /** Whether a REJOIN of a replica is not too early. */
    boolean allowsRejoin(int replica, long tick) {
        return lastRejoin[replica] == NEVER || tick - lastRejoin[replica] >= rejoinTicks;
    }

    /** Whether a batch may be supported now; if so, it is counted. */
    boolean admits(Batch batch, long tick) {
        return switch (batch.kind()) {
            case NULL, OPERATIONS -> true;
            case SEAL -> admitsSeal(tick);
            case EPOCH -> admitsRejoins(batch, tick);
        };
    }

    private boolean admitsSeal(long tick) {
        long earned = (tick - sealsSince) / sealTicks;
        if (seals + earned >= SEAL_BURST) {
            seals = SEAL_BURST;
            sealsSince = tick;
        } else {
            seals += (int) earned;
            sealsSince += earned * sealTicks;
        }
        if (seals == 0) {
            return false;
        }
        seals--;
        return true;
    }

    private boolean admitsRejoins(Batch batch, long tick) {
        for (Request request : batch.requests()) {
            if (request instanceof Request.Rejoin rejoin && !allowsRejoin(rejoin.replica(), tick)) {
                return false;
            }
        }
        for (Request request : batch.requests()) {
            if (request instanceof Request.Rejoin rejoin) {
                lastRejoin[rejoin.replica()] = tick;
            }
        }
        return true;
    }
}
