package io.sherd.cli;

import io.sherd.archive.genesis.GenesisException;
import io.sherd.archive.genesis.GenesisFile;
import io.sherd.cli.cluster.AdminClient;
import io.sherd.cli.output.OutputOptions;
import io.sherd.replication.genesis.Genesis;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code sherd status}: asks every replica of a cluster where it stands. */
@Command(
        name = "status",
        description = "Ask every replica of a cluster where it stands.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
final class StatusCommand implements Callable<Integer> {
    @Mixin
    private OutputOptions output = new OutputOptions();

    @Option(names = "--genesis", required = true, paramLabel = "FILE", description = "The cluster's genesis file.")
    private @Nullable Path genesisFile;

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
    StatusCommand() {}

    @Override
    public Integer call() throws GenesisException {
        Genesis genesis = GenesisFile.read(Given.required(genesisFile));
        StatusReport report = StatusReport.of(genesis, AdminClient.statusOfAll(genesis, timeout));
        output.print(report);
        Optional<Integer> least = Optional.ofNullable(leastSlack);
        least.filter(demanded -> report.slack() < demanded)
                .ifPresent(demanded -> output.note("slack %+d is below %d".formatted(report.slack(), demanded)));
        return report.exitCode(least).code();
    }
}
