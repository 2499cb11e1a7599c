package io.sherd.consensus.sim;

import io.sherd.consensus.core.Ballot;
import io.sherd.consensus.core.Message;
import io.sherd.replication.ledger.Signature;
import io.sherd.replication.ledger.SignedType;

/** What a replica's edge checks before the core sees a message: that a signed one is signed by its sender. */
final class SimEdge {

    private SimEdge() {}

    static boolean admits(SimCluster cluster, int sender, Message message) {
        return switch (message) {
            case Message.PrePrepare m -> isSigned(cluster, sender, m.ballot(), SignedType.PRE_PREPARE, m.signature());
            case Message.Prepare m -> isSigned(cluster, m.replica(), m.ballot(), SignedType.PREPARE, m.signature());
            case Message.Commit m -> isSigned(cluster, m.replica(), m.ballot(), SignedType.COMMIT, m.signature());
            case Message.Checkpoint m ->
                isSigned(cluster, m.replica(), m.statement().toSign(cluster.domain()), m.signature());
            case Message.ViewChange m -> isSigned(cluster, m.replica(), m.toSign(cluster.domain()), m.signature());
            case Message.NewView m -> isSigned(cluster, m.replica(), m.toSign(cluster.domain()), m.signature());
            case Message.Forward m -> true;
            case Message.Status m -> true;
            case Message.FetchEntries m -> true;
            case Message.Entries m -> true;
            case Message.FetchBatches m -> true;
            case Message.Batches m -> true;
            case Message.Certificate m -> true;
            case Message.EpochClosed m -> true;
            case Message.Receipt m -> true;
        };
    }

    private static boolean isSigned(
            SimCluster cluster, int replica, Ballot ballot, SignedType type, Signature signature) {
        return isSigned(cluster, replica, ballot.toSign(cluster.domain(), type), signature);
    }

    private static boolean isSigned(SimCluster cluster, int replica, byte[] message, Signature signature) {
        return cluster.quorums().isReplica(replica)
                && cluster.keys().verify(cluster.signer(replica).key(), message, signature);
    }
}
