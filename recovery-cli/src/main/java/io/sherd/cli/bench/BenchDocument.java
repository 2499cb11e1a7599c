package io.sherd.cli.bench;

import io.sherd.cli.output.Report;
import io.sherd.cli.output.Table;
import io.sherd.cli.output.Units;
import java.util.ArrayList;
import java.util.List;

/**
 * What {@code sherd bench cluster} found.
 *
 * @param ok whether every request was answered
 * @param configuration what was measured
 * @param workloads one result each
 */
public record BenchDocument(boolean ok, Configuration configuration, List<Result> workloads) implements Report {

    /** Copies the list. */
    public BenchDocument {
        workloads = List.copyOf(workloads);
    }

    /**
     * What was measured.
     *
     * @param n replicas, each a process on this machine
     * @param f how many may be faulty
     * @param k how many pieces rebuild a segment
     * @param replicaHeapMiB the most heap of a replica
     * @param processors how many this machine has
     * @param java the Java that runs all processes
     * @param security what protects requests and connections
     * @param durability what is on disk before a vote is sent
     * @param dispersal what happens with executed entries meanwhile
     * @param warmUpSeconds load before the first window of each workload
     * @param windowSeconds the length of a window
     * @param seed decides keys and values
     */
    public record Configuration(
            int n,
            int f,
            int k,
            int replicaHeapMiB,
            int processors,
            String java,
            String security,
            String durability,
            String dispersal,
            long warmUpSeconds,
            long windowSeconds,
            long seed) {}

    /**
     * One workload's numbers, of the window with the median throughput.
     *
     * @param workload its name
     * @param clients how many, each with a key and connections of its own
     * @param window requests that each keeps in flight
     * @param operationsPerRequest operations behind one signature
     * @param requestBytes mean payload of a request
     * @param replyBytes mean result of a request
     * @param requestsPerSecond throughput
     * @param operationsPerSecond throughput
     * @param windowsOperationsPerSecond of all windows, in the order in which they were measured
     * @param meanMillis latency of a request
     * @param p50Millis latency of a request
     * @param p99Millis latency of a request
     * @param p999Millis latency of a request
     * @param maxMillis latency of a request
     * @param cpuMicrosPerOperation processor time of all replicas and the clients
     * @param verificationMicros processor time of one Ed25519 verification right after the windows: how fast the machine was
     * @param processorsUsed of those that the machine has
     * @param wireBytesPerOperation bytes over loopback, with all headers: all links and all clients
     * @param diskBytesPerOperation bytes that all replicas together had written to disk
     * @param peakResidentMiB the most memory of one replica so far
     * @param failure why a request failed; empty if none did
     */
    public record Result(
            String workload,
            int clients,
            int window,
            int operationsPerRequest,
            long requestBytes,
            long replyBytes,
            double requestsPerSecond,
            double operationsPerSecond,
            List<Double> windowsOperationsPerSecond,
            double meanMillis,
            double p50Millis,
            double p99Millis,
            double p999Millis,
            double maxMillis,
            double cpuMicrosPerOperation,
            double verificationMicros,
            double processorsUsed,
            double wireBytesPerOperation,
            double diskBytesPerOperation,
            long peakResidentMiB,
            String failure) {

        /** Copies the list. */
        public Result {
            windowsOperationsPerSecond = List.copyOf(windowsOperationsPerSecond);
        }
    }

    @Override
    public String schema() {
        return "sherd.bench-cluster/1";
    }

    @Override
    public List<String> text() {
        List<String> lines = new ArrayList<>();
        lines.add("n=%d f=%d k=%d, %d processors for all processes, -Xmx%dm a replica; %s; %s; %s"
                .formatted(
                        configuration.n(),
                        configuration.f(),
                        configuration.k(),
                        configuration.processors(),
                        configuration.replicaHeapMiB(),
                        configuration.security(),
                        configuration.durability(),
                        configuration.dispersal()));
        Table table = new Table(
                "WORKLOAD",
                "CLIENTS",
                "OP/S",
                "P50 MS",
                "P99 MS",
                "P99.9 MS",
                "CPU US/OP",
                "US/VERIFY",
                "WIRE B/OP",
                "DISK B/OP",
                "PROCESSORS",
                "PEAK MiB");
        for (Result result : workloads) {
            table.row(
                    result.workload(),
                    result.clients() + "x" + result.window(),
                    Units.decimal(result.operationsPerSecond(), 0),
                    Units.decimal(result.p50Millis(), 1),
                    Units.decimal(result.p99Millis(), 1),
                    Units.decimal(result.p999Millis(), 1),
                    Units.decimal(result.cpuMicrosPerOperation(), 1),
                    Units.decimal(result.verificationMicros(), 1),
                    Units.decimal(result.wireBytesPerOperation(), 0),
                    Units.decimal(result.diskBytesPerOperation(), 0),
                    Units.decimal(result.processorsUsed(), 2),
                    Long.toString(result.peakResidentMiB()));
        }
        lines.addAll(table.lines());
        workloads.stream()
                .filter(result -> !result.failure().isEmpty())
                .forEach(result -> lines.add("BAD " + result.workload() + ": " + result.failure()));
        return lines;
    }
}
