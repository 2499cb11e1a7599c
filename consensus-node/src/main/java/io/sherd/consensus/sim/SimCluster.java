package io.sherd.consensus.sim;

import io.sherd.consensus.core.Authenticator;
import io.sherd.consensus.core.ReplicaConfig;
import io.sherd.merkle.Digest;
import io.sherd.merkle.Sha256;
import io.sherd.replication.Quorums;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.genesis.Limits;
import io.sherd.replication.genesis.Member;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.ledger.DirectoryId;
import io.sherd.replication.ledger.MemberChange;
import io.sherd.replication.ledger.Request;
import io.sherd.replication.ledger.SignatureVerifier;
import io.sherd.replication.ledger.Signer;
import io.sherd.replication.ledger.SigningDomain;
import io.sherd.replication.ledger.VerifyingKey;
import io.sherd.replication.wire.Bytes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** Genesis, keys and bounds of a simulated cluster: small numbers, so that every bound is met often. */
public final class SimCluster {

    /** Sixteen entries to a segment, a window of thirty-two. */
    public static final Limits LIMITS =
            new Limits(16 << 10, 16, 32, 64 << 10, 1 << 10, 4 << 10, 128 << 10, 3, 64, 64, 1000);

    /** How many clients sign requests and wait for results. */
    public static final int CLIENTS = 3;

    /** One more client, which sends what it likes. */
    static final int ANOTHER_CLIENT = CLIENTS;

    private final SimSignatures signatures;
    private final Quorums quorums;
    private final Limits limits;
    private final Genesis genesis;
    private final SigningDomain domain;
    private final List<List<Signer>> signers = new ArrayList<>();
    private final Signer admin;
    private final List<Signer> clients = new ArrayList<>();

    /**
     * A cluster of n replicas that tolerates as many faults as it can.
     *
     * @param n how many
     */
    public SimCluster(int n) {
        this(n, LIMITS);
    }

    /**
     * A cluster with limits of its own.
     *
     * @param n how many replicas
     * @param limits of the genesis
     */
    public SimCluster(int n, Limits limits) {
        this(n, limits, SimSignatures.keyedHashes());
    }

