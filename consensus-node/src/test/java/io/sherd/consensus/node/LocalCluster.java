package io.sherd.consensus.node;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.sherd.archive.crypto.Ed25519Signer;
import io.sherd.archive.crypto.KeyFile;
import io.sherd.archive.crypto.RandomIds;
import io.sherd.archive.crypto.TlsIdentity;
import io.sherd.archive.edge.EdgeChannels;
import io.sherd.archive.genesis.Addresses;
import io.sherd.archive.genesis.GenesisFile;
import io.sherd.archive.scrub.ScrubSettings;
import io.sherd.archive.state.RocksStateStore;
import io.sherd.archive.store.DataDirectory;
import io.sherd.archive.store.DirectoryIdentity;
import io.sherd.archive.store.RocksPieceStore;
import io.sherd.archive.store.StoreException;
import io.sherd.archive.store.StoreOwner;
import io.sherd.consensus.durable.VoteLog;
import io.sherd.consensus.rpc.AdminGrpc;
import io.sherd.consensus.rpc.ChangeMembersRequest;
import io.sherd.replication.Quorums;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.genesis.Limits;
import io.sherd.replication.genesis.Member;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.ledger.DirectoryId;
import io.sherd.replication.ledger.MemberChange;
import io.sherd.replication.ledger.Request;
import io.sherd.replication.ledger.VerifyingKey;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Replicas of one cluster in this process: real TLS on loopback, real databases. */
final class LocalCluster implements AutoCloseable {

    private static final int LOWEST_PORT = 20_000;
    private static final int FIRST_OUTGOING_PORT = 32_768;

    final Genesis genesis;
    final Ed25519Signer client = Ed25519Signer.generate();
    final Ed25519Signer otherClient = Ed25519Signer.generate();
    final Ed25519Signer admin = Ed25519Signer.generate();
    final Map<Integer, Throwable> failures = new ConcurrentHashMap<>();
    private final Path root;
    private long keepEntryBytes = NodeConfig.DEFAULT_KEEP_ENTRY_BYTES;
    /** By replica, the name of its keys' files. */
    private final Map<Integer, String> keyNames = new ConcurrentHashMap<>();

    private final ConcurrentSkipListMap<Integer, ConsensusNode> running = new ConcurrentSkipListMap<>();

    /**
     * A cluster whose replicas are not started.
     *
     * @param root an empty directory
     * @param replicaCount n; f is the largest that n allows
     * @param limits of the genesis
     */
    LocalCluster(Path root, int replicaCount, Limits limits) throws Exception {
        this.root = root;
        List<Member> members = new ArrayList<>();
        List<Integer> ports = freePorts(2 * replicaCount);
        for (int replica = 0; replica < replicaCount; replica++) {
            Ed25519Signer signer = KeyFile.generate(file(replica, "ledger.key"));
            TlsIdentity identity = TlsIdentity.generate(Clock.systemUTC());
            identity.write(file(replica, "tls.key"), file(replica, "tls.crt"));
            members.add(new Member(
                    signer.key(),
                    identity.pin(),
                    "127.0.0.1:" + ports.get(2 * replica),
                    "127.0.0.1:" + ports.get(2 * replica + 1),
                    RandomIds.directoryId(),
                    0));
        }
        List<VerifyingKey> clients =
                Stream.of(client.key(), otherClient.key()).sorted().toList();
        int faults = Quorums.largestFaultLimit(replicaCount);
        genesis = new Genesis(
                "local",
                RandomIds.nonce(),
                new Quorums(replicaCount, faults),
                replicaCount - faults,
                "key-value/1",
                limits,
                new MemberTable(0, members, clients, List.of(admin.key())));
        GenesisFile.write(root.resolve("genesis.json"), genesis);
        for (int replica = 0; replica < replicaCount; replica++) {
            StoreOwner owner = new StoreOwner(genesis.clusterId(), replica);
            create(replica, DirectoryIdentity.unused(owner, members.get(replica).directory()));
        }
    }

    /** Makes an empty data directory. */
    void create(int replica, DirectoryIdentity identity) throws StoreException {
        DirectoryId id = identity.directoryId();
        DataDirectory.create(data(replica), identity, layout -> {
            RocksPieceStore.create(layout.archive(), identity.owner());
            RocksStateStore.create(layout.state(), identity.owner());
            VoteLog.create(layout.votes(), genesis, replica, id);
        });
    }

    Path data(int replica) {
        return root.resolve("r" + replica);
    }

    /** Keeps a copy of the data directory of a replica that is stopped. */
    void backUp(int replica) throws IOException {
        copy(data(replica), backup(replica));
    }

