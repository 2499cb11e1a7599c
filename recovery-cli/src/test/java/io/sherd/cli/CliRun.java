package io.sherd.cli;

import io.sherd.cli.output.Json;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;

/**
 * A command that was run in this process.
 *
 * @param exitCode what the process would have ended with
 * @param out what it wrote to standard output
 * @param err what it wrote to standard error
 */
public record CliRun(int exitCode, String out, String err) {
    /** Runs a command with an empty environment. */
    public static CliRun of(Object... words) {
        String[] args = new String[words.length];
        for (int i = 0; i < words.length; i++) {
            args[i] = String.valueOf(words[i]);
        }
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine line =
                Sherd.commandLine(Map.of()).setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
        int exitCode = line.execute(args);
        line.getOut().flush();
        line.getErr().flush();
        return new CliRun(exitCode, out.toString(), err.toString());
    }

    /** The document in the last line of standard output. */
    public JsonNode json() {
        return Json.read(out.lines().toList().getLast());
    }
}
