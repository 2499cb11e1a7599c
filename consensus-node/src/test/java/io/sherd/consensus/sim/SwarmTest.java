package io.sherd.consensus.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random runs, as {@code sherd sim} makes them. A seed that fails prints the command that repeats it. */
class SwarmTest {

    private static final long FIRST_SEED = Long.getLong("sherd.seed", System.nanoTime() & 0xffff_ffffL);

    @ParameterizedTest
    @ValueSource(ints = {4, 5, 6, 7, 10, 13})
    void whateverGoesWrongNothingSplitsAndEverythingGoesOnInTheEnd(int n) {
        for (long seed = FIRST_SEED; seed < FIRST_SEED + 5; seed++) {
            SeedResult result = new SwarmRun(n, seed, new Trace()).run();
            assertThat(result.violation())
                    .as("repeat with `%s`%n%s", result.command(), result.tail())
                    .isEmpty();
            assertThat(result.isCovering()).as(result.command()).isTrue();
        }
    }

    @Test
    void oneSeedHappensTheSameWayTwice() {
        for (int n : new int[] {4, 7}) {
            List<String> lines = new ArrayList<>();
            SeedResult once = new SwarmRun(n, FIRST_SEED, new Trace(lines::add)).run();
            List<String> again = new ArrayList<>();
            SeedResult twice = new SwarmRun(n, FIRST_SEED, new Trace(again::add)).run();

            assertThat(twice.traceHash()).isEqualTo(once.traceHash());
            assertThat(twice.events()).isEqualTo(once.events());
            assertThat(again).isEqualTo(lines);
            assertThat(new SwarmRun(n, FIRST_SEED + 1, new Trace()).run().traceHash())
                    .isNotEqualTo(once.traceHash());
        }
    }

    @Test
    void someSeedsSignAsARealClusterDoes() {
        long seed = 1;
        while (!new SwarmRun(4, seed, new Trace()).signsForReal()) {
            seed++;
        }
        SeedResult result = new SwarmRun(4, seed, new Trace()).run();

        assertThat(result.ed25519()).isTrue();
        assertThat(result.violation()).as(result.tail()).isEmpty();
    }

    @Test
    void aCampaignAddsUpItsSeeds() {
        CampaignResult result = new Campaign(1, 6, List.of(4, 5), 2).run(done -> {});

        assertThat(result.seeds()).isEqualTo(6);
        assertThat(result.violations()).isEmpty();
        assertThat(result.coverage().viewChanges().least()).isPositive();
        assertThat(result.events())
                .isEqualTo(new Campaign(1, 6, List.of(4, 5), 1).run(done -> {}).events());
    }
}
