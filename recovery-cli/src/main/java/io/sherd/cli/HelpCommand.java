package io.sherd.cli;

import io.sherd.cli.output.ExitCode;
import io.sherd.cli.output.OutputOptions;
import io.sherd.cli.output.Report;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sherd help}: the help of a command, or of a topic. */
@Command(
        name = "help",
        description = "Show the help of a command, or `exit-codes`: what each exit code means.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        helpCommand = true)
final class HelpCommand implements Callable<Integer> {
    private static final String EXIT_CODES = "exit-codes";

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before it calls the command
    private CommandSpec spec;

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Parameters(
            arity = "0..*",
            paramLabel = "COMMAND",
            description = "A command such as `client put`, or `exit-codes`.")
    private List<String> words = List.of();

    /** One exit code and its meaning. */
    record Meaning(int code, String meaning) {}

    /** The table of exit codes. */
    record ExitCodes(List<Meaning> codes) implements Report {
        static ExitCodes all() {
            return new ExitCodes(Arrays.stream(ExitCode.values())
                    .map(exit -> new Meaning(exit.code(), exit.meaning()))
                    .toList());
        }

        @Override
        public String schema() {
            return "sherd.exit-codes/1";
        }

        @Override
        public List<String> text() {
            return ExitCode.table();
        }
    }

    /** Made by picocli. */
    HelpCommand() {}

    @Override
    public Integer call() {
        CommandLine root = spec.root().commandLine();
        if (words.equals(List.of(EXIT_CODES))) {
            output.print(ExitCodes.all());
            return ExitCode.DONE.code();
        }
        CommandLine command = root;
        for (String word : words) {
            @Nullable CommandLine next = command.getSubcommands().get(word);
            if (next == null) {
                throw new CommandLine.ParameterException(
                        root, "there is no command or topic \"" + String.join(" ", words) + "\"");
            }
            command = next;
        }
        command.usage(spec.commandLine().getOut());
        return ExitCode.DONE.code();
    }
}