    /**
     * A cluster that signs in its own way.
     *
     * @param n how many replicas
     * @param limits of the genesis
     * @param signatures how it signs
     */
    public SimCluster(int n, Limits limits, SimSignatures signatures) {
        this.signatures = signatures;
        this.quorums = new Quorums(n, Quorums.largestFaultLimit(n));
        this.limits = limits;
        List<Member> table = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            signers.add(new ArrayList<>(List.of(signatures.signer("replica " + i))));
            table.add(new Member(signer(i).key(), Digest.ZERO, "r" + i + ":1", "r" + i + ":2", directory(i, 0), 0));
        }
        for (int i = 0; i <= ANOTHER_CLIENT; i++) {
            clients.add(signatures.signer("client " + i));
        }
        admin = signatures.signer("admin");
        List<VerifyingKey> clientKeys = clients.stream()
                .map(Signer::key)
                .sorted(Comparator.naturalOrder())
                .toList();
        this.genesis = new Genesis(
                "simulated",
                Digest.ZERO,
                quorums,
                quorums.quorum(),
                "none",
                limits,
                new MemberTable(0, table, clientKeys, List.of(admin.key())));
        this.domain = genesis.signingDomain();
    }

    /** {@return what the cluster is founded on} */
    public Genesis genesis() {
        return genesis;
    }

    /** {@return n and f} */
    public Quorums quorums() {
        return quorums;
    }

    /** {@return n} */
    public int size() {
        return quorums.replicaCount();
    }

    /** {@return the genesis's limits} */
    public Limits limits() {
        return limits;
    }

    /** {@return what is signed} */
    public SigningDomain domain() {
        return domain;
    }

    /** {@return the member table of epoch 0} */
    public MemberTable members() {
        return genesis.members();
    }

    /** {@return who checks everybody's signatures} */
    public SignatureVerifier keys() {
        return signatures;
    }

    /**
     * {@return a replica's first key}
     *
     * @param replica its number
     */
    public Signer signer(int replica) {
        return signer(replica, 0);
    }

    /**
     * {@return a replica's key after so many others}
     *
     * @param replica its number
     * @param keyGeneration how many keys it had before
     */
    public Signer signer(int replica, int keyGeneration) {
        List<Signer> keys = signers.get(replica);
        while (keys.size() <= keyGeneration) {
            keys.add(signatures.signer("replica %d, key %d".formatted(replica, keys.size())));
        }
        return keys.get(keyGeneration);
    }

    /**
     * {@return a replica's key with the verifier}
     *
     * @param replica its number
     */
    public Authenticator authenticator(int replica) {
        return authenticator(replica, 0);
    }

    /** A replica's key after so many others, with the verifier. */
    Authenticator authenticator(int replica, int keyGeneration) {
        return new Authenticator(signer(replica, keyGeneration), signatures);
    }

    /**
     * {@return a replica's bounds: resend after 8 ticks, time out after 60, seal after 40}
     *
     * @param replica its number
     */
    public ReplicaConfig config(int replica) {
        return new ReplicaConfig(replica, domain, quorums, limits, 8, 200, 8, 60, 40, 20);
    }

    /**
     * {@return a signed operation whose payload follows from its number}
     *
     * @param client which client signs
     * @param id the client's number for it
     * @param sizeBytes of the payload
     */
    public Request.Operation operation(int client, long id, int sizeBytes) {
        byte[] payload = new byte[sizeBytes];
        Arrays.fill(payload, (byte) id);
        return operation(client, id, Bytes.wrap(payload));
    }

    /** A signed operation. */
    Request.Operation operation(int client, long id, Bytes payload) {
        return Request.Operation.sign(domain, clients.get(client), id, payload);
    }

    /**
     * {@return an admin's change}
     *
     * @param epoch the epoch that it ends
     * @param changes what changes
     */
    public Request.Change change(long epoch, MemberChange... changes) {
        return Request.Change.sign(domain, admin, epoch, List.of(changes));
    }

    /**
     * {@return the change of a replica's key to the one after so many others}
     *
     * @param replica which replica
     * @param keyGeneration how many keys it had before the new one
     */
    public MemberChange.ReplaceKey replaceKey(int replica, int keyGeneration) {
        VerifyingKey key = signer(replica, keyGeneration).key();
        return new MemberChange.ReplaceKey(replica, key, Sha256.of(key.raw().toByteArray()));
    }

    /**
     * {@return a client's key}
     *
     * @param client its number
     */
    public VerifyingKey client(int client) {
        return clients.get(client).key();
    }

    /**
     * {@return the REJOIN of a replica's directory of some generation}
     *
     * @param replica which replica
     * @param incarnation the incarnation that it replaces
     * @param generation how many directories it had before
     */
    public Request.Rejoin rejoin(int replica, long incarnation, int generation) {
        return rejoin(signer(replica), replica, incarnation, generation);
    }

    /** The REJOIN of a replica's directory of some generation, signed with one of its keys. */
    Request.Rejoin rejoin(Signer signer, int replica, long incarnation, int generation) {
        return Request.Rejoin.sign(domain, signer, replica, incarnation, directory(replica, generation));
    }

    /**
     * {@return the id of the data directory that a replica has after so many wipes}
     *
     * @param replica which replica
     * @param generation how many directories it had before
     */
    public static DirectoryId directory(int replica, int generation) {
        byte[] id = new byte[DirectoryId.SIZE_BYTES];
        id[0] = (byte) replica;
        id[1] = (byte) generation;
        id[2] = (byte) (generation >>> 8);
        return new DirectoryId(Bytes.wrap(id));
    }
}
