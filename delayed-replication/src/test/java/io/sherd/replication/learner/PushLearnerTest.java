package io.sherd.replication.learner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sherd.replication.learner.PushLearner.Effect;
import io.sherd.replication.learner.PushLearner.Pushed;
import io.sherd.replication.learner.PushLearner.Reason;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.piece.Disperser;
import io.sherd.replication.piece.Piece;
import io.sherd.replication.segment.Segment;
import io.sherd.replication.testing.Seeds;
import io.sherd.replication.testing.TestCluster;
import io.sherd.replication.testing.TestLedger;
import io.sherd.replication.wire.Bytes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class PushLearnerTest {

    private static final long SEED = Seeds.seed(PushLearnerTest.class);

    private final Random random = new Random(SEED);
    private final TestCluster four = TestCluster.of(4);

    private static PushLearner learner(TestCluster cluster, int window) {
        return new PushLearner(cluster.genesis(), window, LearnerProgress.start(cluster.genesis()));
    }

    private static Pushed push(TestLedger ledger, int segment, int source) {
        return new Pushed(source, ledger.commitment(segment), Source.pieceOf(ledger, segment, source));
    }

    @Test
    void theKthPieceUnderOneCommitmentDeliversAndLaterOnesAreTooLate() {
        TestLedger ledger = TestLedger.of(four, random, 1);
        PushLearner learner = learner(four, 4);

        assertThat(learner.step(push(ledger, 0, 3))).isEmpty();
        assertThat(learner.step(push(ledger, 0, 0))).isEmpty();
        assertThat(learner.step(push(ledger, 0, 1)))
                .singleElement()
                .isInstanceOfSatisfying(
                        Effect.Deliver.class,
                        deliver -> assertThat(deliver.reassembled().segment())
                                .isEqualTo(ledger.segments().getFirst()));
        ignores(learner, push(ledger, 0, 2), Reason.DELIVERED);
        assertThat(learner.nextSegment()).isEqualTo(1);
    }

    @Test
    void segmentsComeInOrderWhateverTheOrderOfThePushes() {
        for (int n : new int[] {4, 5, 7, 10}) {
            TestCluster cluster = TestCluster.of(n);
            TestLedger ledger = TestLedger.of(cluster, random, 8);
            List<Pushed> pushes = new ArrayList<>();
            for (int segment = 0; segment < 8; segment++) {
                for (int source = 0; source < cluster.quorums().quorum(); source++) {
                    pushes.add(push(ledger, segment, source));
                }
            }
            Collections.shuffle(pushes, random);
            assertThat(deliveredBy(learner(cluster, 8), pushes)).isEqualTo(ledger.segments());
        }
    }

    @Test
    void fLiarsThatAgreeOnAnotherSegmentDoNotPrevail() {
        TestCluster seven = TestCluster.of(7, 2, 3);
        TestLedger truth = TestLedger.of(seven, random, 1);
        TestLedger lie = TestLedger.of(seven, new Random(1), 1);
        PushLearner learner = learner(seven, 4);

        assertThat(learner.step(push(lie, 0, 0))).isEmpty();
        assertThat(learner.step(push(lie, 0, 1))).isEmpty();
        List<Pushed> honest = List.of(push(truth, 0, 2), push(truth, 0, 3), push(truth, 0, 4));
        assertThat(deliveredBy(learner, honest)).isEqualTo(truth.segments());
    }

    @Test
    void withASmallKOneMoreThanFMustAgreeBeforeAnythingIsBelieved() {
        TestCluster one = TestCluster.of(4, 1, 2);
        TestLedger ledger = TestLedger.of(one, random, 1);
        PushLearner learner = learner(one, 4);

        assertThat(learner.step(push(ledger, 0, 0))).isEmpty();
        assertThat(learner.step(push(ledger, 0, 1))).hasSize(1);
    }

    @Test
    void eachReasonToIgnoreAPush() {
        TestLedger ledger = TestLedger.of(four, random, 6);
        PushLearner learner = learner(four, 4);
        Pushed valid = push(ledger, 0, 1);

        ignores(learner, push(ledger, 4, 1), Reason.BEYOND_WINDOW);
        ignores(learner, new Pushed(2, valid.commitment(), valid.piece()), Reason.NOT_ITS_OWN);
        ignores(learner, push(TestLedger.of(TestCluster.of(5), random, 1), 0, 1), Reason.FOREIGN_COMMITMENT);
        Piece damaged = new Piece(
                0,
                1,
                valid.piece().siblings(),
                Bytes.wrap(new byte[valid.piece().bytes().size()]));
        ignores(learner, new Pushed(1, valid.commitment(), damaged), Reason.BAD_PIECE);
        ignores(learner, new Pushed(1, ledger.commitment(1), valid.piece()), Reason.BAD_PIECE);
        assertThat(learner.step(valid)).isEmpty();
        ignores(learner, valid, Reason.REPEATED);
        ignores(learner, push(TestLedger.of(four, new Random(5), 1), 0, 1), Reason.EQUIVOCATION);
    }

    @Test
    void aMajorityForNoSegmentIsAContradictionAndEndsTheLearning() {
        TestLedger ledger = TestLedger.of(four, random, 2);
        // The second segment, said to be the first: its number fits, its position does not.
        Segment second = ledger.segments().get(1);
        Disperser.Dispersed lie =
                new Disperser(four.genesis()).disperse(new Segment(0, second.ledgerHashBefore(), second.entries()), 0);
        PushLearner learner = learner(four, 4);
        List<Effect> effects = List.of();
        for (int source = 0; source < 3; source++) {
            Commitment commitment = lie.commitment();
            effects = learner.step(new Pushed(source, commitment, lie.pieces().get(source)));
        }

        assertThat(effects)
                .singleElement()
                .isInstanceOfSatisfying(
                        Effect.Contradiction.class,
                        contradiction -> assertThat(contradiction.detail()).contains("does not follow position 0"));
        assertThat(learner.step(push(ledger, 0, 3))).isEmpty();
    }

    @Test
    void aWindowOfNothingIsTheCallersMistake() {
        assertThatThrownBy(() -> learner(four, 0)).isInstanceOf(IllegalArgumentException.class);
    }

    private static List<Segment> deliveredBy(PushLearner learner, List<Pushed> pushes) {
        List<Segment> delivered = new ArrayList<>();
        for (Pushed pushed : pushes) {
            for (Effect effect : learner.step(pushed)) {
                assertThat(effect)
                        .isInstanceOfSatisfying(
                                Effect.Deliver.class,
                                deliver -> delivered.add(deliver.reassembled().segment()));
            }
        }
        return delivered;
    }

    private static void ignores(PushLearner learner, Pushed pushed, Reason reason) {
        assertThat(learner.step(pushed)).singleElement().isInstanceOfSatisfying(Effect.Ignored.class, ignored -> {
            assertThat(ignored.reason()).as(ignored.detail()).isEqualTo(reason);
            assertThat(ignored.source()).isEqualTo(pushed.source());
        });
    }
}
