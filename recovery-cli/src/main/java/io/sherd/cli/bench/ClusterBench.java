package io.sherd.cli.bench;

import io.sherd.archive.crypto.KeyFile;
import io.sherd.archive.crypto.KeyFileException;
import io.sherd.cli.bench.BenchDocument.Result;
import io.sherd.cli.cluster.LocalCluster;
import io.sherd.cli.output.CommandFailure;
import io.sherd.cli.output.ExitCode;
import io.sherd.consensus.client.ClientException;
import io.sherd.consensus.client.ClientOptions;
import io.sherd.consensus.client.SherdClient;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.HdrHistogram.Histogram;

/** Puts a running cluster under a workload and reads what that takes. */
public final class ClusterBench {
    private static final Duration DEADLINE = Duration.ofMinutes(2);
    private static final double MICROS_PER_MILLI = 1000;

    private final LocalCluster cluster;
    private final Schedule schedule;
    private final Consumer<String> notes;

    /**
     * When what happens.
     *
     * @param warmUp load before the first window
     * @param windowLength how long a window is
     * @param windows how many
     * @param seed decides keys and values
     */
    public record Schedule(Duration warmUp, Duration windowLength, int windows, long seed) {}

    /** One window's readings. */
    private record Window(double seconds, Load.Answered answered, Usage before, Usage after) {
        double requestsPerSecond() {
            return answered.latencyMicros().getTotalCount() / seconds;
        }
    }

    /**
     * A bench.
     *
     * @param cluster all of its replicas run
     * @param schedule when what happens
     * @param notes told how far it is
     */
    public ClusterBench(LocalCluster cluster, Schedule schedule, Consumer<String> notes) {
        this.cluster = cluster;
        this.schedule = schedule;
        this.notes = notes;
    }

    /**
     * Measures one workload.
     *
     * @param workload what is asked for
     * @param clientCount how many clients
     * @param window how many requests each keeps in flight
     * @throws ClientException if a client cannot connect
     */
    public Result run(Workload workload, int clientCount, int window)
            throws IOException, CommandFailure, KeyFileException, ClientException, InterruptedException {
        List<SherdClient> clients = new ArrayList<>();
        try {
            ClientOptions options = ClientOptions.DEFAULT
                    .withWindow(Math.min(2 * window, ClientOptions.MAX_WINDOW))
                    .withDeadline(DEADLINE);
            for (int client = 0; client < clientCount; client++) {
                clients.add(SherdClient.connect(
                        cluster.genesis(), KeyFile.read(cluster.layout().clientKey(client)), options));
            }
            List<Window> windows;
            String failure;
            try (Load load = Load.start(workload, clients, window, schedule.seed())) {
                windows = windows(workload, load);
                failure = failure(load, windows);
            }
            if (windows.isEmpty()) {
                throw new CommandFailure(
                        ExitCode.UNREACHABLE,
                        "bench.failed",
                        "a request failed before the first window: " + failure,
                        "run it with --dir DIR to keep the replicas' logs");
            }
            return result(workload, clientCount, window, windows, MachineSpeed.verificationMicros(), failure);
        } finally {
            clients.forEach(SherdClient::close);
        }
    }

    private List<Window> windows(Workload workload, Load load)
            throws IOException, CommandFailure, InterruptedException {
        TimeUnit.NANOSECONDS.sleep(schedule.warmUp().toNanos());
        var _ = load.take();
        List<Window> windows = new ArrayList<>();
        for (int i = 0; i < schedule.windows() && load.failure() == null; i++) {
            Usage before = Usage.read(cluster);
            TimeUnit.NANOSECONDS.sleep(schedule.windowLength().toNanos());
            Load.Answered answered = load.take();
            Usage after = Usage.read(cluster);
            Window read = new Window((after.nanoTime() - before.nanoTime()) / 1e9, answered, before, after);
            windows.add(read);
            notes.accept("%s window %d of %d: %.0f op/s"
                    .formatted(
                            workload.label(),
                            i + 1,
                            schedule.windows(),
                            read.requestsPerSecond() * workload.operationsPerRequest()));
        }
        return windows;
    }

    /** Why not everything was answered; empty if it was. */
    private static String failure(Load load, List<Window> windows) {
        Throwable first = load.failure();
        if (first != null) {
            return String.valueOf(first.getMessage());
        }
        boolean isSilent = windows.stream().anyMatch(window -> window.requestsPerSecond() == 0);
        return isSilent ? "no request was answered in a whole window" : "";
    }

    private static Result result(
            Workload workload,
            int clientCount,
            int window,
            List<Window> windows,
            double verificationMicros,
            String failure) {
        List<Window> ordered = windows.stream()
                .sorted(Comparator.comparingDouble(Window::requestsPerSecond))
                .toList();
        Window median = ordered.get(ordered.size() / 2);
        Histogram latency = median.answered().latencyMicros();
        long requests = Math.max(1, latency.getTotalCount());
        double operations = (double) requests * workload.operationsPerRequest();
        double cpuSeconds = median.after().cpu().minus(median.before().cpu()).toNanos() / 1e9;
        return new Result(
                workload.label(),
                clientCount,
                window,
                workload.operationsPerRequest(),
                median.answered().requestBytes() / requests,
                median.answered().replyBytes() / requests,
                rounded(median.requestsPerSecond()),
                rounded(median.requestsPerSecond() * workload.operationsPerRequest()),
                windows.stream()
                        .map(each -> rounded(each.requestsPerSecond() * workload.operationsPerRequest()))
                        .toList(),
                rounded(latency.getMean() / MICROS_PER_MILLI),
                rounded(latency.getValueAtPercentile(50) / MICROS_PER_MILLI),
                rounded(latency.getValueAtPercentile(99) / MICROS_PER_MILLI),
                rounded(latency.getValueAtPercentile(99.9) / MICROS_PER_MILLI),
                rounded(latency.getMaxValue() / MICROS_PER_MILLI),
                rounded(cpuSeconds * 1e6 / operations),
                rounded(verificationMicros),
                rounded(cpuSeconds / median.seconds()),
                rounded((median.after().loopbackBytes() - median.before().loopbackBytes()) / operations),
                rounded((median.after().diskBytes() - median.before().diskBytes()) / operations),
                median.after().peakResidentBytes() >> 20,
                failure);
    }

    private static double rounded(double value) {
        return Math.round(value * 100) / 100.0;
    }
}
