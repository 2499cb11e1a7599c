package io.sherd.consensus.sim;

import io.sherd.consensus.core.Authenticator;
import io.sherd.consensus.core.ReplicaConfig;
import io.sherd.merkle.Digest;
import io.sherd.merkle.Sha256;
import io.sherd.replication.Quorums;
import io.sherd.replication.genesis.Limits;
import io.sherd.replication.genesis.Member;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.ledger.DirectoryId;
import io.sherd.replication.ledger.Request;
import io.sherd.replication.ledger.Signer;
import io.sherd.replication.ledger.SigningDomain;
import io.sherd.replication.ledger.VerifyingKey;
import io.sherd.replication.wire.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** Keys, member table and bounds of a simulated cluster: small numbers, so that every bound is met often. */
public final class SimCluster {

    /** Sixteen entries to a segment, a window of thirty-two. */
    public static final Limits LIMITS =
            new Limits(16 << 10, 16, 32, 64 << 10, 1 << 10, 4 << 10, 128 << 10, 3, 64, 64, 1000);

    /** How many clients sign requests. */
    public static final int CLIENTS = 3;

    private final SimKeys keys = new SimKeys();
    private final Quorums quorums;
    private final Limits limits;
    private final SigningDomain domain = new SigningDomain(Sha256.of("cluster".getBytes(StandardCharsets.UTF_8)));
    private final List<Signer> signers = new ArrayList<>();
    private final List<Signer> clients = new ArrayList<>();
    private final MemberTable members;

    /** A cluster of n replicas that tolerates as many faults as it can. */
    public SimCluster(int n) {
        this(n, LIMITS);
    }

    /** A cluster with limits of its own. */
    public SimCluster(int n, Limits limits) {
        this.quorums = new Quorums(n, Quorums.largestFaultLimit(n));
        this.limits = limits;
        List<Member> table = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            signers.add(keys.signer("replica " + i));
            table.add(
                    new Member(signers.get(i).key(), Digest.ZERO, "r" + i + ":1", "r" + i + ":2", directory(i, 0), 0));
        }
        for (int i = 0; i < CLIENTS; i++) {
            clients.add(keys.signer("client " + i));
        }
        List<VerifyingKey> clientKeys = clients.stream()
                .map(Signer::key)
                .sorted(Comparator.naturalOrder())
                .toList();
        this.members = new MemberTable(0, table, clientKeys, List.of());
    }

    /** n and f. */
    public Quorums quorums() {
        return quorums;
    }

    /** n. */
    public int size() {
        return quorums.replicaCount();
    }

    /** The genesis's limits. */
    public Limits limits() {
        return limits;
    }

    /** What is signed. */
    public SigningDomain domain() {
        return domain;
    }

    /** The member table of epoch 0. */
    public MemberTable members() {
        return members;
    }

    /** Checks everybody's signatures. */
    public SimKeys keys() {
        return keys;
    }

    /** A replica's key. */
    public Signer signer(int replica) {
        return signers.get(replica);
    }

    /** A replica's key with the verifier. */
    public Authenticator authenticator(int replica) {
        return new Authenticator(signers.get(replica), keys);
    }

    /** A replica's bounds: resend after 8 ticks, time out after 60, seal after 40. */
    public ReplicaConfig config(int replica) {
        return new ReplicaConfig(replica, domain, quorums, limits, 8, 200, 8, 60, 40, 20);
    }

    /** A signed operation whose payload names client and number. */
    public Request.Operation operation(int client, long id, int sizeBytes) {
        byte[] payload = new byte[sizeBytes];
        Arrays.fill(payload, (byte) id);
        return Request.Operation.sign(domain, clients.get(client), id, Bytes.wrap(payload));
    }

    /** The REJOIN of a replica's directory of some generation. */
    public Request.Rejoin rejoin(int replica, long incarnation, int generation) {
        return Request.Rejoin.sign(domain, signers.get(replica), replica, incarnation, directory(replica, generation));
    }

    /** The id of the data directory that a replica has after so many wipes. */
    public static DirectoryId directory(int replica, int generation) {
        byte[] id = new byte[DirectoryId.SIZE_BYTES];
        id[0] = (byte) replica;
        id[1] = (byte) generation;
        return new DirectoryId(Bytes.wrap(id));
    }
}
