package io.sherd.consensus.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class ExecutedIdsTest {

    @Test
    void nothingIsExecutedAtFirst() {
        ExecutedIds ids = new ExecutedIds(4);

        assertThat(ids.top()).isZero();
        assertThat(ids.contains(1)).isFalse();
    }

    @Test
    void idsBelowTheWindowCountAsExecuted() {
        ExecutedIds ids = new ExecutedIds(4);
        ids.add(10);

        assertThat(ids.contains(6)).isTrue();
        assertThat(ids.contains(7)).isFalse();
        assertThat(ids.contains(10)).isTrue();
        assertThat(ids.contains(11)).isFalse();
    }

    @Test
    void agreesWithASetOfAllIds() {
        long seed = Long.getLong("sherd.seed", System.nanoTime());
        System.out.println("-Dsherd.seed=" + seed);
        Random random = new Random(seed);
        int window = 1 + random.nextInt(20);
        ExecutedIds ids = new ExecutedIds(window);
        TreeSet<Long> all = new TreeSet<>();
        for (int i = 0; i < 2000; i++) {
            long top = all.isEmpty() ? 0 : all.last();
            long id = Math.max(1, top + random.nextInt(4 * window) - 2L * window);
            if (id > top - window) {
                ids.add(id);
                all.add(id);
            }
            top = all.last();
            assertThat(ids.top()).isEqualTo(top);
            for (long probe = Math.max(1, top - 2L * window); probe < top + window; probe++) {
                assertThat(ids.contains(probe))
                        .as("id %d under %d, window %d", probe, top, window)
                        .isEqualTo(probe <= top - window || all.contains(probe));
            }
        }
    }
}
