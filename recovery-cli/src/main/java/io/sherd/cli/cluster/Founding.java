package io.sherd.cli.cluster;

import io.sherd.archive.crypto.Ed25519Signer;
import io.sherd.archive.crypto.KeyFile;
import io.sherd.archive.crypto.KeyFileException;
import io.sherd.archive.crypto.RandomIds;
import io.sherd.archive.crypto.TlsIdentity;
import io.sherd.archive.genesis.GenesisFile;
import io.sherd.archive.store.DirectoryIdentity;
import io.sherd.archive.store.StoreException;
import io.sherd.archive.store.StoreOwner;
import io.sherd.replication.Quorums;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.genesis.Limits;
import io.sherd.replication.genesis.Member;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.ledger.VerifyingKey;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * What {@code init} makes: keys, a genesis that lists them, and a directory for each replica.
 *
 * @param name the cluster's name
 * @param quorums n and f
 * @param piecesNeeded k
 * @param limits the numbers that replicas agree on
 * @param addresses where replicas listen
 * @param clientCount how many client keys the genesis lists; the first is {@code client.key}, others have a number
 * @param machine what executes operations
 */
public record Founding(
        String name,
        Quorums quorums,
        int piecesNeeded,
        Limits limits,
        LocalAddresses addresses,
        int clientCount,
        FoundingMachine machine) {

    /** A cluster with the state machine that Sherd ships. */
    public Founding(
            String name, Quorums quorums, int piecesNeeded, Limits limits, LocalAddresses addresses, int clientCount) {
        this(name, quorums, piecesNeeded, limits, addresses, clientCount, FoundingMachine.KEY_VALUE);
    }

    /**
     * {@return a cluster with default limits and k = n - f}
     *
     * @param name the cluster's name
     * @param quorums n and f
     * @param addresses where replicas listen
     * @param clientCount how many client keys
     */
    public static Founding withDefaults(String name, Quorums quorums, LocalAddresses addresses, int clientCount) {
        return new Founding(name, quorums, quorums.quorum(), Limits.DEFAULT, addresses, clientCount);
    }

    /** One replica's new keys. */
    private record Node(Ed25519Signer signer, TlsIdentity tls) {}

    /**
     * Makes the directory of a cluster: built aside and renamed, so that it is there whole or not at all.
     *
     * @param directory where; must not exist, or be an empty directory
     * @return the genesis
     * @throws java.nio.file.FileSystemException if something is there
     */
    public Genesis make(Path directory) throws IOException, KeyFileException, StoreException {
        Path root = directory.toAbsolutePath().normalize();
        Path parent = root.getParent();
        if (parent == null) {
            throw new FileAlreadyExistsException(directory.toString());
        }
        Files.createDirectories(parent);
        Path aside = Files.createTempDirectory(parent, "." + root.getFileName() + ".");
        try {
            Genesis genesis = fill(new ClusterLayout(aside));
            Files.move(aside, root, StandardCopyOption.ATOMIC_MOVE);
            return genesis;
        } catch (IOException | KeyFileException | StoreException e) {
            delete(aside);
            throw e;
        }
    }

    /**
     * Deletes a directory with everything in it.
     *
     * @param directory any directory; nothing happens if it is not there
     */
    public static void delete(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        List<Path> all;
        try (Stream<Path> walk = Files.walk(directory)) {
            all = walk.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : all) {
            Files.delete(path);
        }
    }

    private Genesis fill(ClusterLayout layout) throws IOException, KeyFileException, StoreException {
        List<Node> nodes = new ArrayList<>();
        List<Member> members = new ArrayList<>();
        for (int replica = 0; replica < quorums.replicaCount(); replica++) {
            Node node = new Node(Ed25519Signer.generate(), TlsIdentity.generate(Clock.systemUTC()));
            nodes.add(node);
            members.add(new Member(
                    node.signer().key(),
                    node.tls().pin(),
                    addresses.peer(replica),
                    addresses.edge(replica),
                    RandomIds.directoryId(),
                    0));
        }
        List<VerifyingKey> clients = new ArrayList<>();
        for (int client = 0; client < clientCount; client++) {
            clients.add(KeyFile.generate(layout.clientKey(client)).key());
        }
        clients.sort(Comparator.naturalOrder());
        Genesis genesis = new Genesis(
                name,
                RandomIds.nonce(),
                quorums,
                piecesNeeded,
                machine.reference().text(),
                limits,
                new MemberTable(
                        0,
                        members,
                        clients,
                        List.of(KeyFile.generate(layout.adminKey()).key())));
        GenesisFile.write(layout.genesisFile(), genesis);
        if (machine.jar().isPresent()) {
            machine.jar().get().copyTo(layout.stateMachineJar());
        }
        for (int replica = 0; replica < nodes.size(); replica++) {
            configure(layout, replica, nodes.get(replica));
            DataDirectories.create(
                    layout.data(replica),
                    genesis,
                    DirectoryIdentity.unused(
                            new StoreOwner(genesis.clusterId(), replica),
                            members.get(replica).directory()));
        }
        return genesis;
    }

    private void configure(ClusterLayout layout, int replica, Node node) throws IOException, KeyFileException {
        Path directory = layout.configuration(replica);
        Files.createDirectories(directory);
        KeyFile.write(directory.resolve("ledger.key"), node.signer());
        node.tls().write(directory.resolve("tls.key"), directory.resolve("tls.crt"));
        Files.writeString(
                layout.configurationFile(replica),
                """
                # Configuration of replica r%d. Paths are relative to this file.
                replica: %d
                genesis: ../../genesis.json
                data-dir: ../../r%d
                ledger-key: ledger.key
                tls-key: tls.key
                tls-certificate: tls.crt
                """.formatted(replica, replica, replica)
                        + (machine.jar().isPresent() ? "state-machine-jar: ../../state-machine.jar\n" : ""));
    }
}
