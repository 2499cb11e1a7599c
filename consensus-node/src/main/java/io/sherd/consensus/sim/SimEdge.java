package io.sherd.consensus.sim;

import io.sherd.consensus.core.Ballot;
import io.sherd.consensus.core.Message;
import io.sherd.replication.ledger.Signature;
import io.sherd.replication.ledger.SignedType;

/** What a replica's edge checks before the core sees a message: that a signed one is signed by its sender, with its key of that epoch. */
final class SimEdge {

    private final SimCluster cluster;
    private final Checkers checkers;

    SimEdge(SimCluster cluster, Checkers checkers) {
        this.cluster = cluster;
        this.checkers = checkers;
    }

    boolean admits(int sender, Message message) {
        return switch (message) {
            case Message.PrePrepare m -> isSigned(sender, m.ballot(), SignedType.PRE_PREPARE, m.signature());
            case Message.Prepare m -> isSigned(m.replica(), m.ballot(), SignedType.PREPARE, m.signature());
            case Message.Commit m -> isSigned(m.replica(), m.ballot(), SignedType.COMMIT, m.signature());
            case Message.Checkpoint m ->
                isSigned(m.replica(), m.statement().epoch(), m.statement().toSign(cluster.domain()), m.signature());
            case Message.ViewChange m -> isSigned(m.replica(), m.epoch(), m.toSign(cluster.domain()), m.signature());
            case Message.NewView m -> isSigned(m.replica(), m.epoch(), m.toSign(cluster.domain()), m.signature());
            case Message.Forward m -> true;
            case Message.Status m -> true;
            case Message.FetchEntries m -> true;
            case Message.Entries m -> true;
            case Message.FetchBatches m -> true;
            case Message.Batches m -> true;
            case Message.Certificate m -> true;
            case Message.EpochClosed m -> true;
            case Message.Receipt m -> true;
            case Message.FetchSigned m -> true;
            case Message.Signed m -> true;
        };
    }

    private boolean isSigned(int replica, Ballot ballot, SignedType type, Signature signature) {
        return isSigned(replica, ballot.epoch(), ballot.toSign(cluster.domain(), type), signature);
    }

    private boolean isSigned(int replica, long epoch, byte[] message, Signature signature) {
        return cluster.quorums().isReplica(replica)
                && cluster.keys().verify(checkers.table(epoch).member(replica).key(), message, signature);
    }
}
