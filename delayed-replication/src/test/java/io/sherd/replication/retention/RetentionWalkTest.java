package io.sherd.replication.retention;

import static org.assertj.core.api.Assertions.assertThat;

import io.sherd.replication.Quorums;
import io.sherd.replication.retention.RetentionModel.Rule;
import io.sherd.replication.retention.RetentionModel.State;
import io.sherd.replication.retention.RetentionModel.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Long walks through clusters too large to search: faults move, receipts come late, false, or not at all. */
final class RetentionWalkTest {

    private static final long SEED = Long.getLong("sherd.retention.seed", 20260501);
    private static final int STEPS = 400;

    @ParameterizedTest
    @CsvSource({"4, 1, 3, 600", "5, 1, 4, 500", "6, 1, 5, 400", "7, 2, 5, 400", "7, 2, 3, 200", "7, 1, 6, 200"})
    void noWalkLeadsToALoss(int n, int f, int k, int walks) {
        RetentionModel model = new RetentionModel(new Quorums(n, f), k, Rule.WHOLE);

        Walks walked = new Walks(model, SEED);
        assertThat(walked.wayToLoss(walks))
                .as("n=%d f=%d k=%d, repeat with -Dsherd.retention.seed=%d", n, f, k, SEED)
                .isEmpty();
        assertThat(walked.restores).as("replicas that were restored").isGreaterThan(walks);
    }

    @ParameterizedTest
    @CsvSource({
        "4, 1, 3, WITHOUT_HINTS",
        "7, 2, 5, WITHOUT_HINTS",
        "4, 1, 3, WITHOUT_RULE_FOUR",
        "5, 1, 4, WITHOUT_RULE_FOUR"
    })
    void walksFindTheLossWhenAPartOfTheRuleIsLeftOut(int n, int f, int k, Rule rule) {
        Walks walked = new Walks(new RetentionModel(new Quorums(n, f), k, rule), SEED);

        assertThat(walked.wayToLoss(20_000)).as("a way to a loss").isPresent();
    }

    private static final class Walks {

        private final RetentionModel model;
        private final SplittableRandom random;
        private int restores;

        Walks(RetentionModel model, long seed) {
            this.model = model;
            this.random = new SplittableRandom(seed);
        }

        /** The first of so many walks that leads to a loss. */
        Optional<List<String>> wayToLoss(int walks) {
            for (int walk = 0; walk < walks; walk++) {
                Optional<List<String>> way = walk();
                if (way.isPresent()) {
                    return way;
                }
            }
            return Optional.empty();
        }

        private Optional<List<String>> walk() {
            List<String> way = new ArrayList<>();
            State state = model.start();
            for (int i = 0; i < STEPS; i++) {
                List<Step> possible = model.next(state);
                if (possible.isEmpty()) {
                    return Optional.empty();
                }
                Step step = possible.get(random.nextInt(possible.size()));
                way.add(step.what());
                restores += step.what().endsWith("is whole") ? 1 : 0;
                state = step.after();
                if (!model.isSafe(state)) {
                    return Optional.of(way);
                }
            }
            return Optional.empty();
        }
    }
}
