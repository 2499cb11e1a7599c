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
 * @param maxPendingRequests requests that wait to be proposed; more are ignored
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
        int statusTicks) {}
