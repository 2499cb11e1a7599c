package io.sherd.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.sherd.cli.Sherd;
import io.sherd.cli.output.Json;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;

/** A short bench of real processes: that it measures, not how fast they are. */
final class BenchIT {

    @TempDir
    private Path directory;

    @Test
    void bothWorkloadsAreMeasuredAndTheReplicasEndWithTheCommand() throws Exception {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine sherd =
                Sherd.commandLine(Map.of()).setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
        Path root = directory.resolve("cluster");

        int code = sherd.execute(
                "bench cluster --clients 2 --window 4 --warm-up 1s --duration 2s --windows 1 --json --progress none --dir"
                        .concat(" " + root)
                        .split(" ", -1));

        assertThat(code).as(err.toString()).isZero();
        JsonNode document = Json.read(out.toString());
        assertThat(document.path("schema").asString()).isEqualTo("sherd.bench-cluster/1");
        assertThat(document.path("ok").asBoolean()).isTrue();
        assertThat(document.path("configuration").path("replicaHeapMiB").asInt())
                .isEqualTo(512);
        assertThat(document.path("workloads").size()).isEqualTo(Workload.values().length);
        for (JsonNode workload : document.path("workloads")) {
            assertThat(workload.path("requestsPerSecond").asDouble()).isPositive();
            assertThat(workload.path("operationsPerSecond").asDouble())
                    .isGreaterThanOrEqualTo(workload.path("requestsPerSecond").asDouble());
            assertThat(workload.path("p50Millis").asDouble()).isPositive();
            assertThat(workload.path("p99Millis").asDouble())
                    .isBetween(
                            workload.path("p50Millis").asDouble(),
                            workload.path("p999Millis").asDouble());
            assertThat(workload.path("cpuMicrosPerOperation").asDouble()).isPositive();
            assertThat(workload.path("verificationMicros").asDouble()).isPositive();
            assertThat(workload.path("wireBytesPerOperation").asDouble()).isPositive();
            assertThat(workload.path("diskBytesPerOperation").asDouble()).isPositive();
            assertThat(workload.path("failure").asString()).isEmpty();
        }
        try (var processes = Files.list(root.resolve("run"))) {
            assertThat(processes).as("files of replicas that still run").isEmpty();
        }
    }

    @Test
    void noWindowsIsAUsageErrorAndFoundsNothing() {
        StringWriter err = new StringWriter();
        CommandLine sherd = Sherd.commandLine(Map.of())
                .setOut(new PrintWriter(new StringWriter(), true))
                .setErr(new PrintWriter(err, true));
        Path root = directory.resolve("cluster");

        int code = sherd.execute("bench", "cluster", "--windows", "0", "--dir", root.toString());

        assertThat(code).isEqualTo(2);
        assertThat(err.toString()).contains("error[bench.numbers]");
        assertThat(root).doesNotExist();
    }
}
