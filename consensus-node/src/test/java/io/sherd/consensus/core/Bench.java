package io.sherd.consensus.core;

import io.sherd.consensus.sim.SimCluster;
import io.sherd.merkle.Digest;
import io.sherd.merkle.Sha256;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.CheckpointStatement;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.ledger.Batch;
import io.sherd.replication.ledger.LedgerEntry;
import io.sherd.replication.ledger.Request;
import io.sherd.replication.ledger.Signature;
import io.sherd.replication.ledger.SignedType;
import io.sherd.replication.wire.Bytes;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** One core under test, and the signed words of its peers. */
final class Bench {

    private static final Signature UNSIGNED = new Signature(Bytes.wrap(new byte[Signature.SIZE_BYTES]));

    private final SimCluster cluster;
    private final int self;
    private final Replica replica;
    private final List<Effect> first;
    private final Set<Integer> silent = new HashSet<>();

    private Bench(SimCluster cluster, int self, Authenticator authenticator, Recovered recovered) {
        this.cluster = cluster;
        this.self = self;
        this.replica = new Replica(cluster.config(self), authenticator, recovered);
        this.first = replica.start();
    }

    /** A replica of a new cluster of n. */
    static Bench founding(int n, int self) {
        SimCluster cluster = new SimCluster(n);
        return recovered(cluster, self, Recovered.founding(cluster.members(), SimCluster.directory(self, 0), false));
    }

    /** A replica that starts with what its disk knows. */
    static Bench recovered(SimCluster cluster, int self, Recovered recovered) {
        return new Bench(cluster, self, cluster.authenticator(self), recovered);
    }

    /** A replica of a new cluster that is started with the key after so many others. */
    static Bench withKey(SimCluster cluster, int self, int keyGeneration) {
        return withKey(
                cluster,
                self,
                keyGeneration,
                Recovered.founding(cluster.members(), SimCluster.directory(self, 0), false));
    }

    /** A replica that starts with what its disk knows, and with the key after so many others. */
    static Bench withKey(SimCluster cluster, int self, int keyGeneration, Recovered recovered) {
        Authenticator authenticator = new Authenticator(cluster.signer(self, keyGeneration), cluster.keys());
        return new Bench(cluster, self, authenticator, recovered);
    }

    SimCluster cluster() {
        return cluster;
    }

    /** What the start asked for. */
    List<Effect> first() {
        return first;
    }

    Inspection inspect() {
        return replica.inspect();
    }

    List<Effect> step(Event event) {
        return replica.step(event);
    }

    List<Effect> arrive(int sender, Message message) {
        return replica.step(new Event.Arrived(sender, message));
    }

    List<Effect> submit(Request request) {
        return replica.step(new Event.Submitted(request));
    }

    /** From now on nothing is heard of these peers but what a test lets arrive. */
    void silence(Integer... peers) {
        silent.addAll(List.of(peers));
    }

    /** All peers are heard of again. */
    void endSilence() {
        silent.clear();
    }

    /** The effects of so many ticks, in which every peer is heard of that is not silent. */
    List<Effect> tick(int ticks) {
        List<Effect> effects = new ArrayList<>();
        for (int i = 0; i < ticks; i++) {
            for (int peer = 0; peer < cluster.size(); peer++) {
                if (peer != self && !silent.contains(peer)) {
                    arrive(peer, new Message.FetchEntries(1, 1)).stream()
                            .filter(effect -> !(effect instanceof Effect.Ignored))
                            .forEach(effects::add);
                }
            }
            effects.addAll(replica.step(new Event.Tick()));
        }
        return effects;
    }

    /** A batch of one small operation. */
    Batch batch(long id) {
        return Batch.of(List.of(cluster.operation(0, id, 10)));
    }

    /** A ballot of epoch 0. */
    static Ballot ballot(long view, long sequence, Batch batch) {
        return new Ballot(0, view, sequence, batch.digest());
    }

    Message.PrePrepare prePrepare(long view, long sequence, Batch batch) {
        Ballot ballot = ballot(view, sequence, batch);
        int primary = cluster.quorums().primaryOf(0, view);
        return new Message.PrePrepare(ballot, batch, sign(primary, ballot, SignedType.PRE_PREPARE));
    }

    Message.Prepare prepare(int replica, Ballot ballot) {
        return new Message.Prepare(ballot, replica, sign(replica, ballot, SignedType.PREPARE));
    }

    Message.Commit commit(int replica, Ballot ballot) {
        return new Message.Commit(ballot, replica, sign(replica, ballot, SignedType.COMMIT));
    }

