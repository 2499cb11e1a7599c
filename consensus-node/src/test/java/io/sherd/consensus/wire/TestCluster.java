package io.sherd.consensus.wire;

import io.sherd.consensus.core.Ballot;
import io.sherd.consensus.core.DecidedEntry;
import io.sherd.consensus.core.Message;
import io.sherd.consensus.core.PreparedProof;
import io.sherd.merkle.Digest;
import io.sherd.merkle.Sha256;
import io.sherd.replication.Quorums;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.CheckpointStatement;
import io.sherd.replication.checkpoint.ClosedEpoch;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.genesis.Limits;
import io.sherd.replication.genesis.Member;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.ledger.Batch;
import io.sherd.replication.ledger.DirectoryId;
import io.sherd.replication.ledger.LedgerEntry;
import io.sherd.replication.ledger.Request;
import io.sherd.replication.ledger.Signature;
import io.sherd.replication.ledger.SignedType;
import io.sherd.replication.ledger.Signer;
import io.sherd.replication.ledger.SigningDomain;
import io.sherd.replication.ledger.VerifyingKey;
import io.sherd.replication.wire.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.IntFunction;

/** A cluster without processes: its genesis, its keys, and what its replicas sign. Everything in it is the same every time. */
public final class TestCluster {

    private final Genesis genesis;
    private final List<Signer> signers = new ArrayList<>();
    private final Signer client = TestKeys.signer("client");

    /** A cluster of so many replicas with addresses nobody listens on. */
    public TestCluster(int replicaCount) {
        this(replicaCount, "test", i -> hash("pin " + i), i -> "127.0.0.1:" + (7000 + i));
    }

    /** A cluster of so many replicas with these pins and addresses of replica links. */
    public TestCluster(int replicaCount, String name, IntFunction<Digest> pins, IntFunction<String> addresses) {
        List<Member> members = new ArrayList<>();
        for (int i = 0; i < replicaCount; i++) {
            Signer signer = TestKeys.signer("replica " + i);
            signers.add(signer);
            members.add(new Member(
                    signer.key(), pins.apply(i), addresses.apply(i), "127.0.0.1:" + (8000 + i), directory(i), 0));
        }
        Quorums quorums = new Quorums(replicaCount, Quorums.largestFaultLimit(replicaCount));
        genesis = new Genesis(
                name,
                hash("nonce"),
                quorums,
                quorums.quorum(),
                "none",
                Limits.DEFAULT,
                new MemberTable(0, members, List.of(client.key()), List.of()));
    }

    /** What the cluster is founded on. */
    public Genesis genesis() {
        return genesis;
    }

    /** What its signatures are made over. */
    public SigningDomain domain() {
        return genesis.signingDomain();
    }

    /** The codec of its messages. */
    public MessageCodec codec() {
        return new MessageCodec(genesis.limits(), genesis.quorums());
    }

    /** A replica's key. */
    public Signer signer(int replica) {
        return signers.get(replica);
    }

    /** The listed client's key. */
    public VerifyingKey client() {
        return client.key();
    }

    /** A replica's first directory. */
    public static DirectoryId directory(int replica) {
        byte[] id = new byte[DirectoryId.SIZE_BYTES];
        Arrays.fill(id, (byte) (replica + 1));
        return new DirectoryId(Bytes.wrap(id));
    }

    /** The digest of a text. */
    public static Digest hash(String text) {
        return Sha256.of(text.getBytes(StandardCharsets.UTF_8));
    }

    /** A client's operation. */
    public Request.Operation operation(long id, String payload) {
        return Request.Operation.sign(domain(), client, id, Bytes.wrap(payload.getBytes(StandardCharsets.UTF_8)));
    }

    /** A batch of operations whose content depends on a number only. */
    public Batch batch(long number) {
        return Batch.of(List.of(operation(number, "put " + number), operation(number + 1, "")));
    }

    /** A ballot for a batch. */
    public Ballot ballot(long epoch, long view, long sequence, Batch batch) {
        return new Ballot(epoch, view, sequence, batch.digest());
    }

    /** The primary's proposal. */
    public Message.PrePrepare prePrepare(long epoch, long view, long sequence, Batch batch) {
        Ballot ballot = ballot(epoch, view, sequence, batch);
        int primary = genesis.quorums().primaryOf(epoch, view);
        return new Message.PrePrepare(ballot, batch, sign(primary, ballot, SignedType.PRE_PREPARE));
    }

