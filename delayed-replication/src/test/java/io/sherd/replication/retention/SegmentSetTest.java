package io.sherd.replication.retention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sherd.replication.retention.SegmentSet.Range;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

final class SegmentSetTest {

    @Test
    void rangesThatTouchAreJoined() {
        SegmentSet set = SegmentSet.of(List.of(new Range(0, 3), new Range(5, 7), new Range(3, 5)));

        assertThat(set.ranges()).containsExactly(new Range(0, 7));
        set.remove(3);
        assertThat(set.ranges()).containsExactly(new Range(0, 3), new Range(4, 7));
        assertThat(set.common(SegmentSet.of(List.of(new Range(2, 5)))))
                .containsExactly(new Range(2, 3), new Range(4, 5));
    }

    @Test
    void aRangeHasAtLeastOneSegment() {
        assertThatThrownBy(() -> new Range(3, 3)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Range(-1, 3)).isInstanceOf(IllegalArgumentException.class);
    }

    /** Against a plain set of numbers. */
    @Test
    void agreesWithASetOfNumbers() {
        long seed = Long.getLong("sherd.retention.seed", 7);
        SplittableRandom random = new SplittableRandom(seed);
        SegmentSet set = new SegmentSet();
        TreeSet<Long> slow = new TreeSet<>();
        for (int i = 0; i < 5000; i++) {
            long first = random.nextInt(60);
            if (random.nextBoolean()) {
                long end = first + random.nextInt(6);
                set.add(first, end);
                for (long segment = first; segment < end; segment++) {
                    slow.add(segment);
                }
            } else {
                set.remove(first);
                slow.remove(first);
            }
            assertThat(set.ranges()).as("seed %d, step %d", seed, i).isEqualTo(ranges(slow));
            assertThat(set.size()).isEqualTo(slow.size());
            assertThat(set.contains(first)).isEqualTo(slow.contains(first));
        }
    }

    private static List<Range> ranges(Set<Long> numbers) {
        List<Range> ranges = new ArrayList<>();
        for (long number : numbers) {
            if (!ranges.isEmpty() && ranges.getLast().end() == number) {
                ranges.set(ranges.size() - 1, new Range(ranges.getLast().first(), number + 1));
            } else {
                ranges.add(new Range(number, number + 1));
            }
        }
        return ranges;
    }
}
