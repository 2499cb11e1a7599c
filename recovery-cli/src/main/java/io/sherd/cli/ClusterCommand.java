package io.sherd.cli;

import io.sherd.archive.genesis.GenesisException;
import io.sherd.archive.store.StoreException;
import io.sherd.cli.cluster.ClusterLayout;
import io.sherd.cli.cluster.LocalCluster;
import io.sherd.cli.output.CommandFailure;
import io.sherd.cli.output.ExitCode;
import io.sherd.cli.output.OutputOptions;
import io.sherd.cli.output.Progress;
import io.sherd.cli.output.Report;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code sherd cluster}: starts and stops the replicas that {@code init} made on this machine. */
@Command(
        name = "cluster",
        description = "Start and stop all replicas of a cluster on this machine.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        subcommands = {ClusterCommand.Up.class, ClusterCommand.Down.class, ClusterCommand.Status.class})
final class ClusterCommand extends CommandGroup {
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(20);
    private static final int DEFAULT_HEAP_MIB = 512;

    /** Made by picocli. */
    ClusterCommand() {}

    /** The option that all three have. */
    static final class Options {
        @Option(
                names = "--dir",
                required = true,
                paramLabel = "DIR",
                description = "The directory that `sherd init` made.")
        private @Nullable Path directory;

        /** Made by picocli. */
        Options() {}

        ClusterLayout layout() {
            return new ClusterLayout(Given.required(directory).toAbsolutePath().normalize());
        }
    }

    /** Which of the replicas a command is about. */
    static final class Chosen {
        @Option(
                names = "--replica",
                paramLabel = "rN",
                description = "Only this replica; may be given again. Default: all of them.")
        private List<String> names = new ArrayList<>();

        /** Made by picocli. */
        Chosen() {}

        List<Integer> of(LocalCluster cluster) throws CommandFailure {
            List<Integer> chosen = new ArrayList<>();
            for (String name : names) {
                chosen.add(ReplicaName.number(name, cluster.genesis()));
            }
            return names.isEmpty() ? cluster.replicas() : chosen;
        }
    }

    /** What became of the replicas. */
    record Processes(String action, List<Replica> replicas) implements Report {
        /** One replica and its process; no process id if it does not run. */
        record Replica(
                String replica, String state, @Nullable Long pid) {}

        @Override
        public String schema() {
            return "sherd.cluster/1";
        }

        @Override
        public List<String> text() {
            return replicas.stream()
                    .map(replica -> replica.replica() + " " + replica.state()
                            + (replica.pid() == null ? "" : " pid " + replica.pid()))
                    .toList();
        }
    }

    /** {@code sherd cluster up}. */
    @Command(
            name = "up",
            description = "Start all replicas in the background and wait until they are ready.",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class)
    static final class Up implements Callable<Integer> {
        @Mixin
        private OutputOptions output = new OutputOptions();

        @Mixin
        private Options options = new Options();

        @Mixin
        private Chosen chosen = new Chosen();

        @Option(
                names = "--heap",
                defaultValue = "" + DEFAULT_HEAP_MIB,
                paramLabel = "MIB",
                description = "Heap of each replica, in MiB. Default: ${DEFAULT-VALUE}.")
        private int heapMiB;

        @Option(
                names = "--timeout",
                defaultValue = "2m",
                paramLabel = "TIME",
                description =
                        "How long to wait until they are ready; what was started goes on. Default: ${DEFAULT-VALUE}.")
        private Duration timeout = Duration.ofMinutes(2);

        /** Made by picocli. */
        Up() {}

        @Override
        public Integer call()
                throws GenesisException, CommandFailure, StoreException, IOException, InterruptedException {
            try (LocalCluster cluster = new LocalCluster(options.layout(), heapMiB)) {
                List<Processes.Replica> replicas = new ArrayList<>();
                List<Integer> wanted = chosen.of(cluster);
                List<Integer> started = new ArrayList<>();
                for (int replica : wanted) {
                    if (pid(cluster, replica) == null) {
                        cluster.start(replica, List.of());
                        started.add(replica);
                    }
                }
                try (Progress progress = output.progress("cluster up", wanted.size(), Progress.Unit.REPLICAS)) {
                    cluster.awaitReady(wanted, timeout, progress::update);
                } catch (CommandFailure failure) {
                    noteWhoGoesOn(cluster, started);
                    throw failure;
                }
                for (int replica : wanted) {
                    replicas.add(new Processes.Replica(
                            ClusterLayout.name(replica),
                            started.contains(replica) ? "ready" : "was running",
                            pid(cluster, replica)));
                }
                output.print(new Processes("up", replicas));
                return ExitCode.DONE.code();
            }
        }

        private void noteWhoGoesOn(LocalCluster cluster, List<Integer> started) throws IOException, CommandFailure {
            List<String> running = new ArrayList<>();
            for (int replica : started) {
                if (cluster.running(replica).isPresent()) {
                    running.add(ClusterLayout.name(replica));
                }
            }
            if (!running.isEmpty()) {
                output.note("left running: %s; `sherd cluster down --dir %s` stops them"
                        .formatted(String.join(", ", running), cluster.layout().root()));
            }
        }
    }

    /** {@code sherd cluster down}. */
    @Command(
            name = "down",
            description = {
                "Stop the replicas that `sherd cluster up` started, and nothing else.",
                "Exit code 14 if one was started otherwise and goes on."
            },
            mixinStandardHelpOptions = true,
            versionProvider = Version.class)
    static final class Down implements Callable<Integer> {
        @Mixin
        private OutputOptions output = new OutputOptions();

        @Mixin
        private Options options = new Options();

        @Mixin
        private Chosen chosen = new Chosen();

        /** Made by picocli. */
        Down() {}

        @Override
        public Integer call()
                throws GenesisException, CommandFailure, StoreException, IOException, InterruptedException {
            boolean orderly = true;
            List<Processes.Replica> replicas = new ArrayList<>();
            try (LocalCluster cluster = new LocalCluster(options.layout(), DEFAULT_HEAP_MIB)) {
                for (int replica : chosen.of(cluster)) {
                    boolean ran = cluster.running(replica).isPresent();
                    boolean ended = cluster.stop(replica, STOP_PATIENCE);
                    orderly &= ended;
                    String name = ClusterLayout.name(replica);
                    OptionalLong stranger = cluster.holder(replica);
                    if (stranger.isPresent()) {
                        orderly = false;
                        replicas.add(new Processes.Replica(name, "left running", stranger.getAsLong()));
                        output.note(
                                "%s: `sherd cluster up` did not start process %d, which has %s open; `kill %d` stops it"
                                        .formatted(
                                                name,
                                                stranger.getAsLong(),
                                                cluster.layout().data(replica),
                                                stranger.getAsLong()));
                    } else {
                        String state = ended ? ran ? "stopped" : "did not run" : "killed: it did not stop in time";
                        replicas.add(new Processes.Replica(name, state, null));
                    }
                }
            }
            output.print(new Processes("down", replicas));
            return (orderly ? ExitCode.DONE : ExitCode.WARNINGS).code();
        }
    }

    /** {@code sherd cluster status}. */
    @Command(
            name = "status",
            description = "Show which replicas run, and where they stand.",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class)
    static final class Status implements Callable<Integer> {
        @Mixin
        private OutputOptions output = new OutputOptions();

        @Mixin
        private Options options = new Options();

        @Mixin
        private StatusOptions asked = new StatusOptions();

        /** Made by picocli. */
        Status() {}

        @Override
        public Integer call() throws GenesisException {
            return asked.show(options.layout().genesis(), output);
        }
    }

    /** The process of a replica, whoever started it. */
    private static @Nullable Long pid(LocalCluster cluster, int replica)
            throws IOException, CommandFailure, StoreException {
        Optional<ProcessHandle> handle = cluster.running(replica);
        if (handle.isPresent()) {
            return handle.get().pid();
        }
        OptionalLong holder = cluster.holder(replica);
        return holder.isPresent() ? holder.getAsLong() : null;
    }
}
