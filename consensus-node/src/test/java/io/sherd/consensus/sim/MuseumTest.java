package io.sherd.consensus.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The simulator finds bugs that others shipped; docs/SIMULATOR.md tells how they are planted.
 *
 * <p>With {@code -Dsherd.museum=record} the seeds are searched from the first one on and written into the exhibits; with
 * {@code -Dsherd.exhibit=NAME} only that exhibit is visited.
 */
class MuseumTest {

    private static final int MAX_SEEDS = 2_000;
    private static final String CANARY = "canary";
    private static final boolean RECORD = "record".equals(System.getProperty("sherd.museum"));

    @TempDir
    private Path scratch;

    static List<Exhibit> exhibits() throws IOException {
        String only = System.getProperty("sherd.exhibit");
        return only == null ? Exhibit.all() : List.of(Exhibit.named(only));
    }

    @ParameterizedTest
    @MethodSource("exhibits")
    void thePlantedBugIsFound(Exhibit exhibit) throws IOException, ReflectiveOperationException {
        PlantedBug bug = PlantedBug.of(exhibit, scratch);
        long seed = RECORD ? 0 : exhibit.seed();
        String violation = RECORD ? "" : bug.violation(exhibit.replicas(), seed);
        if (violation.isEmpty()) {
            // The recorded seed makes the search short; where the simulator has changed since, any other will do.
            for (seed = 1; seed <= MAX_SEEDS; seed++) {
                violation = bug.violation(exhibit.replicas(), seed);
                if (!violation.isEmpty()) {
                    break;
                }
            }
        }

        assertThat(violation).as("found by one of %d seeds", MAX_SEEDS).isNotEmpty();
        System.out.printf("%s: seed %d of %d replicas: %s%n", exhibit, seed, exhibit.replicas(), violation);
        if (RECORD) {
            exhibit.record(seed);
        }
        assertThat(new SwarmRun(exhibit.replicas(), seed, new Trace()).run().violation())
                .as("without the bug")
                .isEmpty();
    }

    @Test
    void theCanaryFailsInEverySeed() throws IOException, ReflectiveOperationException {
        Exhibit canary = Exhibit.named(CANARY);
        PlantedBug bug = PlantedBug.of(canary, scratch);
        for (long seed = 1; seed <= 20; seed++) {
            assertThat(bug.violation(canary.replicas(), seed))
                    .as("seed %d", seed)
                    .isNotEmpty();
        }
    }

    @Test
    void thereAreAtLeastTwentyExhibitsBesidesTheCanary() throws IOException {
        assertThat(Exhibit.all())
                .filteredOn(exhibit -> !exhibit.name().equals(CANARY))
                .hasSizeGreaterThanOrEqualTo(20);
    }
}
