package io.sherd.cli;

import io.sherd.archive.crypto.KeyFileException;
import io.sherd.archive.machine.MachineException;
import io.sherd.archive.store.StoreException;
import io.sherd.cli.cluster.ClusterLayout;
import io.sherd.cli.cluster.Founding;
import io.sherd.cli.cluster.FoundingMachine;
import io.sherd.cli.cluster.LocalAddresses;
import io.sherd.cli.output.CommandFailure;
import io.sherd.cli.output.ExitCode;
import io.sherd.cli.output.OutputOptions;
import io.sherd.cli.output.Report;
import io.sherd.cli.output.Table;
import io.sherd.replication.Quorums;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.genesis.Limits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code sherd init}: makes everything that a new cluster on this machine needs. */
@Command(
        name = "init",
        description = {
            "Make a cluster on this machine: genesis, keys, configuration and an empty data directory per replica.",
            "Nothing is started; nothing that exists is changed."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
final class InitCommand implements Callable<Integer> {
    private static final String AUTO = "auto";

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Option(
            names = "--out",
            required = true,
            paramLabel = "DIR",
            description = "The cluster's directory; must not exist.")
    private @Nullable Path out;

    @Option(names = "--name", defaultValue = "local", description = "The cluster's name. Default: ${DEFAULT-VALUE}.")
    private String name = "local";

    @Option(
            names = "--replicas",
            defaultValue = "4",
            paramLabel = "N",
            description = "How many replicas. Default: ${DEFAULT-VALUE}.")
    private int replicas;

    @Option(
            names = "--faults",
            defaultValue = AUTO,
            paramLabel = "F",
            description = "How many of them may be faulty; auto is the most that N allows. Default: ${DEFAULT-VALUE}.")
    private String faults = AUTO;

    @Option(
            names = "--pieces-needed",
            defaultValue = AUTO,
            paramLabel = "K",
            description = "How many pieces rebuild a segment, F+1 to N-F; auto is N-F. Default: ${DEFAULT-VALUE}.")
    private String piecesNeeded = AUTO;

    @Option(
            names = "--base-port",
            defaultValue = "" + LocalAddresses.DEFAULT_BASE_PORT,
            paramLabel = "PORT",
            description = "The first of 2N ports on loopback. Default: ${DEFAULT-VALUE}.")
    private int basePort;

    @Option(
            names = "--clients",
            defaultValue = "1",
            paramLabel = "COUNT",
            description = "How many client keys to make. Default: ${DEFAULT-VALUE}.")
    private int clients;

    @Option(
            names = "--state-machine-jar",
            paramLabel = "FILE",
            description =
                    "A jar with the state machine, if not Sherd's own for keys and values. The genesis names its hash: every replica needs this very file.")
    private @Nullable Path stateMachineJar;

    @Option(
            names = "--state-machine",
            paramLabel = "NAME",
            description = "Which state machine of the jar, by the name it gives itself; if it holds several.")
    private @Nullable String stateMachine;

    @Option(
            names = "--local",
            description = "All replicas on this machine; the only kind there is, so it may be left out.")
    @SuppressWarnings("UnusedVariable") // accepted, so that commands which say what they mean keep working
    private boolean local;

    /** What was made. */
    record Made(
            String directory,
            String name,
            String cluster,
            int n,
            int f,
            int k,
            String stateMachine,
            List<Replica> replicas)
            implements Report {

        /** One replica of it. */
        record Replica(String replica, String peerAddress, String edgeAddress, String key, String tlsPin) {}

        static Made of(Path directory, Genesis genesis) {
            List<Replica> replicas = IntStream.range(0, genesis.quorums().replicaCount())
                    .mapToObj(number -> {
                        var member = genesis.members().member(number);
                        return new Replica(
                                ClusterLayout.name(number),
                                member.peerAddress(),
                                member.edgeAddress(),
                                member.key().hex(),
                                member.tlsPin().hex());
                    })
                    .toList();
            return new Made(
                    directory.toString(),
                    genesis.name(),
                    genesis.clusterId().hex(),
                    genesis.quorums().replicaCount(),
                    genesis.quorums().faultLimit(),
                    genesis.piecesNeeded(),
                    genesis.stateMachine(),
                    replicas);
        }

        @Override
        public String schema() {
            return "sherd.init/1";
        }

        @Override
        public List<String> text() {
            List<String> lines = new ArrayList<>();
            lines.add("cluster %s  n=%d f=%d k=%d  id %s".formatted(name, n, f, k, cluster));
            lines.add(new PieceChoice(n, f, k).words());
            lines.add("state machine " + stateMachine);
            Table table = new Table("ID", "LINK", "EDGE", "KEY");
            replicas.forEach(replica -> table.row(
                    replica.replica(),
                    replica.peerAddress(),
                    replica.edgeAddress(),
                    replica.key().substring(0, 16)));
            lines.addAll(table.lines());
            lines.add("next: sherd cluster up --dir " + directory);
            return lines;
        }
    }

    /** Made by picocli. */
    InitCommand() {}

    @Override
    public Integer call() throws CommandFailure, MachineException, IOException, KeyFileException, StoreException {
        Path directory = Given.required(out);
        Founding founding = founding();
        if (Files.exists(directory)) {
            throw new CommandFailure(
                    ExitCode.UNSAFE,
                    "init.exists",
                    directory + " exists already; nothing was changed",
                    "choose another directory, or remove it if no replica needs it");
        }
        if (founding.quorums().faultLimit() == 0) {
            output.note("n=%d tolerates no faulty replica: one that is down stops the cluster; 4 tolerate one"
                    .formatted(founding.quorums().replicaCount()));
        }
        output.print(Made.of(directory, founding.make(directory)));
        return ExitCode.DONE.code();
    }

    private Founding founding() throws CommandFailure, MachineException {
        FoundingMachine machine = machine();
        try {
            int f = faults.equals(AUTO) ? Quorums.largestFaultLimit(replicas) : number("--faults", faults);
            Quorums quorums = new Quorums(replicas, f);
            int k = piecesNeeded.equals(AUTO) ? quorums.quorum() : number("--pieces-needed", piecesNeeded);
            if (k < quorums.oneCorrect() || k > quorums.quorum()) {
                throw new IllegalArgumentException(
                        "--pieces-needed is %d, must be %d to %d".formatted(k, quorums.oneCorrect(), quorums.quorum()));
            }
            return new Founding(name, quorums, k, Limits.DEFAULT, addresses(), Math.max(1, clients), machine);
        } catch (IllegalArgumentException e) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    "init.numbers",
                    String.valueOf(e.getMessage()),
                    "n replicas tolerate f faulty ones when n > 3f: 4 tolerate 1, 7 tolerate 2, 10 tolerate 3;"
                            + " f+1 to n-f pieces rebuild a segment",
                    e);
        }
    }

    private FoundingMachine machine() throws CommandFailure, MachineException {
        if (stateMachineJar != null) {
            return FoundingMachine.of(stateMachineJar, Optional.ofNullable(stateMachine));
        }
        if (stateMachine != null
                && !stateMachine.equals(FoundingMachine.KEY_VALUE.reference().name())) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    "init.machine",
                    "the state machine %s is not one that Sherd ships".formatted(stateMachine),
                    "name the jar that it is in with --state-machine-jar");
        }
        return FoundingMachine.KEY_VALUE;
    }

    private LocalAddresses addresses() throws CommandFailure {
        try {
            return new LocalAddresses(basePort, replicas);
        } catch (IllegalArgumentException e) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    "init.ports",
                    String.valueOf(e.getMessage()),
                    "choose another --base-port; the default is " + LocalAddresses.DEFAULT_BASE_PORT,
                    e);
        }
    }

    private static int number(String option, String text) {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("%s is \"%s\", must be a number or auto".formatted(option, text), e);
        }
    }
}
