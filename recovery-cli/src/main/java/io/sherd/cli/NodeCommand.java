package io.sherd.cli;

import io.sherd.archive.crypto.KeyFileException;
import io.sherd.archive.genesis.GenesisException;
import io.sherd.archive.machine.MachineException;
import io.sherd.archive.store.StoreException;
import io.sherd.cli.output.ExitCode;
import io.sherd.cli.output.OutputOptions;
import io.sherd.consensus.node.ConsensusNode;
import io.sherd.consensus.node.NodeConfig;
import io.sherd.consensus.node.NodeConfigException;
import io.sherd.consensus.node.NodeStartException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sherd node}: runs one replica, or checks that it could run. */
@Command(
        name = "node",
        description = "Run one replica, or check that it could run.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        subcommands = {NodeCommand.Run.class, NodeCheckCommand.class})
final class NodeCommand extends CommandGroup {
    /** Read by logback.xml. */
    private static final String LOG_LEVEL = "sherd.log";

    /** Made by picocli. */
    NodeCommand() {}

    /** {@code sherd node run}. */
    @Command(
            name = "run",
            description = {
                "Run one replica until the process is asked to end (SIGTERM, Ctrl-C).",
                "One line that begins with `ready` goes to standard output when it takes part; the log goes to standard error.",
                "When the disk refuses (exit 15), or a database is not what was written (10), the process ends at once."
            },
            mixinStandardHelpOptions = true,
            versionProvider = Version.class)
    static final class Run implements Callable<Integer> {
        @Spec
        @SuppressWarnings("NullAway.Init") // picocli sets it before it calls the command
        private CommandSpec command;

        @Mixin
        private OutputOptions output = new OutputOptions();

        @Option(
                names = {"-c", "--config"},
                required = true,
                paramLabel = "FILE",
                description = "The replica's sherd.yaml.")
        private @Nullable Path configFile;

        @Option(
                names = "--stop-with",
                paramLabel = "PID",
                description = "Stop when that process ends, however it ends.")
        private @Nullable Long stopWith;

        @Option(
                names = "--state-machine-jar",
                paramLabel = "FILE",
                description = "The jar with the genesis's state machine, if not where the configuration says.")
        private @Nullable Path stateMachineJar;

        @Option(
                names = "--check-determinism",
                description =
                        "Execute every batch twice and compare. A difference ends the process (exit 8) before anybody is told what the batch came to.")
        private boolean checkDeterminism;

        /** Made by picocli. */
        Run() {}

        @Override
        public Integer call()
                throws NodeConfigException, GenesisException, KeyFileException, NodeStartException, MachineException,
                        StoreException, InterruptedException {
            if (System.getProperty(LOG_LEVEL) == null) {
                System.setProperty(LOG_LEVEL, "INFO");
            }
            NodeConfig config = config();
            EmergencyStop stop = new EmergencyStop(
                    failure -> ErrorReporter.report(command.commandLine(), failure, output.json()),
                    Runtime.getRuntime()::halt);
            Thread.setDefaultUncaughtExceptionHandler((_, bug) -> stop.accept(bug));
            CountDownLatch ended = new CountDownLatch(1);
            try (ShutdownWork _ = ShutdownWork.stoppedBy(ended::countDown);
                    ConsensusNode node = ConsensusNode.start(config, stop)) {
                if (stopWith != null) {
                    ProcessHandle.of(stopWith)
                            .ifPresentOrElse(
                                    parent -> {
                                        var _ = parent.onExit().thenRun(ended::countDown);
                                    },
                                    ended::countDown);
                }
                output.out().println(node.readyLine());
                output.out().flush();
                ended.await();
            }
            return ExitCode.DONE.code();
        }

        private NodeConfig config() throws NodeConfigException {
            NodeConfig config = NodeConfig.read(Given.required(configFile));
            if (stateMachineJar != null) {
                config = config.withStateMachineJar(stateMachineJar);
            }
            return checkDeterminism ? config.withDeterminismChecked() : config;
        }
    }
}
