package io.sherd.consensus.core;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MessageLogTest {

    private static final int WINDOW = 8;

    private final Bench bench = Bench.founding(4, 1);
    private final MessageLog log = new MessageLog(WINDOW, 1 << 20, 0);

    @Test
    void decisionsThatWaitForAnEarlierOneAreKeptForAWindowAtMost() {
        // Position 1 never comes, and checkpoints become stable all the same.
        for (long stable = 0; stable <= 10 * WINDOW; stable += WINDOW / 2) {
            log.truncate(stable, 0);
            for (long sequence = Math.max(2, stable + 1); sequence <= log.high(); sequence++) {
                decide(sequence);
            }
            assertThat(log.size()).isLessThanOrEqualTo(2 * WINDOW);
        }
        assertThat(log.find(2)).isNotNull();
        assertThat(log.find(WINDOW)).isNotNull();
        assertThat(log.find(WINDOW + 1)).isNull();
    }

    @Test
    void whatIsStableAndHandedOverOrUndecidedGoes() {
        decide(1);
        decide(2);
        log.slot(3, 0);
        decide(4);

        log.truncate(4, 1);

        assertThat(log.find(1)).isNull();
        assertThat(log.find(2)).isNotNull();
        assertThat(log.find(3)).isNull();
        assertThat(log.find(4)).isNotNull();
    }

    private void decide(long sequence) {
        log.slot(sequence, 0).decide(bench.decided(sequence, bench.batch(sequence)));
    }
}
