package io.sherd.replication.retention;

import static org.assertj.core.api.Assertions.assertThat;

import io.sherd.replication.Quorums;
import io.sherd.replication.retention.RetentionModel.Rule;
import io.sherd.replication.retention.RetentionModel.Standing;
import io.sherd.replication.retention.RetentionModel.State;
import io.sherd.replication.retention.RetentionModel.Step;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Every state that four replicas, one of them faulty at a time, can be in with one segment. */
final class RetentionSearchTest {

    private static final Quorums FOUR = new Quorums(4, 1);

    @Test
    void whateverOneFaultyReplicaClaimsTheOthersCanRebuild() {
        Search search = new Search(new RetentionModel(FOUR, 3, Rule.WHOLE));

        assertThat(search.wayToLoss()).isEmpty();
        assertThat(search.states()).as("states searched").isGreaterThan(10_000);
    }

    /** One is cut off and never seals, the others drop what they have; whichever of them goes silent then takes a piece that is needed. */
    @Test
    void withoutHintsASegmentIsLostThatOneReplicaNeverSawWhenAnotherGoesSilent() {
        List<String> way = new Search(new RetentionModel(FOUR, 3, Rule.WITHOUT_HINTS)).wayToLoss();

        assertThat(way).isNotEmpty();
        assertThat(way).filteredOn(step -> step.endsWith("seals")).hasSize(3);
        assertThat(way)
                .filteredOn(step -> step.endsWith("drops the full bytes"))
                .isNotEmpty();
        assertThat(way).noneMatch(step -> step.contains("lies"));
    }

    /** Two are wiped, one after the other, and restored with their own pieces only, while a third never had its own. */
    @Test
    void withoutRuleFourSuccessiveRestoresErodeWhatHintsKept() {
        List<String> way = new Search(new RetentionModel(FOUR, 3, Rule.WITHOUT_RULE_FOUR)).wayToLoss();

        assertThat(way).isNotEmpty();
        assertThat(way)
                .filteredOn(step -> step.endsWith("restored with its own piece only"))
                .isNotEmpty();
    }

    /** Breadth first, so that a way to a loss is a shortest one. */
    private static final class Search {

        private record Origin(long before, String what) {}

        private static final List<int[]> RENUMBERINGS = renumberings();

        private final RetentionModel model;
        private final Map<Long, Origin> seen = new HashMap<>();

        Search(RetentionModel model) {
            this.model = model;
        }

        int states() {
            return seen.size();
        }

        /** The steps to a state in which some n - f correct replicas cannot rebuild; empty if there is none. */
        List<String> wayToLoss() {
            ArrayDeque<State> open = new ArrayDeque<>();
            open.add(model.start());
            seen.put(code(model.start()), new Origin(-1, "start"));
            while (!open.isEmpty()) {
                State state = open.removeFirst();
                if (!model.isSafe(state)) {
                    return wayTo(code(state));
                }
                long code = code(state);
                for (Step step : model.next(state)) {
                    if (seen.putIfAbsent(code(step.after()), new Origin(code, step.what())) == null) {
                        open.addLast(step.after());
                    }
                }
            }
            return List.of();
        }

        private List<String> wayTo(long code) {
            List<String> way = new ArrayList<>();
            for (Origin origin = seen.get(code); origin != null; origin = seen.get(origin.before())) {
                way.addFirst(origin.what());
            }
            return way;
        }

        /** All of a state in 57 bits, the same for states that differ only in the replicas' numbers. */
        private static long code(State state) {
            long least = Long.MAX_VALUE;
            for (int[] numbers : RENUMBERINGS) {
                least = Math.min(least, code(state, numbers));
            }
            return least;
        }

        private static long code(State state, int[] numbers) {
            long code = state.stable() ? 1 : 0;
            code = code << 4 | bits(state.spoken(), numbers);
            code = code << 4 | bits(state.of(0).exempt(), numbers);
            for (int number = 0; number < 4; number++) {
                int replica = indexOf(numbers, number);
                Holding holding = state.of(replica);
                code = code << 2 | standing(state.standings().get(replica));
                code = code << 1 | (holding.ownPiece() ? 1 : 0);
                code = code << 1 | (holding.fullBytes() ? 1 : 0);
                code = code << 4 | bits(holding.receipts(), numbers);
                code = code << 4 | bits(holding.hints(), numbers);
            }
            return code;
        }

        private static int standing(Standing standing) {
            return switch (standing) {
                case CORRECT -> 0;
                case FAULTY -> 1;
                case RESTORING -> 2;
            };
        }

        private static int indexOf(int[] numbers, int number) {
            int index = 0;
            while (numbers[index] != number) {
                index++;
            }
            return index;
        }

        private static int bits(ReplicaSet set, int[] numbers) {
            int bits = 0;
            for (int replica = 0; replica < 4; replica++) {
                bits |= set.contains(replica) ? 1 << numbers[replica] : 0;
            }
            return bits;
        }

        private static List<int[]> renumberings() {
            List<int[]> found = new ArrayList<>();
            for (int i = 0; i < 256; i++) {
                int[] numbers = {i & 3, i >> 2 & 3, i >> 4 & 3, i >> 6};
                if (IntStream.of(numbers).distinct().count() == 4) {
                    found.add(numbers);
                }
            }
            return found;
        }
    }
}
