package io.sherd.consensus.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a cluster does in each scenario is what is written down. After a wanted change, {@code -Dsherd.scenarios=write} writes down
 * anew, for a person to read as a diff.
 */
class ScenariosTest {

    private static final Path SCENARIOS = Path.of("src", "test", "scenarios");
    private static final boolean WRITE = "write".equals(System.getProperty("sherd.scenarios"));

    @TempDir
    private Path scratch;

    @TestFactory
    Stream<DynamicTest> eachScenarioGoesAsItIsWrittenDown() throws IOException {
        return scenarios().stream().map(file -> DynamicTest.dynamicTest(nameOf(file), () -> compare(file)));
    }

    @TestFactory
    Stream<DynamicTest> eachScenarioFailsWithTheBugsThatItFinds() throws IOException {
        List<DynamicTest> tests = new ArrayList<>();
        for (Path file : scenarios()) {
            for (String bug : Scenario.read(file).found()) {
                tests.add(DynamicTest.dynamicTest(nameOf(file) + " finds " + bug, () -> {
                    Path planted = Files.createDirectory(scratch.resolve(nameOf(file) + bug));
                    assertThat(PlantedBug.of(Exhibit.named(bug), planted).violation(file))
                            .isNotEmpty();
                }));
            }
        }
        return tests.stream();
    }

    @Test
    void thereAreAtLeastThirtyScenarios() throws IOException {
        assertThat(scenarios()).hasSizeGreaterThanOrEqualTo(30);
    }

    private static List<Path> scenarios() throws IOException {
        try (Stream<Path> files = Files.list(SCENARIOS)) {
            return files.filter(file -> file.toString().endsWith(".scenario"))
                    .sorted()
                    .toList();
        }
    }

    private static String nameOf(Path file) {
        return String.valueOf(file.getFileName()).replace(".scenario", "");
    }

    private static void compare(Path file) throws IOException {
        Scenario.Outcome outcome = Scenario.read(file).run();
        Path expected = file.resolveSibling(nameOf(file) + ".trace");
        if (WRITE) {
            Files.writeString(expected, outcome.trace());
        }
        assertThat(outcome.violation()).as(outcome.trace()).isEmpty();
        assertThat(outcome.trace()).isEqualTo(Files.readString(expected));
    }
}
