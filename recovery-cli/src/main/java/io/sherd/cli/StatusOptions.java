package io.sherd.cli;

import io.sherd.cli.cluster.AdminClient;
import io.sherd.cli.output.OutputOptions;
import io.sherd.replication.genesis.Genesis;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What every command that shows where the replicas stand lets its user choose, and does. */
final class StatusOptions {
    @Option(
            names = "--timeout",
            defaultValue = "10s",
            paramLabel = "TIME",
            description = "How long to wait for the replicas. Default: ${DEFAULT-VALUE}.")
    private Duration timeout = AdminClient.STATUS_DEADLINE;

    @Option(
            names = "--fail-below-slack",
            paramLabel = "N",
            description =
                    "End with code 10 if some segment survives fewer than N further losses, 11 if it is out of reach.")
    private @Nullable Integer leastSlack;

    /** Made by picocli. */
    StatusOptions() {}

    /** Asks all replicas, prints what they say, and returns the command's exit code. */
    int show(Genesis genesis, OutputOptions output) {
        StatusReport report = StatusReport.of(
                genesis,
                AdminClient.statusOfAll(
                        genesis, LivePeers.search(genesis, timeout).members(), timeout));
        output.print(report);
        Optional<Integer> least = Optional.ofNullable(leastSlack);
        least.filter(demanded -> report.slack() < demanded)
                .ifPresent(demanded -> output.note("slack %+d is below %d".formatted(report.slack(), demanded)));
        return report.exitCode(least).code();
    }
}
