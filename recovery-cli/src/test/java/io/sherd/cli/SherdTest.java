package io.sherd.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class SherdTest {
    @Test
    void helpGoesToStandardOutput() {
        StringWriter out = new StringWriter();
        int code = new CommandLine(new Sherd()).setOut(new PrintWriter(out)).execute("--help");
        assertThat(code).isZero();
        assertThat(out.toString()).startsWith("Usage: sherd");
    }

    @Test
    void aMissingCommandIsAUsageError() {
        StringWriter err = new StringWriter();
        int code = new CommandLine(new Sherd()).setErr(new PrintWriter(err)).execute();
        assertThat(code).isEqualTo(2);
        assertThat(err.toString()).startsWith("a command is missing");
    }
}
