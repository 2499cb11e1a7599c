package io.sherd.cli.bench;

import io.sherd.cli.cluster.LocalCluster;
import io.sherd.cli.cluster.ProcessStatistics;
import io.sherd.cli.output.CommandFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What the cluster and this process, which makes the load, have used so far.
 *
 * @param nanoTime when it was read
 * @param cpu processor time of all processes
 * @param loopbackBytes what went over the loopback device since the machine started, with all headers: of everything on it
 * @param diskBytes what the replicas had written to disks
 * @param peakResidentBytes the most memory that one replica ever had
 */
record Usage(long nanoTime, Duration cpu, long loopbackBytes, long diskBytes, long peakResidentBytes) {
    private static final Path DEVICES = Path.of("/proc/net/dev");
    private static final String LOOPBACK = "lo:";

    /**
     * Reads it.
     *
     * @param cluster whose replicas run
     */
    static Usage read(LocalCluster cluster) throws IOException, CommandFailure {
        Duration cpu = ProcessStatistics.of(ProcessHandle.current().pid())
                .map(ProcessStatistics::cpu)
                .orElse(Duration.ZERO);
        long disk = 0;
        long resident = 0;
        for (int replica : cluster.replicas()) {
            Optional<ProcessHandle> process = cluster.running(replica);
            if (process.isPresent()) {
                Optional<ProcessStatistics> statistics =
                        ProcessStatistics.of(process.get().pid());
                cpu = cpu.plus(statistics.map(ProcessStatistics::cpu).orElse(Duration.ZERO));
                disk += statistics.map(ProcessStatistics::writtenBytes).orElse(0L);
                resident = Math.max(
                        resident,
                        statistics.map(ProcessStatistics::peakResidentBytes).orElse(0L));
            }
        }
        return new Usage(System.nanoTime(), cpu, readLoopback(), disk, resident);
    }

    private static long readLoopback() throws IOException {
        List<String> lines = Files.readAllLines(DEVICES);
        return lines.stream()
                .map(String::strip)
                .filter(line -> line.startsWith(LOOPBACK))
                .map(line -> line.substring(LOOPBACK.length()).strip().split(" +", -1)[0])
                .mapToLong(Long::parseLong)
                .findFirst()
                .orElse(0);
    }
}