    Message.Checkpoint checkpoint(int replica, CheckpointStatement statement) {
        Signature signature = cluster.signer(replica).sign(statement.toSign(cluster.domain()));
        return new Message.Checkpoint(statement, replica, signature);
    }

    /** A statement of epoch 0, as far as the core can tell. */
    static CheckpointStatement statement(long sequence) {
        return statement(sequence, "ledger", Optional.empty());
    }

    static CheckpointStatement statement(long sequence, String ledger, Optional<MemberTable> next) {
        Digest hash = Sha256.of(ledger.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        return new CheckpointStatement(0, sequence, hash, 1, hash, 0, Digest.ZERO, next.map(MemberTable::digest));
    }

    CheckpointCertificate certificate(CheckpointStatement statement, int... signers) {
        TreeMap<Integer, Signature> signatures = new TreeMap<>();
        for (int signer : signers) {
            signatures.put(signer, checkpoint(signer, statement).signature());
        }
        return new CheckpointCertificate(statement, signatures);
    }

    /** A prepared certificate by the primary of a view and the lowest backups. */
    PreparedProof proof(long view, long sequence, Batch batch) {
        Ballot ballot = ballot(view, sequence, batch);
        int primary = cluster.quorums().primaryOf(0, view);
        TreeMap<Integer, Signature> prepares = new TreeMap<>();
        for (int i = 0; prepares.size() < cluster.quorums().preparesNeeded(); i++) {
            if (i != primary) {
                prepares.put(i, prepare(i, ballot).signature());
            }
        }
        return new PreparedProof(ballot, sign(primary, ballot, SignedType.PRE_PREPARE), prepares);
    }

    /** An entry that the lowest n - f replicas committed in view 0. */
    DecidedEntry decided(long sequence, Batch batch) {
        Ballot ballot = ballot(0, sequence, batch);
        TreeMap<Integer, Signature> commits = new TreeMap<>();
        for (int i = 0; i < cluster.quorums().quorum(); i++) {
            commits.put(i, commit(i, ballot).signature());
        }
        return new DecidedEntry(new LedgerEntry(sequence, batch), 0, 0, commits);
    }

    Message.ViewChange viewChange(
            int replica, long view, Optional<CheckpointCertificate> stable, PreparedProof... prepared) {
        Message.ViewChange unsigned = new Message.ViewChange(0, view, stable, List.of(prepared), replica, UNSIGNED);
        Signature signature = cluster.signer(replica).sign(unsigned.toSign(cluster.domain()));
        return new Message.ViewChange(0, view, stable, List.of(prepared), replica, signature);
    }

    /** A NEW-VIEW whose primary proposes what it pleases: signed, right or wrong. */
    Message.NewView newView(long view, List<Message.ViewChange> viewChanges, SortedMap<Long, Digest> proposals) {
        int primary = cluster.quorums().primaryOf(0, view);
        TreeMap<Long, Signature> signatures = new TreeMap<>();
        proposals.forEach((sequence, digest) ->
                signatures.put(sequence, sign(primary, new Ballot(0, view, sequence, digest), SignedType.PRE_PREPARE)));
        Message.NewView unsigned = new Message.NewView(0, view, viewChanges, signatures, primary, UNSIGNED);
        Signature signature = cluster.signer(primary).sign(unsigned.toSign(cluster.domain()));
        return new Message.NewView(0, view, viewChanges, signatures, primary, signature);
    }

    Signature sign(int replica, Ballot ballot, SignedType type) {
        return cluster.signer(replica).sign(ballot.toSign(cluster.domain(), type));
    }

    /** Decides a batch at a position of view 0, by the votes of all others. */
    List<Effect> decide(long sequence, Batch batch) {
        List<Effect> effects = new ArrayList<>();
        Ballot ballot = ballot(0, sequence, batch);
        if (self != 0) {
            effects.addAll(arrive(0, prePrepare(0, sequence, batch)));
        }
        IntStream.range(1, cluster.size())
                .filter(i -> i != self)
                .forEach(i -> effects.addAll(arrive(i, prepare(i, ballot))));
        IntStream.range(0, cluster.size())
                .filter(i -> i != self)
                .forEach(i -> effects.addAll(arrive(i, commit(i, ballot))));
        return effects;
    }

    /** The effects of one kind. */
    static <T extends Effect> List<T> only(Class<T> kind, List<Effect> effects) {
        return effects.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    /** The messages of one kind that were broadcast. */
    static <T extends Message> List<T> broadcast(Class<T> kind, List<Effect> effects) {
        return only(Effect.Broadcast.class, effects).stream()
                .map(Effect.Broadcast::message)
                .filter(kind::isInstance)
                .map(kind::cast)
                .toList();
    }
}
