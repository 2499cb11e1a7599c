package io.sherd.replication.learner;

import static org.assertj.core.api.Assertions.assertThat;

import io.sherd.merkle.Digest;
import io.sherd.merkle.MerkleAccumulator;
import io.sherd.replication.checkpoint.CheckpointStatement;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.piece.SegmentContext;
import io.sherd.replication.testing.TestCluster;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Histories longer than what is held at one time: commitments without segments behind them. */
final class HistoryTest {

    private final TestCluster cluster = TestCluster.of(4);
    private final LearnerConfig config = new LearnerConfig(cluster.genesis(), 16, 1 << 20, 1000, 10, 50, 10, 100, 5);
    private final Sources sources = new Sources(config);
    private final History history = new History(config, sources, LearnerProgress.start(cluster.genesis()));
    private final List<Commitment> chain = new ArrayList<>();
    private final MerkleAccumulator tree = new MerkleAccumulator();
    private long now = 1;
    private long commitmentsSent;
    private int mostHeld;

    private CheckpointStatement grow(int count) {
        Digest hash = chain.isEmpty()
                ? cluster.genesis().clusterId()
                : chain.getLast().context().ledgerHashAfter();
        for (int i = 0; i < count; i++) {
            int number = chain.size();
            Digest after = TestCluster.hash("ledger " + number);
            SegmentContext context = new SegmentContext(
                    cluster.genesis().clusterId(),
                    0,
                    4,
                    1,
                    3,
                    0,
                    number,
                    number + 1,
                    number + 1,
                    30,
                    30,
                    hash,
                    after,
                    Digest.ZERO);
            Commitment commitment = new Commitment(context, TestCluster.hash("root " + number));
            chain.add(commitment);
            tree.append(commitment.leaf());
            hash = after;
        }
        return new CheckpointStatement(
                0, chain.size(), hash, chain.size(), tree.root(), 0, Digest.ZERO, Optional.empty());
    }

    /** Takes everything up to the target; {@code bad} answers wrongly with the given source's commitments. */
    private void walk(CheckpointStatement target, int liar) {
        List<LearnerEffect> effects = new ArrayList<>();
        long taken = history.provedCount();
        int rounds = 0;
        while (taken < target.segmentCount()) {
            assertThat(++rounds).isLessThan(10_000);
            effects.clear();
            history.plan(target, now++, effects);
            for (LearnerEffect effect : effects) {
                answer((LearnerEffect.FetchCommitments) effect, liar);
            }
            int held = 0;
            for (Commitment next = history.peek(); next != null; next = history.peek()) {
                assertThat(next).isEqualTo(chain.get((int) taken));
                history.take();
                taken++;
                held++;
            }
            mostHeld = Math.max(mostHeld, held);
        }
    }

    private void answer(LearnerEffect.FetchCommitments fetch, int liar) {
        int to = (int) Math.min(fetch.fromSegment() + fetch.count(), chain.size());
        List<Commitment> answer = new ArrayList<>(chain.subList((int) fetch.fromSegment(), to));
        if (fetch.source() == liar) {
            Commitment last = answer.removeLast();
            answer.add(new Commitment(last.context(), TestCluster.hash("a lie")));
        }
        commitmentsSent += answer.size();
        @Nullable Refusal refusal = history.onCommitments(fetch, answer, now);
        if (refusal != null) {
            assertThat(fetch.source()).isEqualTo(liar);
            assertThat(refusal.reason()).isEqualTo(LearnerIgnoreReason.WRONG_HISTORY);
            sources.lied(liar, now, refusal);
        }
    }

    @Test
    void aLongHistoryIsProvedInPartsAndTravelsAtMostTwice() {
        int count = 5 * History.MAX_HELD + 77;
        walk(grow(count), -1);

        assertThat(history.provedCount()).isEqualTo(count);
        assertThat(mostHeld).isLessThanOrEqualTo(History.MAX_HELD);
        assertThat(commitmentsSent).isLessThanOrEqualTo(2L * count);
    }

    @Test
    void aHistoryOfExactlyWhatIsHeldTravelsOnce() {
        walk(grow(History.MAX_HELD), -1);
        assertThat(commitmentsSent).isEqualTo(History.MAX_HELD);

        walk(grow(2 * History.MAX_HELD), -1);
        assertThat(history.provedCount()).isEqualTo(3L * History.MAX_HELD);
    }

    @Test
    void aLongHistoryThatGrowsMeanwhileIsProvedToItsNewEnd() {
        CheckpointStatement first = grow(2 * History.MAX_HELD + 5);
        List<LearnerEffect> effects = new ArrayList<>();
        history.plan(first, now, effects);
        answer((LearnerEffect.FetchCommitments) effects.getFirst(), -1);
        walk(grow(100), -1);

        assertThat(history.provedCount()).isEqualTo(chain.size());
    }

    @Test
    void aLieAnywhereInALongHistoryCostsOneRunAndIsNamed() {
        walk(grow(2 * History.MAX_HELD + 5), 0);

        assertThat(history.provedCount()).isEqualTo(chain.size());
        assertThat(sources.troubles()).containsOnlyKeys(0);
        assertThat(history.contradiction()).isEmpty();
    }
}
