package io.sherd.cli;

import io.sherd.archive.genesis.GenesisException;
import io.sherd.archive.genesis.GenesisFile;
import io.sherd.cli.output.OutputOptions;
import java.nio.file.Path;
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

    @Mixin
    private StatusOptions options = new StatusOptions();

    /** Made by picocli. */
    StatusCommand() {}

    @Override
    public Integer call() throws GenesisException {
        return options.show(GenesisFile.read(Given.required(genesisFile)), output);
    }
}