    /** Puts the copy in the place of the directory. */
    void rollBack(int replica) throws IOException {
        try (Stream<Path> files = Files.walk(data(replica))) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
        copy(backup(replica), data(replica));
    }

    private Path backup(int replica) {
        return root.resolve("r" + replica + "-copy");
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file)));
            }
        }
    }

    NodeConfig config(int replica) {
        return new NodeConfig(
                replica,
                root.resolve("genesis.json"),
                data(replica),
                file(replica, keyName(replica) + "ledger.key"),
                file(replica, keyName(replica) + "tls.key"),
                file(replica, keyName(replica) + "tls.crt"),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                false,
                keepEntryBytes,
                ScrubSettings.DEFAULT);
    }

    /** Makes other keys for a replica, with which it is started from now on; returns what an admin signs to have them taken. */
    MemberChange.ReplaceKey newKeys(int replica) throws Exception {
        latestKeys(replica);
        Ed25519Signer signer = KeyFile.generate(file(replica, keyName(replica) + "ledger.key"));
        TlsIdentity identity = TlsIdentity.generate(Clock.systemUTC());
        identity.write(file(replica, keyName(replica) + "tls.key"), file(replica, keyName(replica) + "tls.crt"));
        return new MemberChange.ReplaceKey(replica, signer.key(), identity.pin());
    }

    /** From now on a replica is started with the keys that it had first. */
    void firstKeys(int replica) {
        keyNames.put(replica, "");
    }

    /** From now on a replica is started with the keys that were made last for it. */
    void latestKeys(int replica) {
        keyNames.put(replica, "new-");
    }

    /** An admin asks a replica to have something changed in an epoch. */
    void change(int door, long epoch, MemberChange... changes) {
        Request.Change change = Request.Change.sign(genesis.signingDomain(), admin, epoch, List.of(changes));
        Member member = node(door).parts().members.current().member(door);
        ManagedChannel channel = EdgeChannels.to(Addresses.parse(member.edgeAddress()), member.tlsPin())
                .build();
        try {
            var _ = AdminGrpc.newBlockingStub(channel)
                    .changeMembers(ChangeMembersRequest.newBuilder()
                            .setChange(ByteString.copyFrom(change.encoded().toByteArray()))
                            .build());
        } finally {
            channel.shutdownNow();
        }
    }

    private String keyName(int replica) {
        return keyNames.getOrDefault(replica, "");
    }

    /** What replicas that are started from now on keep for others that are away. */
    void keepEntryBytes(long bytes) {
        keepEntryBytes = bytes;
    }

    void startAll() throws Exception {
        for (int replica = 0; replica < genesis.quorums().replicaCount(); replica++) {
            start(replica);
        }
    }

    void start(int replica) throws Exception {
        running.put(replica, ConsensusNode.start(config(replica), failure -> {
            failure.printStackTrace();
            failures.putIfAbsent(replica, failure);
        }));
    }

    void stop(int replica) throws StoreException {
        ConsensusNode node = running.remove(replica);
        if (node != null) {
            node.close();
        }
    }

    void stopAll() throws StoreException {
        for (int replica : List.copyOf(running.keySet())) {
            stop(replica);
        }
    }

    ConsensusNode node(int replica) {
        ConsensusNode node = running.get(replica);
        if (node == null) {
            throw new IllegalStateException("replica " + replica + " does not run");
        }
        return node;
    }

    /** The replicas that run. */
    IntStream replicas() {
        return running.keySet().stream().mapToInt(Integer::intValue);
    }

    @Override
    public void close() throws StoreException {
        stopAll();
    }

    private Path file(int replica, String name) {
        return root.resolve("r" + replica + "-" + name);
    }

    /**
     * Ports below those that the system gives to outgoing connections: a dialler whose own port happened to be the one that it
     * dials would be connected with itself, and keep the port from the replica that starts again.
     */
    private static List<Integer> freePorts(int count) throws IOException {
        List<ServerSocket> sockets = new ArrayList<>();
        try {
            while (sockets.size() < count) {
                bound(ThreadLocalRandom.current().nextInt(LOWEST_PORT, FIRST_OUTGOING_PORT))
                        .ifPresent(sockets::add);
            }
            return sockets.stream().map(ServerSocket::getLocalPort).toList();
        } finally {
            for (ServerSocket socket : sockets) {
                socket.close();
            }
        }
    }

    /** Empty if somebody else has the port. */
    private static Optional<ServerSocket> bound(int port) throws IOException {
        try {
            return Optional.of(new ServerSocket(port, 1, InetAddress.getLoopbackAddress()));
        } catch (BindException e) {
            return Optional.empty();
        }
    }
}
