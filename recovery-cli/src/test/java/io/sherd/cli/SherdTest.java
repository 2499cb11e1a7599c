package io.sherd.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.sherd.cli.output.ExitCode;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class SherdTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void helpGoesToStandardOutput() {
        assertThat(run("--help")).isZero();
        assertThat(out.toString()).startsWith("Usage: sherd");
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void aMissingCommandIsAUsageError() {
        assertThat(run()).isEqualTo(2);
        assertThat(out.toString()).isEmpty();
        assertThat(err.toString().lines())
                .containsExactly(
                        "error[usage]: a command is missing: demo, init, key, node, cluster, client, status, admin, learn, restore, verify, repair, scrub, inspect, proof, export, bench, sim, help",
                        "  hint: sherd --help");
    }

    @Test
    void anUnknownCommandIsAUsageErrorWithAGuess() {
        assertThat(run("halp")).isEqualTo(2);
        assertThat(err.toString().lines())
                .containsExactly(
                        "error[usage]: Unmatched argument at index 0: 'halp'",
                        "  did you mean: help",
                        "  hint: sherd --help");
    }

    @Test
    void aRequiredOptionThatIsMisspeltIsFoundUnderItsWrongName() {
        assertThat(run("status", "--genesi=genesis.json", "--json")).isEqualTo(2);
        assertThat(err.toString().lines())
                .containsExactly(
                        "error[usage]: Missing required option: '--genesis=FILE'",
                        "  there is no option --genesi",
                        "  did you mean: --genesis",
                        "  hint: sherd status --help");
    }

    @Test
    void withJsonAFailureIsAlsoADocument() {
        assertThat(run("help", "nothing", "--json")).isEqualTo(2);
        assertThat(out.toString()).startsWith("{\"schema\":\"sherd.error/1\",\"exitCode\":2,\"word\":\"usage\"");
    }

    @Test
    void withJsonWhatEndsASubcommandIsAlsoADocument() {
        assertThat(run("key", "show", "/nowhere/client.key", "--json")).isEqualTo(4);
        assertThat(out.toString())
                .startsWith("{\"schema\":\"sherd.error/1\",\"exitCode\":4,\"word\":\"key.unreadable\"");
    }

    @Test
    void everyExitCodeHasALineInItsHelp() {
        assertThat(run("help", "exit-codes")).isZero();
        assertThat(out.toString().lines()).hasSize(ExitCode.values().length + 1);
        assertThat(out.toString()).contains("    8  refused because it would not be safe");
    }

    @Test
    void anOptionIsTakenFromTheEnvironmentUnlessItIsGiven() {
        CommandLine line = Sherd.commandLine(Map.of("SHERD_JSON", "true"));
        line.setOut(new PrintWriter(out));
        assertThat(line.execute("help", "exit-codes")).isZero();
        assertThat(out.toString()).startsWith("{\"schema\":\"sherd.exit-codes/1\"");
    }

    @Test
    void everyCommandSaysWhatItDoesAndHasHelp() {
        everyCommandBelow(Sherd.commandLine(Map.of()));
    }

    private static void everyCommandBelow(CommandLine command) {
        assertThat(command.getCommandSpec().usageMessage().description())
                .as(command.getCommandSpec().qualifiedName())
                .isNotEmpty();
        assertThat(command.getCommandSpec().findOption("--help"))
                .as(command.getCommandSpec().qualifiedName())
                .isNotNull();
        command.getSubcommands().values().forEach(SherdTest::everyCommandBelow);
    }

    private int run(String... args) {
        return Sherd.commandLine(Map.of())
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(args);
    }
}
