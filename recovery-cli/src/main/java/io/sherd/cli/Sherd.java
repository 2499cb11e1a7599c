package io.sherd.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The root command, {@code sherd}: shows help and version, and hands the rest to its subcommands. */
@Command(
        name = "sherd",
        mixinStandardHelpOptions = true,
        version = "sherd 0.1.0-SNAPSHOT",
        description = "A Byzantine-fault-tolerant ledger whose replicas do not each keep the whole ledger.")
public final class Sherd implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before it calls run
    private CommandSpec spec;

    /** Makes the root command; picocli fills in what it read from the command line. */
    public Sherd() {}

    /**
     * Runs one command and ends the process with its exit code.
     *
     * @param args the words of the command line after {@code sherd}
     */
    public static void main(String[] args) {
        System.exit(new CommandLine(new Sherd()).execute(args));
    }

    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "a command is missing");
    }
}
