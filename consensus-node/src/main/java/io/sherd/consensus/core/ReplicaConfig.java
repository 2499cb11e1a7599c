package io.sherd.consensus.core;

import io.sherd.replication.Quorums;
import io.sherd.replication.genesis.Limits;
import io.sherd.replication.ledger.SigningDomain;

/**
 * Who a replica is, and its bounds. Nothing here may differ in a way that changes the ledger's bytes: what all replicas must
 * agree on is in {@link Limits}.
 *
 * @param replica its number
 * @param domain what is signed
 * @param quorums n and f
 * @param limits of the genesis
 * @param maxRoundsInFlight proposals of its own that a primary leaves undecided before it lets requests gather to a batch
 * @param maxPendingRequests requests that wait to be executed; more are ignored
 * @param resendTicks votes of a slot that makes no progress are sent again after so many ticks
 * @param requestTimeoutTicks a backup gives the primary so long for a request before it asks for another view
 * @param sealTicks how long the last executed request may stay unsealed before the primary proposes a seal
 * @param statusTicks how often the replica says where it stands
 */
public record ReplicaConfig(
        int replica,
        SigningDomain domain,
        Quorums quorums,
        Limits limits,
        int maxRoundsInFlight,
        int maxPendingRequests,
        int resendTicks,
        int requestTimeoutTicks,
        int sealTicks,
        int statusTicks) {

    private static final long REJOIN_SPACING_MILLIS = 10_000;

    /** Checks that the replica is one of the cluster's and every bound is positive. */
    public ReplicaConfig {
        if (!quorums.isReplica(replica)) {
            throw new IllegalArgumentException("replica %d of %d".formatted(replica, quorums.replicaCount()));
        }
        positive("rounds in flight", maxRoundsInFlight);
        positive("pending requests", maxPendingRequests);
        positive("resend ticks", resendTicks);
        positive("request timeout ticks", requestTimeoutTicks);
        positive("seal ticks", sealTicks);
        positive("status ticks", statusTicks);
    }

    /**
     * {@return how long a backup keeps a client's request before it relays it to the primary} A client that asks several replicas
     * costs no relays this way.
     */
    public int forwardTicks() {
        return Math.max(1, resendTicks / 8);
    }

    /** {@return how long a backup lets pass between PREPAREs for two REJOINs of one replica: 10 seconds} */
    public long rejoinTicks() {
        return Math.max(1, REJOIN_SPACING_MILLIS * sealTicks / limits.sealMillis());
    }

    private static void positive(String what, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(what + " must be at least 1, not " + value);
        }
    }
}
