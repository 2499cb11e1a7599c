package io.sherd.consensus.core;

import io.sherd.merkle.Digest;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.ledger.Signature;
import io.sherd.replication.ledger.SignedType;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/** Whether VIEW-CHANGEs and NEW-VIEWs prove what they say. A message with one bad part is refused whole. */
final class ViewProofs {

    private final ReplicaConfig config;
    private final Authenticator authenticator;
    private final Standing standing;
    private final Checkpoints checkpoints;
    private final Ballots ballots;

    ViewProofs(
            ReplicaConfig config,
            Authenticator authenticator,
            Standing standing,
            Checkpoints checkpoints,
            Ballots ballots) {
        this.config = config;
        this.authenticator = authenticator;
        this.standing = standing;
        this.checkpoints = checkpoints;
        this.ballots = ballots;
    }

    /** Whether certificate and prepared certificates of a VIEW-CHANGE hold; its own signature was checked before. */
    boolean holds(Message.ViewChange change) {
        if (change.epoch() != standing.epoch()
                || change.prepared().size() > config.limits().window()) {
            return false;
        }
        long last = 0;
        if (change.stable().isPresent()) {
            CheckpointCertificate stable = change.stable().get();
            boolean closes = stable.statement().nextMembers().isPresent();
            if (stable.statement().epoch() != standing.epoch() || closes || !checkpoints.verifies(stable)) {
                return false;
            }
            last = stable.statement().sequence();
        }
        for (PreparedProof proof : change.prepared()) {
            Ballot ballot = proof.ballot();
            if (ballot.sequence() <= last
                    || ballot.view() >= change.view()
                    || !ballots.isPrepared(proof, standing.members())) {
                return false;
            }
            last = ballot.sequence();
        }
        return true;
    }

    /** Whether the VIEW-CHANGEs of a NEW-VIEW are n - f valid ones of distinct replicas for its view. */
    boolean holds(Message.NewView newView, Map<Integer, Message.ViewChange> received) {
        TreeSet<Integer> replicas = new TreeSet<>();
        for (Message.ViewChange change : newView.viewChanges()) {
            if (change.view() != newView.view() || !replicas.add(change.replica())) {
                return false;
            }
            boolean known = change.equals(received.get(change.replica()));
            if (!known && !(isSigned(change) && holds(change))) {
                return false;
            }
        }
        return config.quorums().isQuorum(replicas.size());
    }

    /** Whether a NEW-VIEW proposes above the floor exactly what the plan says, and its primary signed each of it. */
    boolean follows(Message.NewView newView, NewViewPlan plan) {
        SortedMap<Long, Signature> proposed = new TreeMap<>(newView.proposals()).tailMap(plan.floor() + 1);
        if (!proposed.keySet().equals(plan.digests().keySet())) {
            return false;
        }
        for (Map.Entry<Long, Digest> planned : plan.digests().entrySet()) {
            Ballot ballot = new Ballot(newView.epoch(), newView.view(), planned.getKey(), planned.getValue());
            Signature signature = proposed.get(planned.getKey());
            if (signature == null
                    || !ballots.isSigned(
                            ballot, SignedType.PRE_PREPARE, newView.replica(), signature, standing.members())) {
                return false;
            }
        }
        return true;
    }

    private boolean isSigned(Message.ViewChange change) {
        return config.quorums().isReplica(change.replica())
                && change.epoch() == standing.epoch()
                && authenticator
                        .verifier()
                        .verify(
                                standing.members().member(change.replica()).key(),
                                change.toSign(config.domain()),
                                change.signature());
    }
}
