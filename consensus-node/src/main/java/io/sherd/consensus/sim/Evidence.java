package io.sherd.consensus.sim;

import static io.sherd.consensus.sim.Violation.unless;

import io.sherd.consensus.core.Ballot;
import io.sherd.consensus.core.DecidedEntry;
import io.sherd.consensus.core.Message;
import io.sherd.consensus.core.PreparedProof;
import io.sherd.consensus.core.VoteRecord;
import io.sherd.merkle.Digest;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.ledger.Batch;
import io.sherd.replication.ledger.LedgerEntry;
import io.sherd.replication.ledger.Request;
import io.sherd.replication.ledger.Signature;
import io.sherd.replication.ledger.SignedType;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a correct replica goes by must prove what it takes it for. This is the slow twin of the core's own checks: it follows
 * the definitions of PBFT word for word and shares no code with the core, so that a core which believes too much is found when
 * it does so, and not only when a ledger has split.
 */
final class Evidence {

    private final SimCluster cluster;
    private final Set<CheckpointCertificate> certified = new HashSet<>();

    Evidence(SimCluster cluster) {
        this.cluster = cluster;
    }

    /** A correct replica, whose disk knows a position to be stable, makes something durable that it goes by from now on. */
    void persisted(String node, VoteRecord record, long stable, Map<Long, MemberTable> tables) {
        switch (record) {
            case VoteRecord.OwnCommit own ->
                unless(isPrepared(own.proof(), tables), "%s commits without a prepared certificate", node);
            case VoteRecord.Decided(DecidedEntry entry) ->
                unless(
                        entry.commits().size() >= cluster.quorums().quorum()
                                && areSigned(
                                        entry.ballot(), SignedType.COMMIT, entry.commits(), tables.get(entry.epoch())),
                        "%s takes %s for decided",
                        node,
                        entry.entry());
            case VoteRecord.AcceptedNewView(Message.NewView newView) -> follows(node, newView, stable, tables);
            case VoteRecord.StableCheckpoint(CheckpointCertificate certificate) -> certified(node, certificate, tables);
            case VoteRecord.Proposal p -> {}
            case VoteRecord.OwnPrepare p -> {}
            case VoteRecord.InView v -> {}
            case VoteRecord.OwnViewChange v -> {}
            case VoteRecord.Closed c -> certified(node, c.closed().certificate(), tables);
            case VoteRecord.OwnRejoin r -> {}
        }
    }

    /** I2: each request that is executed is signed by whom it names, and a batch is of one kind. */
    void valid(String node, LedgerEntry entry, @Nullable MemberTable members) {
        for (Request request : entry.batch().requests()) {
            boolean signed = members != null
                    && switch (request) {
                        case Request.Operation operation ->
                            members.isClient(operation.client())
                                    && operation.isSignedFor(cluster.domain(), cluster.keys());
                        case Request.Rejoin rejoin ->
                            rejoin.isSignedFor(
                                    cluster.domain(),
                                    cluster.keys(),
                                    members.member(rejoin.replica()).key());
                        case Request.Change change ->
                            members.objectionTo(change, cluster.quorums()).isEmpty()
                                    && change.isSignedFor(cluster.domain(), cluster.keys());
                        case Request.Seal seal -> seal.sequence() == entry.sequence();
                    };
            unless(signed, "%s executes at %d what nobody asked for: %s", node, entry.sequence(), request);
        }
    }

    /** A certificate has n - f good signatures of its epoch. */
    void certified(String node, CheckpointCertificate certificate, Map<Long, MemberTable> tables) {
        if (!certified.add(certificate)) {
            return;
        }
        MemberTable members = tables.get(certificate.statement().epoch());
        byte[] message = certificate.statement().toSign(cluster.domain());
        boolean holds = members != null
                && certificate.signatures().size() >= cluster.quorums().quorum();
        for (Map.Entry<Integer, Signature> signed : certificate.signatures().entrySet()) {
            holds = holds
                    && members != null
                    && cluster.keys().verify(members.member(signed.getKey()).key(), message, signed.getValue());
        }
        unless(holds, "%s takes %s for stable", node, certificate.statement());
    }

    /** A correct replica's VIEW-CHANGE shows everything that its disk says was prepared here. */
    void tellsAll(String node, Message.ViewChange change, SimVotes votes) {
        long shown = change.stable().map(c -> c.statement().sequence()).orElse(0L);
        TreeMap<Long, Long> told = new TreeMap<>();
        change.prepared()
                .forEach(proof ->
                        told.put(proof.ballot().sequence(), proof.ballot().view()));
        votes.preparedViews().forEach((sequence, view) -> {
            Long toldView = told.get(sequence);
            unless(
                    sequence <= shown || (toldView != null && toldView >= view),
                    "%s asks for view %d and does not tell that %d was prepared in view %d",
                    node,
                    change.view(),
                    sequence,
                    view);
        });
    }

