package io.sherd.cli;

import io.sherd.archive.crypto.KeyFileException;
import io.sherd.archive.genesis.GenesisException;
import io.sherd.archive.store.StoreException;
import io.sherd.cli.bench.BenchDocument;
import io.sherd.cli.bench.ClusterBench;
import io.sherd.cli.bench.Workload;
import io.sherd.cli.cluster.Founding;
import io.sherd.cli.cluster.OwnedCluster;
import io.sherd.cli.output.CommandFailure;
import io.sherd.cli.output.ExitCode;
import io.sherd.cli.output.OutputOptions;
import io.sherd.consensus.client.ClientException;
import io.sherd.replication.Quorums;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code sherd bench}: measures. */
@Command(
        name = "bench",
        description = "Measure what Sherd does on this machine.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        subcommands = BenchCommand.Cluster.class)
final class BenchCommand extends CommandGroup {

    /** Made by picocli. */
    BenchCommand() {}

    /** {@code sherd bench cluster}: a new cluster under load, its throughput, latencies and costs. */
    @Command(
            name = "cluster",
            description = {
                "Put a new cluster of real processes on this machine under load.",
                "Prints throughput, latencies, and what one operation costs in processor time, on the wire and on disk.",
                "The load shares the machine; run nothing else beside it."
            },
            mixinStandardHelpOptions = true,
            versionProvider = Version.class)
    static final class Cluster implements Callable<Integer> {
        private static final Duration READY_PATIENCE = Duration.ofMinutes(2);

        @Mixin
        private OutputOptions output = new OutputOptions();

        @Mixin
        private NewCluster newCluster = new NewCluster();

        @Option(
                names = "--workload",
                split = ",",
                paramLabel = "NAME",
                description = {
                    "What to measure: signed is one read and put of 1 KiB a request, batched is 100 small puts a",
                    "request. Default: all of them."
                })
        private List<Workload> workloads = new ArrayList<>();

        @Option(
                names = "--clients",
                paramLabel = "COUNT",
                description = "How many clients. Default: signed 10, batched 4.")
        private @Nullable Integer clients;

        @Option(
                names = "--window",
                paramLabel = "COUNT",
                description = "Requests each client keeps in flight. Default: signed 50, batched 8.")
        private @Nullable Integer window;

        @Option(
                names = "--warm-up",
                defaultValue = "180s",
                paramLabel = "TIME",
                description = "Load before the first window. Default: ${DEFAULT-VALUE}.")
        private Duration warmUp = Duration.ZERO;

        @Option(
                names = "--duration",
                defaultValue = "20s",
                paramLabel = "TIME",
                description = "The length of a window. Default: ${DEFAULT-VALUE}.")
        private Duration duration = Duration.ZERO;

        @Option(
                names = "--windows",
                defaultValue = "3",
                paramLabel = "COUNT",
                description = "How many windows; the median is reported. Default: ${DEFAULT-VALUE}.")
        private int windows;

        @Option(
                names = "--heap",
                defaultValue = "512",
                paramLabel = "MIB",
                description = "The most heap of a replica. Default: ${DEFAULT-VALUE}.")
        private int heapMiB;

        /** Made by picocli. */
        Cluster() {}

        @Override
        public Integer call()
                throws CommandFailure, IOException, KeyFileException, StoreException, GenesisException, ClientException,
                        InterruptedException {
            List<Workload> chosen = workloads.isEmpty() ? List.of(Workload.values()) : workloads;
            Founding founding = founding(chosen);
            try (OwnedCluster owned = newCluster.found(founding, false, heapMiB, output::note)) {
                return bench(owned, founding, chosen);
            }
        }

        private int bench(OwnedCluster owned, Founding founding, List<Workload> chosen)
                throws CommandFailure, IOException, KeyFileException, StoreException, ClientException,
                        InterruptedException {
            try {
                output.note("in " + owned.root());
                for (int replica : owned.cluster().replicas()) {
                    owned.cluster().start(replica, OwnedCluster.replicaOptions());
                }
                owned.cluster().awaitReady(owned.cluster().replicas(), READY_PATIENCE);
                ClusterBench bench = new ClusterBench(
                        owned.cluster(),
                        new ClusterBench.Schedule(warmUp, duration, windows, newCluster.seed()),
                        output::note);
                List<BenchDocument.Result> results = new ArrayList<>();
                for (Workload workload : chosen) {
                    results.add(bench.run(workload, clients(workload), window(workload)));
                }
                boolean ok =
                        results.stream().allMatch(result -> result.failure().isEmpty());
                output.print(new BenchDocument(ok, configuration(founding), results));
                return (ok ? ExitCode.DONE : ExitCode.UNEXPECTED).code();
            } catch (InterruptedException e) {
                if (!owned.isInterrupted()) {
                    throw e;
                }
                // The process ends with the signal's code, and has said that it was interrupted.
                return ExitCode.INTERRUPTED.code();
            }
        }

        private BenchDocument.Configuration configuration(Founding founding) {
            return new BenchDocument.Configuration(
                    founding.quorums().replicaCount(),
                    founding.quorums().faultLimit(),
                    founding.piecesNeeded(),
                    heapMiB,
                    Runtime.getRuntime().availableProcessors(),
                    Runtime.version().toString(),
                    "Ed25519 on every request, TLS 1.3 on every connection",
                    "batches and votes forced to disk before they are sent",
                    "segments compressed, dispersed and stored as pieces",
                    warmUp.toSeconds(),
                    duration.toSeconds(),
                    newCluster.seed());
        }

        private int clients(Workload workload) {
            return clients == null ? workload.clients() : clients;
        }

        private int window(Workload workload) {
            return window == null ? workload.window() : window;
        }

        private Founding founding(List<Workload> chosen) throws CommandFailure {
            if (windows < 1
                    || duration.isZero()
                    || chosen.stream().anyMatch(each -> clients(each) < 1 || window(each) < 1)) {
                throw new CommandFailure(
                        ExitCode.USAGE,
                        "bench.numbers",
                        "clients, window, windows and duration must be at least 1",
                        "leave them out for the defaults");
            }
            Quorums quorums;
            try {
                quorums = new Quorums(newCluster.replicas(), Quorums.largestFaultLimit(newCluster.replicas()));
            } catch (IllegalArgumentException e) {
                throw new CommandFailure(
                        ExitCode.USAGE,
                        "bench.numbers",
                        String.valueOf(e.getMessage()),
                        "4 replicas tolerate 1 fault",
                        e);
            }
            return newCluster.founding(
                    "bench",
                    quorums,
                    chosen.stream().mapToInt(this::clients).max().orElse(1));
        }
    }
}
