package io.sherd.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.sherd.cli.output.CommandFailure;
import io.sherd.cli.output.ExitCode;
import io.sherd.cli.output.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoInputTest {
    @TempDir
    private Path directory;

    @Test
    void theSameSeedMakesTheSameTransfersAndAnotherMakesOthers() throws Exception {
        DemoInput.makeTransfers(directory.resolve("a"), 200, 7);
        DemoInput.makeTransfers(directory.resolve("b"), 200, 7);
        DemoInput.makeTransfers(directory.resolve("c"), 200, 8);
        assertThat(directory.resolve("a")).hasSameBinaryContentAs(directory.resolve("b"));
        assertThat(Files.mismatch(directory.resolve("a"), directory.resolve("c")))
                .isNotNegative();
    }

    @Test
    void aLongerInputStartsWithTheShorterOne() throws Exception {
        DemoInput.makeTransfers(directory.resolve("a"), 100, 1);
        DemoInput.makeTransfers(directory.resolve("b"), 101, 1);
        assertThat(Files.readString(directory.resolve("b"))).startsWith(Files.readString(directory.resolve("a")));
    }

    @Test
    void everyTransferIsAJsonDocumentBetweenTwoAccounts() throws Exception {
        DemoInput input = DemoInput.makeTransfers(directory.resolve("a"), 500, 3);
        assertThat(input).isEqualTo(DemoInput.of(input.file()));
        assertThat(Files.readAllLines(input.file()))
                .hasSize(500)
                .allSatisfy(line ->
                        assertThat(Json.read(line).get("from").asString()).matches("AC\\d{6}"));
    }

    @Test
    void linesAreCountedWithALastOneThatDoesNotEnd() throws Exception {
        Path file = directory.resolve("lines");
        Files.writeString(file, "\n\r\nlast");
        assertThat(DemoInput.of(file)).isEqualTo(new DemoInput(file, 3, 7));
    }

    @Test
    void aLineOverTheLimitIsAUsageErrorThatNamesIt() throws Exception {
        Path file = directory.resolve("long");
        Files.writeString(file, "short\n" + "x".repeat(DemoTransaction.MAX_LINE_BYTES + 1));
        assertThatExceptionOfType(CommandFailure.class)
                .isThrownBy(() -> DemoInput.of(file))
                .withMessageContaining("line 2 is longer than 1048576 bytes")
                .satisfies(failure -> assertThat(failure.exitCode()).isEqualTo(ExitCode.USAGE));
    }

    @Test
    void anEmptyFileIsAUsageError() throws Exception {
        Path file = Files.createFile(directory.resolve("empty"));
        assertThatExceptionOfType(CommandFailure.class)
                .isThrownBy(() -> DemoInput.of(file))
                .withMessageContaining("is empty")
                .satisfies(failure -> assertThat(failure.exitCode()).isEqualTo(ExitCode.USAGE));
    }

    @Test
    void aMissingFileAndADirectoryAreNamed() {
        assertThatExceptionOfType(CommandFailure.class)
                .isThrownBy(() -> DemoInput.of(directory.resolve("none")))
                .withMessageContaining("does not exist")
                .satisfies(failure -> assertThat(failure.exitCode()).isEqualTo(ExitCode.NOT_FOUND));
        assertThatExceptionOfType(CommandFailure.class)
                .isThrownBy(() -> DemoInput.of(directory))
                .withMessageContaining("is not a regular file");
    }
}