    /** PBFT section 4.4: a NEW-VIEW proposes what its n - f VIEW-CHANGEs oblige it to, and nothing else. */
    private void follows(String node, Message.NewView newView, long stable, Map<Long, MemberTable> tables) {
        MemberTable members = tables.get(newView.epoch());
        TreeMap<Long, Ballot> highest = new TreeMap<>();
        Set<Integer> replicas = new HashSet<>();
        long floor = stable;
        for (Message.ViewChange change : newView.viewChanges()) {
            boolean signed = members != null
                    && cluster.quorums().isReplica(change.replica())
                    && cluster.keys()
                            .verify(
                                    members.member(change.replica()).key(),
                                    change.toSign(cluster.domain()),
                                    change.signature());
            unless(
                    signed && change.view() == newView.view() && change.epoch() == newView.epoch(),
                    "%s enters view %d with a VIEW-CHANGE that is none",
                    node,
                    newView.view());
            replicas.add(change.replica());
            if (change.stable().isPresent()) {
                certified(node, change.stable().get(), tables);
                floor = Math.max(floor, change.stable().get().statement().sequence());
            }
            for (PreparedProof proof : change.prepared()) {
                unless(
                        isPrepared(proof, tables) && proof.ballot().view() < newView.view(),
                        "%s enters view %d with a prepared certificate that is none",
                        node,
                        newView.view());
                Ballot known = highest.get(proof.ballot().sequence());
                if (known == null || known.view() < proof.ballot().view()) {
                    highest.put(proof.ballot().sequence(), proof.ballot());
                }
            }
        }
        unless(
                replicas.size() >= cluster.quorums().quorum(),
                "%s enters view %d by %d replicas",
                node,
                newView.view(),
                replicas.size());
        proposes(node, newView, members, highest, floor);
    }

    private void proposes(
            String node,
            Message.NewView newView,
            @Nullable MemberTable members,
            SortedMap<Long, Ballot> highest,
            long floor) {
        long last = highest.isEmpty() ? floor : highest.lastKey();
        int primary = cluster.quorums().primaryOf(newView.epoch(), newView.view());
        for (long sequence = floor + 1; sequence <= last; sequence++) {
            Ballot prepared = highest.get(sequence);
            Digest digest = prepared == null ? Batch.NULL.digest() : prepared.digest();
            Ballot obliged = new Ballot(newView.epoch(), newView.view(), sequence, digest);
            Signature signature = newView.proposals().get(sequence);
            unless(
                    signature != null
                            && members != null
                            && isSigned(obliged, SignedType.PRE_PREPARE, primary, signature, members),
                    "%s enters view %d, which does not propose what was prepared at %d",
                    node,
                    newView.view(),
                    sequence);
        }
        unless(
                newView.proposals().tailMap(floor + 1).isEmpty()
                        || newView.proposals().lastKey() <= last,
                "%s enters view %d, which proposes more than was prepared",
                node,
                newView.view());
    }

    private boolean isPrepared(PreparedProof proof, Map<Long, MemberTable> tables) {
        Ballot ballot = proof.ballot();
        MemberTable members = tables.get(ballot.epoch());
        int primary = cluster.quorums().primaryOf(ballot.epoch(), ballot.view());
        return members != null
                && proof.prepares().size() >= cluster.quorums().preparesNeeded()
                && !proof.prepares().containsKey(primary)
                && isSigned(ballot, SignedType.PRE_PREPARE, primary, proof.prePrepare(), members)
                && areSigned(ballot, SignedType.PREPARE, proof.prepares(), members);
    }

    private boolean areSigned(
            Ballot ballot, SignedType type, SortedMap<Integer, Signature> signatures, @Nullable MemberTable members) {
        if (members == null) {
            return false;
        }
        for (Map.Entry<Integer, Signature> signed : signatures.entrySet()) {
            if (!isSigned(ballot, type, signed.getKey(), signed.getValue(), members)) {
                return false;
            }
        }
        return true;
    }

    private boolean isSigned(Ballot ballot, SignedType type, int replica, Signature signature, MemberTable members) {
        return cluster.quorums().isReplica(replica)
                && cluster.keys()
                        .verify(members.member(replica).key(), ballot.toSign(cluster.domain(), type), signature);
    }
}
