package io.sherd.cli;

import io.sherd.cli.output.CommandFailure;
import io.sherd.cli.output.ExitCode;
import io.sherd.cli.output.Json;
import io.sherd.replication.machine.MachineFaultException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * Turns whatever ended a command into the one error form and an exit code. With {@code --json} the failure is also the one
 * document on standard output.
 */
final class ErrorReporter implements IParameterExceptionHandler, IExecutionExceptionHandler {
    private static final String JSON = "--json";

    @Override
    public int handleParseException(ParameterException e, String[] args) {
        CommandLine command = e.getCommandLine();
        List<String> facts = switch (e) {
            case UnmatchedArgumentException unmatched -> meant(unmatched);
            case MissingParameterException _ -> misspelt(command, args);
            default -> List.of();
        };
        CommandFailure failure = new CommandFailure(
                ExitCode.USAGE,
                "usage",
                firstLine(e.getMessage()),
                facts,
                command.getCommandSpec().qualifiedName() + " --help");
        return report(command, failure, List.of(args).contains(JSON));
    }

    @Override
    public int handleExecutionException(Exception e, CommandLine command, ParseResult parsed) {
        // Not of what was parsed: that is the root command's, and an option of the environment is not in it.
        OptionSpec option = command.getCommandSpec().findOption(JSON);
        boolean json = option != null && Boolean.TRUE.equals(option.getValue());
        if (e instanceof RuntimeException && !(e instanceof MachineFaultException)) {
            CommandFailure failure = new CommandFailure(
                    ExitCode.UNEXPECTED, "internal", "this is a bug: " + e, "report it with the lines below", e);
            return report(command, failure, json);
        }
        return report(command, Failures.of(e), json);
    }

    /**
     * Prints a failure.
     *
     * @param command the command that failed
     * @param failure why
     * @param json whether it is also the document on standard output
     * @return the exit code
     */
    static int report(CommandLine command, CommandFailure failure, boolean json) {
        PrintWriter err = command.getErr();
        failure.lines().forEach(err::println);
        if (failure.exitCode() == ExitCode.UNEXPECTED && failure.getCause() != null) {
            failure.getCause().printStackTrace(err);
        }
        err.flush();
        if (json) {
            command.getOut().println(Json.line(failure));
            command.getOut().flush();
        }
        return failure.exitCode().code();
    }

    private static List<String> meant(UnmatchedArgumentException unmatched) {
        return unmatched.getSuggestions().stream()
                .map(name -> "did you mean: " + name)
                .toList();
    }

    /** What is missing may be there under a name that is not quite its own, which only the next attempt would tell. */
    private static List<String> misspelt(CommandLine command, String[] args) {
        List<String> facts = new ArrayList<>();
        for (String arg : args) {
            String name = arg.replaceFirst("=.*", "");
            if (name.startsWith("--") && command.getCommandSpec().findOption(name) == null) {
                facts.add("there is no option " + name);
                facts.addAll(meant(new UnmatchedArgumentException(command, List.of(name))));
            }
        }
        return facts;
    }

    private static String firstLine(@Nullable String message) {
        return message == null ? "" : message.lines().findFirst().orElse("");
    }
}
