package io.sherd.replication.learner;

import static org.assertj.core.api.Assertions.assertThat;

import io.sherd.replication.learner.LearnerEvent.Failure;
import io.sherd.replication.testing.Seeds;
import io.sherd.replication.testing.TestCluster;
import io.sherd.replication.testing.TestLedger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Random clusters, ledgers, networks and liars; always the exact ledger and only it. */
final class LearnerSimulationTest {

    private static final int RUNS = 200;

    @Test
    void anyMixOfUpToFLiarsAndCrashedSourcesEndsWithTheExactLedger() {
        long seed = Seeds.seed(LearnerSimulationTest.class);
        for (int run = 0; run < RUNS; run++) {
            simulate(new Random(seed + run), "run %d of seed %d".formatted(run, seed));
        }
    }

    private static void simulate(Random random, String what) {
        int[] sizes = {4, 5, 6, 7, 10, 13};
        int n = sizes[random.nextInt(sizes.length)];
        int f = 1 + random.nextInt((n - 1) / 3);
        int k = f + 1 + random.nextInt(n - 2 * f);
        TestCluster cluster = TestCluster.of(n, f, k);
        TestLedger ledger = new TestLedger(cluster, random);
        ledger.grow(1 + random.nextInt(40), random.nextInt(20), random.nextInt(10));
        LearnerRun.Network network = new LearnerRun.Network(
                random.nextInt(6), random.nextInt(4) == 0 ? 5 : 0, random.nextInt(4) == 0 ? 20 : 0);
        LearnerRun run = new LearnerRun(ledger, LearnerRun.config(cluster), random, network);
        List<Integer> faulty = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            faulty.add(i);
        }
        Collections.shuffle(faulty, random);
        faulty = faulty.subList(0, random.nextInt(f + 1));
        faulty.forEach(replica -> run.with(replica, anyFault(ledger, random)));

        for (int i = 0; i < 3; i++) {
            run.ticks(random.nextInt(30));
            if (random.nextBoolean()) {
                run.restart();
            }
            ledger.grow(random.nextInt(5), 30, 20);
        }
        try {
            run.untilCaughtUp(4000);
            assertThat(run.effects(LearnerEffect.Contradiction.class)).isEmpty();
            assertThat(faulty).containsAll(run.liarsNamed());
        } catch (AssertionError e) {
            throw new AssertionError("%s: n=%d f=%d k=%d faulty=%s".formatted(what, n, f, k, faulty), e);
        }
    }

    private static Source anyFault(TestLedger ledger, Random random) {
        Source.Lie[] lies = Source.Lie.values();
        Source liar = Source.liar(ledger, lies[random.nextInt(lies.length)], random);
        return switch (random.nextInt(6)) {
            case 0 -> Source.silent();
            case 1 -> Source.failing(Failure.UNREACHABLE);
            case 2 -> Source.failing(Failure.MALFORMED);
            case 3 -> Source.every(2, new Source.Honest(ledger), liar);
            default -> liar;
        };
    }
}
