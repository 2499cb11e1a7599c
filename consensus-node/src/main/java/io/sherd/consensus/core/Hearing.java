package io.sherd.consensus.core;

import java.util.Arrays;

/**
 * Whom this replica heard of lately, whatever they said. Every replica that is up sends its STATUS now and then, so silence means
 * that one is down or cut off.
 */
final class Hearing {

    /** Shorter than any request timeout: one who is cut off notices before it asks for another view. */
    private static final int SILENCES_PER_TIMEOUT = 2;

    private static final int LEAST_STATUSES = 2;

    private final ReplicaConfig config;
    private final Standing standing;
    private final long silenceTicks;
    private final long[] lastTick;

    /** Nobody was heard of yet. */
    Hearing(ReplicaConfig config, Standing standing) {
        this.config = config;
        this.standing = standing;
        this.silenceTicks = Math.max(
                (long) LEAST_STATUSES * config.statusTicks(), config.requestTimeoutTicks() / SILENCES_PER_TIMEOUT);
        this.lastTick = new long[config.quorums().replicaCount()];
        Arrays.fill(lastTick, -silenceTicks - 1);
    }

    /** A peer said something. */
    void heard(int peer) {
        lastTick[peer] = standing.tick();
    }

    /** Whether n - f replicas, this one included, were heard of lately. */
    boolean reachesQuorum() {
        int reached = 1;
        for (int peer = 0; peer < lastTick.length; peer++) {
            boolean lately = standing.tick() - lastTick[peer] <= silenceTicks;
            reached += peer != standing.self() && lately ? 1 : 0;
        }
        return config.quorums().isQuorum(reached);
    }
}
