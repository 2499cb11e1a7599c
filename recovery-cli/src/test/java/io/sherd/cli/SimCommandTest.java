package io.sherd.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.sherd.cli.output.Json;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;

class SimCommandTest {

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void tellsWhatTheSeedsSaw() {
        assertThat(run("--seeds", "3", "--first-seed", "1", "--replicas", "4,5", "--json"))
                .isZero();

        JsonNode answer = Json.read(out.toString());
        assertThat(answer.get("schema").asString()).isEqualTo("sherd.sim/1");
        assertThat(answer.get("seeds").asInt()).isEqualTo(3);
        assertThat(answer.get("violations").asInt()).isZero();
        assertThat(answer.get("coverage").get("checkpoints").get("least").asInt())
                .isGreaterThanOrEqualTo(2);
        assertThat(answer.get("slowest").get("command").asString())
                .startsWith("sherd sim --first-seed ")
                .endsWith(answer.get("slowest").get("replicas").asString());
    }

    @Test
    void printsOneSeedLineByLine() {
        assertThat(run("--first-seed", "2", "--replicas", "4", "--trace")).isZero();

        assertThat(out.toString())
                .contains("r0 note replica 0 starts in epoch 0")
                .contains("to all PRE-PREPARE");
    }

    @Test
    void refusesAClusterThatToleratesNothing() {
        assertThat(run("--replicas", "3")).isEqualTo(2);
        assertThat(err.toString()).contains("sim.numbers");
    }

    private int run(String... options) {
        String[] args = new String[options.length + 1];
        args[0] = "sim";
        System.arraycopy(options, 0, args, 1, options.length);
        CommandLine line =
                Sherd.commandLine(Map.of()).setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
        return line.execute(args);
    }
}
