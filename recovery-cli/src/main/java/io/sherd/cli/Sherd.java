package io.sherd.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The root command, {@code sherd}: shows help and version, and hands the rest to its subcommands. */
@Command(
        name = "sherd",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = "A Byzantine-fault-tolerant ledger whose replicas do not each keep the whole ledger.",
        footer = {"", "Every option can also be given as SHERD_NAME in the environment: SHERD_DATA_DIR for --data-dir."
        },
        subcommands = {
            DemoCommand.class,
            InitCommand.class,
            KeyCommand.class,
            NodeCommand.class,
            ClusterCommand.class,
            ClientCommand.class,
            StatusCommand.class,
            AdminCommand.class,
            LearnCommand.class,
            RestoreCommand.class,
            VerifyCommand.class,
            RepairCommand.class,
            ScrubCommand.class,
            InspectCommand.class,
            ProofCommand.class,
            ExportCommand.class,
            BenchCommand.class,
            SimCommand.class,
            HelpCommand.class
        })
public final class Sherd extends CommandGroup {
    private static final int USAGE_WIDTH = 110;

    /** Makes the root command; picocli fills in what it read from the command line. */
    public Sherd() {}

    /**
     * Runs one command and ends the process with its exit code.
     *
     * @param args the words of the command line after {@code sherd}
     */
    public static void main(String[] args) {
        CommandLine line = commandLine(System.getenv())
                .setOut(new PrintWriter(System.out, false, StandardCharsets.UTF_8))
                .setErr(new PrintWriter(System.err, true, StandardCharsets.UTF_8));
        int code = line.execute(args);
        line.getOut().flush();
        System.exit(code);
    }

    /**
     * {@return the command line, ready to execute}
     *
     * @param environment the process's environment, of which variables SHERD_… stand for options that are not given
     */
    public static CommandLine commandLine(Map<String, String> environment) {
        return new CommandLine(new Sherd())
                .registerConverter(Duration.class, new DurationConverter())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setUsageHelpWidth(USAGE_WIDTH)
                .setUsageHelpAutoWidth(false)
                .setAbbreviatedOptionsAllowed(false)
                .setDefaultValueProvider(new EnvironmentDefaults(environment))
                .setParameterExceptionHandler(new ErrorReporter())
                .setExecutionExceptionHandler(new ErrorReporter());
    }
}
