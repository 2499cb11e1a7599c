package io.sherd.cli;

import io.sherd.archive.crypto.Ed25519Verifier;
import io.sherd.archive.crypto.KeyFile;
import io.sherd.archive.crypto.KeyFileException;
import io.sherd.archive.crypto.TlsIdentity;
import io.sherd.archive.genesis.Addresses;
import io.sherd.archive.genesis.GenesisException;
import io.sherd.archive.genesis.GenesisFile;
import io.sherd.archive.machine.MachineException;
import io.sherd.archive.machine.StateMachines;
import io.sherd.archive.restore.CertificateChain;
import io.sherd.archive.restore.MemberSearch;
import io.sherd.archive.store.DataDirectory;
import io.sherd.archive.store.DirectoryIdentity;
import io.sherd.archive.store.RocksPieceStore;
import io.sherd.archive.store.StoreException;
import io.sherd.archive.store.StoreOwner;
import io.sherd.cli.output.CommandFailure;
import io.sherd.cli.output.ExitCode;
import io.sherd.cli.output.OutputOptions;
import io.sherd.cli.output.Report;
import io.sherd.consensus.node.NodeConfig;
import io.sherd.consensus.node.NodeConfigException;
import io.sherd.ida.CodingKernels;
import io.sherd.replication.checkpoint.InvalidCertificateException;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.genesis.Member;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.ledger.StateMachine;
import io.sherd.replication.segment.SegmentCompression;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code sherd node check}: everything that can be wrong before a replica is started, and nothing changed. */
@Command(
        name = "check",
        description = {
            "Check that a replica could run. Nothing is changed.",
            "Configuration, genesis, keys and their modes, data directory, ports, state machine and native libraries are",
            "looked at; the exit code is that of the first thing that is wrong."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
final class NodeCheckCommand implements Callable<Integer> {
    @Mixin
    private OutputOptions output = new OutputOptions();

    @Option(
            names = {"-c", "--config"},
            required = true,
            paramLabel = "FILE",
            description = "The replica's sherd.yaml.")
    private @Nullable Path configFile;

    /** One thing that was looked at. */
    record Check(String what, boolean ok, String detail) {}

    /** All that was looked at. */
    record Checks(boolean ok, List<Check> checks) implements Report {
        @Override
        public String schema() {
            return "sherd.node-check/1";
        }

        @Override
        public List<String> text() {
            return checks.stream()
                    .map(check -> "%s  %-14s %s".formatted(check.ok() ? "ok " : "BAD", check.what(), check.detail()))
                    .toList();
        }
    }

    private final List<Check> checks = new ArrayList<>();
    private ExitCode worst = ExitCode.DONE;

    /** Something to look at: returns what was found. */
    @FunctionalInterface
    private interface Look {
        String find()
                throws CommandFailure, GenesisException, KeyFileException, MachineException, NodeConfigException,
                        StoreException, IOException;
    }

    /** Made by picocli. */
    NodeCheckCommand() {}

    @Override
    public Integer call() throws NodeConfigException, GenesisException {
        NodeConfig config = NodeConfig.read(Given.required(configFile));
        checks.add(new Check("configuration", true, String.valueOf(configFile)));
        Genesis genesis = GenesisFile.read(config.genesis());
        checks.add(new Check(
                "genesis",
                true,
                config.genesis() + ", cluster id " + genesis.clusterId().hex()));
        look("replica", () -> replica(config, genesis));
        if (worst == ExitCode.DONE) {
            Member member = member(config, genesis);
            look("ledger key", () -> ledgerKey(config, member));
            look("tls key", () -> tlsKey(config, member));
            look("data directory", () -> dataDirectory(config, genesis));
            look("archive", () -> archive(config));
            look("replica port", () -> port(config.peerListen().orElse(member.peerAddress())));
            look("edge port", () -> port(config.edgeListen().orElse(member.edgeAddress())));
        }
        look("state machine", () -> {
            StateMachine _ = StateMachines.of(genesis, config.stateMachineJar()).get();
            return genesis.stateMachine();
        });
        look("lz4", () -> {
            SegmentCompression.selfTest();
            return "its bytes are the ones that all replicas agree on";
        });
        look("kernel", () -> CodingKernels.warmUp().toString());
        output.print(new Checks(worst == ExitCode.DONE, checks));
        return worst.code();
    }

    /** The replica as its own directory knows it or, if that is another key's, as the replicas that run can prove it. */
    private static Member member(NodeConfig config, Genesis genesis) {
        CertificateChain chain = new CertificateChain(genesis, new Ed25519Verifier());
        try (RocksPieceStore archive =
                RocksPieceStore.openReadOnly(new DataDirectory.Layout(config.dataDir()).archive())) {
            var _ = chain.extend(archive.closedEpochs(0, Integer.MAX_VALUE));
        } catch (StoreException | InvalidCertificateException e) {
            // What is wrong with the directory is said where it is looked at; here the genesis has to do.
        }
        Member known = chain.members().member(config.replica());
        if (holdsKeyOf(known, config)) {
            return known;
        }
        MemberTable proved = LivePeers.search(genesis, MemberSearch.PATIENCE).members();
        return proved.epoch() > chain.members().epoch() ? proved.member(config.replica()) : known;
    }

    private static boolean holdsKeyOf(Member member, NodeConfig config) {
        try {
            return KeyFile.read(config.ledgerKey()).key().equals(member.key());
        } catch (KeyFileException e) {
            // Said where the key is looked at.
            return true;
        }
    }

    private void look(String what, Look look) {
        try {
            checks.add(new Check(what, true, look.find()));
        } catch (CommandFailure
                | GenesisException
                | KeyFileException
                | MachineException
                | NodeConfigException
                | StoreException
                | IOException e) {
            CommandFailure failure = Failures.of(e);
            checks.add(new Check(what, false, failure.getMessage() + "; hint: " + failure.hint()));
            worst = worst == ExitCode.DONE ? failure.exitCode() : worst;
        }
    }

    private static String replica(NodeConfig config, Genesis genesis) throws NodeConfigException {
        if (!genesis.quorums().isReplica(config.replica())) {
            throw new NodeConfigException("the genesis has replicas 0 to %d, the configuration says %d"
                    .formatted(genesis.quorums().replicaCount() - 1, config.replica()));
        }
        return "r" + config.replica();
    }

    private static String ledgerKey(NodeConfig config, Member member) throws KeyFileException, CommandFailure {
        String found = KeyFile.read(config.ledgerKey()).key().hex();
        requireEqual(config.ledgerKey() + " holds the key", found, member.key().hex());
        return found;
    }

    private static String tlsKey(NodeConfig config, Member member) throws KeyFileException, CommandFailure {
        String found =
                TlsIdentity.read(config.tlsKey(), config.tlsCertificate()).pin().hex();
        requireEqual(config.tlsKey() + " has the pin", found, member.tlsPin().hex());
        return found;
    }

    private static void requireEqual(String what, String found, String expected) throws CommandFailure {
        if (!found.equals(expected)) {
            throw new CommandFailure(
                    ExitCode.KEY,
                    "key.other",
                    "%s %s, the member table has %s".formatted(what, found, expected),
                    "use this replica's own keys");
        }
    }

    private static String dataDirectory(NodeConfig config, Genesis genesis) throws StoreException {
        StoreOwner owner = new StoreOwner(genesis.clusterId(), config.replica());
        DirectoryIdentity identity = DataDirectory.readIdentity(config.dataDir());
        if (!identity.owner().equals(owner)) {
            throw new io.sherd.archive.store.UnsafeDirectoryException(
                    "%s is the data directory of %s, not of %s".formatted(config.dataDir(), identity.owner(), owner));
        }
        OptionalLong holder = DataDirectory.holder(config.dataDir());
        if (holder.isPresent()) {
            throw new io.sherd.archive.store.DirectoryInUseException(
                    config.dataDir().toString(), holder);
        }
        return config.dataDir() + ", "
                + switch (identity.standing()) {
                    case DirectoryIdentity.Standing.Unused _ -> "never used";
                    case DirectoryIdentity.Standing.Member _ -> "used before";
                    case DirectoryIdentity.Standing.Rejoining _ -> "restored, to be taken back by the others";
                };
    }

    private static String port(String address) throws CommandFailure {
        InetSocketAddress parsed = Addresses.parse(address);
        try (ServerSocket probe = new ServerSocket()) {
            probe.setReuseAddress(true);
            probe.bind(new InetSocketAddress(InetAddress.getByName(parsed.getHostString()), parsed.getPort()));
            return address + " is free";
        } catch (IOException e) {
            throw new CommandFailure(
                    ExitCode.IN_USE,
                    "port.in-use",
                    "%s cannot be listened on: %s".formatted(address, e.getMessage()),
                    "stop what has that port, or give another one with peer-listen or edge-listen",
                    e);
        }
    }

    /** Opens the archive without changing it, for which the database's native library must load. */
    private static String archive(NodeConfig config) throws StoreException {
        DataDirectory.Layout layout = new DataDirectory.Layout(config.dataDir());
        try (RocksPieceStore archive = RocksPieceStore.openReadOnly(layout.archive())) {
            return archive.commitmentCount() + " segments";
        }
    }
}
