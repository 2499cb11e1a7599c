package io.sherd.cli;

import io.sherd.archive.crypto.KeyFile;
import io.sherd.archive.crypto.KeyFileException;
import io.sherd.archive.genesis.GenesisException;
import io.sherd.archive.genesis.GenesisFile;
import io.sherd.cli.cluster.AdminClient;
import io.sherd.cli.cluster.StatusAnswer;
import io.sherd.cli.output.CommandFailure;
import io.sherd.cli.output.ExitCode;
import io.sherd.cli.output.OutputOptions;
import io.sherd.consensus.rpc.ScrubRequest;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.ledger.Signer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code sherd scrub}: running replicas read everything that they store, and mend what is bad. */
@Command(
        name = "scrub",
        description = {
            "Have running replicas read everything that they store, and mend what is bad.",
            "They do so by themselves now and then: scrub-rate, scrub-period and scrub-repair in sherd.yaml say how."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        subcommands = {ScrubCommand.Start.class, ScrubCommand.Pause.class, ScrubCommand.Status.class})
final class ScrubCommand extends CommandGroup {
    /** Made by picocli. */
    ScrubCommand() {}

    /** Which replicas a command is about. */
    static final class Chosen {
        @Option(names = "--genesis", required = true, paramLabel = "FILE", description = "The cluster's genesis file.")
        private @Nullable Path genesisFile;

        @Option(
                names = "--replica",
                paramLabel = "rN",
                description = "Only this replica; may be given again. Default: all of them.")
        private List<String> names = new ArrayList<>();

        /** Made by picocli. */
        Chosen() {}

        Genesis genesis() throws GenesisException {
            return GenesisFile.read(Given.required(genesisFile));
        }

        List<Integer> of(Genesis genesis) throws CommandFailure {
            List<Integer> chosen = new ArrayList<>();
            for (String name : names) {
                chosen.add(ReplicaName.number(name, genesis));
            }
            return names.isEmpty()
                    ? IntStream.range(0, genesis.quorums().replicaCount())
                            .boxed()
                            .toList()
                    : chosen;
        }
    }

    /** What {@code start} and {@code pause} have in common. */
    abstract static class Order implements Callable<Integer> {
        @Mixin
        private OutputOptions output = new OutputOptions();

        @Mixin
        private Chosen chosen = new Chosen();

        @Option(
                names = "--admin-key",
                required = true,
                paramLabel = "FILE",
                description = "A key that the genesis lists as an admin's.")
        private @Nullable Path adminKey;

        private final ScrubRequest.Action action;

        Order(ScrubRequest.Action action) {
            this.action = action;
        }

        @Override
        public Integer call() throws GenesisException, KeyFileException, CommandFailure {
            Genesis genesis = chosen.genesis();
            List<Integer> replicas = chosen.of(genesis);
            Signer admin = KeyFile.read(Given.required(adminKey));
            MemberTable members =
                    LivePeers.search(genesis, AdminClient.STATUS_DEADLINE).members();
            List<ScrubReport.Replica> answers = new ArrayList<>();
            for (int replica : replicas) {
                try (AdminClient client = new AdminClient(genesis, members, replica)) {
                    answers.add(ScrubReport.answered(replica, client.scrub(admin, action)));
                }
            }
            ScrubReport report = new ScrubReport(answers);
            output.print(report);
            return ExitCode.DONE.code();
        }
    }

    /** {@code sherd scrub start}. */
    @Command(
            name = "start",
            description = "Begin a pass over everything now, or go on with the one that was paused.",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class)
    static final class Start extends Order {
        /** Made by picocli. */
        Start() {
            super(ScrubRequest.Action.START);
        }
    }

    /** {@code sherd scrub pause}. */
    @Command(
            name = "pause",
            description = "Read nothing more until `sherd scrub start`, also after a restart.",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class)
    static final class Pause extends Order {
        /** Made by picocli. */
        Pause() {
            super(ScrubRequest.Action.PAUSE);
        }
    }

    /** {@code sherd scrub status}. */
    @Command(
            name = "status",
            description = {
                "Show how far the scrub of each replica is, when it was last through, and what it found.",
                "Exit code 10 if something that was found is not repaired."
            },
            mixinStandardHelpOptions = true,
            versionProvider = Version.class)
    static final class Status implements Callable<Integer> {
        @Mixin
        private OutputOptions output = new OutputOptions();

        @Mixin
        private Chosen chosen = new Chosen();

        @Option(
                names = "--timeout",
                defaultValue = "10s",
                paramLabel = "TIME",
                description = "How long to wait for the replicas. Default: ${DEFAULT-VALUE}.")
        private Duration timeout = AdminClient.STATUS_DEADLINE;

        /** Made by picocli. */
        Status() {}

        @Override
        public Integer call() throws GenesisException, CommandFailure {
            Genesis genesis = chosen.genesis();
            List<Integer> replicas = chosen.of(genesis);
            List<StatusAnswer> answers = AdminClient.statusOfAll(
                    genesis, LivePeers.search(genesis, timeout).members(), timeout);
            SortedMap<Integer, StatusAnswer> asked = new TreeMap<>();
            replicas.forEach(replica -> asked.put(replica, answers.get(replica)));
            ScrubReport report = ScrubReport.of(asked);
            output.print(report);
            return report.exitCode().code();
        }
    }
}