    /** A replica's PREPARE. */
    public Message.Prepare prepare(Ballot ballot, int replica) {
        return new Message.Prepare(ballot, replica, sign(replica, ballot, SignedType.PREPARE));
    }

    /** A replica's COMMIT. */
    public Message.Commit commit(Ballot ballot, int replica) {
        return new Message.Commit(ballot, replica, sign(replica, ballot, SignedType.COMMIT));
    }

    /** A prepared certificate. */
    public PreparedProof proof(Ballot ballot) {
        int primary = genesis.quorums().primaryOf(ballot.epoch(), ballot.view());
        SortedMap<Integer, Signature> prepares = new TreeMap<>();
        for (int i = 0; prepares.size() < genesis.quorums().preparesNeeded(); i++) {
            if (i != primary) {
                prepares.put(i, sign(i, ballot, SignedType.PREPARE));
            }
        }
        return new PreparedProof(ballot, sign(primary, ballot, SignedType.PRE_PREPARE), prepares);
    }

    /** A decided entry with the COMMITs of the first n - f replicas. */
    public DecidedEntry decided(long epoch, long view, long sequence, Batch batch) {
        Ballot ballot = ballot(epoch, view, sequence, batch);
        SortedMap<Integer, Signature> commits = new TreeMap<>();
        for (int i = 0; i < genesis.quorums().quorum(); i++) {
            commits.put(i, sign(i, ballot, SignedType.COMMIT));
        }
        return new DecidedEntry(new LedgerEntry(sequence, batch), epoch, view, commits);
    }

    /** A statement about a closing. */
    public CheckpointStatement statement(long epoch, long sequence, Optional<MemberTable> next) {
        return new CheckpointStatement(
                epoch,
                sequence,
                hash("ledger " + sequence),
                sequence / 128 + 1,
                hash("history " + sequence),
                0,
                hash("state"),
                next.map(MemberTable::digest));
    }

    /** A replica's CHECKPOINT. */
    public Message.Checkpoint checkpoint(CheckpointStatement statement, int replica) {
        return new Message.Checkpoint(statement, replica, signer(replica).sign(statement.toSign(domain())));
    }

    /** A certificate with the signatures of the first n - f replicas. */
    public CheckpointCertificate certificate(CheckpointStatement statement) {
        SortedMap<Integer, Signature> signatures = new TreeMap<>();
        for (int i = 0; i < genesis.quorums().quorum(); i++) {
            signatures.put(i, signer(i).sign(statement.toSign(domain())));
        }
        return new CheckpointCertificate(statement, signatures);
    }

    /** A replica's VIEW-CHANGE. */
    public Message.ViewChange viewChange(
            long epoch, long view, Optional<CheckpointCertificate> stable, List<PreparedProof> prepared, int replica) {
        Signature none = signer(replica).sign(new byte[0]);
        byte[] signed = new Message.ViewChange(epoch, view, stable, prepared, replica, none).toSign(domain());
        return new Message.ViewChange(
                epoch, view, stable, prepared, replica, signer(replica).sign(signed));
    }

    /** The new primary's NEW-VIEW. */
    public Message.NewView newView(
            long epoch, long view, List<Message.ViewChange> changes, SortedMap<Long, Signature> proposals) {
        int primary = genesis.quorums().primaryOf(epoch, view);
        Signature none = signer(primary).sign(new byte[0]);
        byte[] signed = new Message.NewView(epoch, view, changes, proposals, primary, none).toSign(domain());
        return new Message.NewView(
                epoch, view, changes, proposals, primary, signer(primary).sign(signed));
    }

    /** A replica's REJOIN with a new directory, which becomes that of {@code directoryOf}. */
    public Request.Rejoin rejoin(int replica, long incarnation, int directoryOf) {
        return Request.Rejoin.sign(domain(), signer(replica), replica, incarnation, directory(directoryOf));
    }

    /** The closing of an epoch by one REJOIN. */
    public ClosedEpoch closedEpoch(MemberTable members, long sequence, Request.Rejoin rejoin) {
        MemberTable next = members.after(Batch.of(List.of(rejoin)));
        return new ClosedEpoch(certificate(statement(members.epoch(), sequence, Optional.of(next))), next);
    }

    private Signature sign(int replica, Ballot ballot, SignedType type) {
        return signer(replica).sign(ballot.toSign(domain(), type));
    }
}
