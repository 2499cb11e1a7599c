package io.sherd.replication.learner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sherd.merkle.Digest;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.CheckpointStatement;
import io.sherd.replication.genesis.Limits;
import io.sherd.replication.learner.LearnerEvent.Failure;
import io.sherd.replication.learner.Source.Lie;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.piece.Disperser;
import io.sherd.replication.piece.SegmentContext;
import io.sherd.replication.testing.KeyedHash;
import io.sherd.replication.testing.Seeds;
import io.sherd.replication.testing.TestCluster;
import io.sherd.replication.testing.TestLedger;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class LearnerTest {

    private static final long SEED = Seeds.seed(LearnerTest.class);

    private final Random random = new Random(SEED);
    private final TestCluster four = TestCluster.of(4);

    @Test
    void theFirstTickAsksEverySourceForItsHeadAndNothingElse() {
        LearnerRun run = LearnerRun.over(TestLedger.of(four, random, 3), random);

        assertThat(run.step(new LearnerEvent.Tick()))
                .containsExactly(
                        new LearnerEffect.FetchHead(0),
                        new LearnerEffect.FetchHead(1),
                        new LearnerEffect.FetchHead(2),
                        new LearnerEffect.FetchHead(3));
    }

    @Test
    void oneProvedHeadIsTheTargetAndOneSourceIsAskedForTheCommitments() {
        TestLedger ledger = TestLedger.of(four, random, 3);
        Learner learner =
                new Learner(LearnerRun.config(four), KeyedHash.VERIFIER, LearnerProgress.start(four.genesis()));
        learner.step(new LearnerEvent.Tick());
        CheckpointCertificate head = ledger.certificates().getLast();

        List<LearnerEffect> afterHead =
                learner.step(new LearnerEvent.HeadArrived(new LearnerEffect.FetchHead(2), head));
        LearnerEffect.FetchCommitments range = new LearnerEffect.FetchCommitments(0, 0, 3);
        assertThat(afterHead).containsExactly(new LearnerEffect.Target(head), range);

        // Replica 0 was asked for the commitments, so the first segment's pieces come from the other three.
        assertThat(learner.step(new LearnerEvent.CommitmentsArrived(range, ledger.commitments())))
                .startsWith(
                        new LearnerEffect.FetchPiece(1, 0, 1),
                        new LearnerEffect.FetchPiece(2, 0, 2),
                        new LearnerEffect.FetchPiece(3, 0, 3))
                .hasSize(9)
                .allMatch(LearnerEffect.FetchPiece.class::isInstance);
    }

    @Test
    void aSegmentIsDeliveredWithItsLastNeededPieceAndNotBefore() {
        TestLedger ledger = TestLedger.of(four, random, 1);
        Learner learner =
                new Learner(LearnerRun.config(four), KeyedHash.VERIFIER, LearnerProgress.start(four.genesis()));
        learner.step(new LearnerEvent.Tick());
        learner.step(new LearnerEvent.HeadArrived(
                new LearnerEffect.FetchHead(0), ledger.certificates().getLast()));
        learner.step(
                new LearnerEvent.CommitmentsArrived(new LearnerEffect.FetchCommitments(0, 0, 1), ledger.commitments()));

        assertThat(learner.step(piece(ledger, 0, 3))).isEmpty();
        assertThat(learner.step(piece(ledger, 0, 1))).isEmpty();
        List<LearnerEffect> last = learner.step(piece(ledger, 0, 2));
        assertThat(last).hasSize(1).first().isInstanceOfSatisfying(LearnerEffect.Deliver.class, deliver -> {
            assertThat(deliver.reassembled().segment())
                    .isEqualTo(ledger.segments().getFirst());
            assertThat(deliver.after()).isEqualTo(learner.progress());
            assertThat(deliver.after().nextSegment()).isEqualTo(1);
        });
    }

    private static LearnerEvent piece(TestLedger ledger, long segment, int index) {
        return new LearnerEvent.PieceArrived(
                new LearnerEffect.FetchPiece(index, segment, index), Source.pieceOf(ledger, segment, index));
    }

    @Test
    void anEmptyLedgerIsLearnedAtOnce() {
        LearnerRun run = LearnerRun.over(new TestLedger(four, random), random).ticks(20);

        assertThat(run.learner().inspect().caughtUp()).isTrue();
        assertThat(run.learner().inspect().sourcesHeard()).isEqualTo(4);
        assertThat(run.effects()).allMatch(LearnerEffect.FetchHead.class::isInstance);
    }

    @Test
    void aLedgerThatGrowsIsFollowed() {
        TestLedger ledger = TestLedger.of(four, random, 5);
        LearnerRun run = LearnerRun.over(ledger, random).untilCaughtUp(20);
        for (int i = 0; i < 10; i++) {
            ledger.grow(3, 30, 20);
            run.untilCaughtUp(20);
        }
        assertThat(run.effects(LearnerEffect.Ignored.class)).isEmpty();
        assertThat(run.effects(LearnerEffect.Stalled.class)).isEmpty();
        assertThat(run.effects(LearnerEffect.EpochPassed.class))
                .extracting(LearnerEffect.EpochPassed::closed)
                .isEqualTo(ledger.closedEpochs());
    }

    // FAULTS.md L1
    @ParameterizedTest
    @EnumSource(Lie.class)
    void l1AsManyLiarsAsTheBudgetAllowsStillGiveTheWholeLedger(Lie lie) {
        TestCluster seven = TestCluster.of(7);
        TestLedger ledger = new TestLedger(seven, random);
        ledger.grow(30, 10, 10);
        LearnerRun run = LearnerRun.over(ledger, random)
                .with(0, Source.liar(ledger, lie, random))
                .with(4, Source.liar(ledger, lie, random))
                .untilCaughtUp(2000);

        assertThat(List.of(0, 4)).containsAll(run.liarsNamed());
    }

    @ParameterizedTest
    @CsvSource({
        "CORRUPT_PIECE, BAD_PIECE",
        "SHORT_PIECE, BAD_PIECE",
        "OTHER_SEGMENTS_PIECE, BAD_PIECE",
        "RELABELLED_INDEX, BAD_PIECE",
        "OTHER_INDEX, OTHER_PIECE",
        "RAISED_HEAD, FORGED_CERTIFICATE",
        "FUTURE_EPOCH, FORGED_EPOCH",
        "OTHER_CLUSTER, FOREIGN_COMMITMENT",
        "WRONG_LENGTHS, FOREIGN_COMMITMENT",
        "WRONG_ROOT, WRONG_HISTORY",
        "WITHOUT_PREFIX, BROKEN_CHAIN",
        "WITHOUT_INFIX, BROKEN_CHAIN",
        "REORDERED, BROKEN_CHAIN",
        "DUPLICATED, BROKEN_CHAIN",
        "TOO_MANY, TOO_MUCH"
    })
    void eachLieIsIgnoredForItsOwnReasonAndItsSourceNamed(Lie lie, LearnerIgnoreReason reason) {
        TestLedger ledger = TestLedger.of(four, random, 10);
        LearnerRun run = LearnerRun.over(ledger, random)
                .with(0, Source.liar(ledger, lie, random))
                .untilCaughtUp(500);

        assertThat(run.liarsNamed()).containsExactly(0);
        assertThat(run.effects(LearnerEffect.Ignored.class).stream()
                        .filter(ignored -> ignored.reason().isLie())
                        .map(LearnerEffect.Ignored::reason)
                        .distinct())
                .containsExactly(reason);
    }

    @Test
    void l1OneLiarAndOneCrashedSourceWithinTheBudgetStillGiveTheWholeLedger() {
        TestLedger ledger = TestLedger.of(TestCluster.of(7), random, 20);
        LearnerRun run = LearnerRun.over(ledger, random)
                .with(3, Source.liar(ledger, Lie.CORRUPT_PIECE, random))
                .with(1, Source.silent())
                .untilCaughtUp(500);

        assertThat(run.liarsNamed()).containsExactly(3);
    }

    // FAULTS.md L2
    @Test
    void l2BeyondTheBudgetTheLearnerNamesTheShortageAndGoesOnAloneOnceItEnds() {
        TestLedger ledger = TestLedger.of(four, random, 6);
        LearnerRun run = LearnerRun.over(ledger, random).untilCaughtUp(20);
        ledger.grow(6, 0, 0);
        run.with(1, Source.liar(ledger, Lie.CORRUPT_PIECE, random))
                .with(2, Source.failing(Failure.UNREACHABLE))
                .ticks(200);

        assertThat(run.delivered()).isEqualTo(6);
        assertThat(run.effects(LearnerEffect.Stalled.class))
                .isNotEmpty()
                .extracting(LearnerEffect.Stalled::shortage)
                .anySatisfy(shortage -> {
                    assertThat(shortage.stage()).isEqualTo(Shortage.Stage.PIECES);
                    assertThat(shortage.segment()).isEqualTo(6);
                    assertThat(shortage.have()).isEqualTo(2);
                    assertThat(shortage.needed()).isEqualTo(3);
                    assertThat(shortage.sources()).containsOnlyKeys(1, 2);
                    assertThat(shortage.toString())
                            .startsWith("segment 6: have 2 valid pieces of 3 needed; r1: lied (BAD_PIECE): piece 1 of")
                            .endsWith("; r2: unreachable");
                });

        run.with(2, new Source.Honest(ledger)).untilCaughtUp(500);
        assertThat(run.liarsNamed()).containsExactly(1);
    }

    @Test
    void aShortageIsSaidOnceAndNotAtEveryTick() {
        TestLedger ledger = TestLedger.of(four, random, 2);
        LearnerRun run = LearnerRun.over(ledger, random)
                .with(1, Source.liar(ledger, Lie.NO_PIECES, random))
                .with(2, Source.liar(ledger, Lie.NO_PIECES, random))
                .ticks(300);

        assertThat(run.effects(LearnerEffect.Stalled.class)).hasSizeBetween(1, 4);
        assertThat(run.lastStall())
                .isEqualTo("segment 0: have 2 valid pieces of 3 needed; r1: has not piece 1; r2: has not piece 2");
    }

    @Test
    void aShortageThatWasOverIsSaidAgainWhenItComesBack() {
        TestLedger ledger = TestLedger.of(four, random, 2);
        LearnerRun run = LearnerRun.over(ledger, random).untilCaughtUp(100);
        for (int times = 1; times <= 3; times++) {
            for (int replica = 0; replica < 4; replica++) {
                run.with(replica, Source.silent());
            }
            run.ticks(200);
            assertThat(run.effects(LearnerEffect.Stalled.class))
                    .as("said so many times")
                    .hasSize(times);
            for (int replica = 0; replica < 4; replica++) {
                run.with(replica, new Source.Honest(ledger));
            }
            run.ticks(200);
        }
    }

    @Test
    void whenNoSourceAnswersTheLearnerSaysSo() {
        LearnerRun run = LearnerRun.over(TestLedger.of(four, random, 2), random);
        for (int replica = 0; replica < 4; replica++) {
            run.with(replica, Source.silent());
        }
        run.ticks(40);

        assertThat(run.lastStall())
                .isEqualTo("no source answers; r0: no answer in time; r1: no answer in time;"
                        + " r2: no answer in time; r3: no answer in time");
    }

    // FAULTS.md L4
    @ParameterizedTest
    @EnumSource(
            value = Lie.class,
            names = {"RAISED_HEAD", "FUTURE_EPOCH", "EMPTY_EPOCHS", "OLD_HEAD", "NO_HEAD"})
    void l4TheTargetIsTheHighestProvedCheckpointWhateverHeadASourceClaims(Lie lie) {
        TestLedger ledger = TestLedger.of(four, random, 12);
        LearnerRun run = LearnerRun.over(ledger, random)
                .with(0, Source.liar(ledger, lie, random))
                .untilCaughtUp(200);

        List<CheckpointCertificate> targets = run.effects(LearnerEffect.Target.class).stream()
                .map(LearnerEffect.Target::certificate)
                .toList();
        assertThat(targets).isSubsetOf(ledger.certificates());
        assertThat(targets.getLast()).isEqualTo(ledger.certificates().getLast());
    }

    // FAULTS.md L5
    @ParameterizedTest
    @EnumSource(
            value = Lie.class,
            names = {"WITHOUT_PREFIX", "WITHOUT_INFIX", "WITHOUT_SUFFIX", "REORDERED", "DUPLICATED", "NO_COMMITMENTS"})
    void l5ARangeThatOmitsReordersOrRepeatsIsRefusedAndFetchedElsewhere(Lie lie) {
        TestLedger ledger = TestLedger.of(four, random, 40);
        LearnerRun run = LearnerRun.over(ledger, random)
                .with(0, Source.liar(ledger, lie, random))
                .untilCaughtUp(200);

        assertThat(run.effects(LearnerEffect.FetchCommitments.class))
                .extracting(LearnerEffect.FetchCommitments::source)
                .startsWith(0)
                .contains(1);
    }

    // FAULTS.md L6
    @Test
    void l6ValidPiecesThatNobodyAskedForAreNotKept() {
        TestLedger ledger = TestLedger.of(four, random, 40);
        LearnerRun run =
                LearnerRun.over(ledger, random).slow(0, 3).slow(1, 3).slow(2, 3).slow(3, 3);
        run.ticks(8);
        long bytes = run.learner().inspect().bytesInFlight();

        for (int segment = 20; segment < 40; segment++) {
            assertThat(run.step(piece(ledger, segment, 1)))
                    .singleElement()
                    .isInstanceOfSatisfying(
                            LearnerEffect.Ignored.class,
                            ignored -> assertThat(ignored.reason()).isEqualTo(LearnerIgnoreReason.UNASKED));
        }
        assertThat(run.learner().inspect().bytesInFlight()).isEqualTo(bytes);
    }

    // FAULTS.md L7
    @Test
    void l7SourcesThatDisconnectAtEachFifthAnswerDoNotStopProgress() {
        TestLedger ledger = TestLedger.of(four, random, 200);
        LearnerRun run = LearnerRun.over(ledger, random);
        for (int replica = 0; replica < 4; replica++) {
            run.with(replica, Source.every(5, new Source.Honest(ledger), Source.failing(Failure.UNREACHABLE)));
        }
        run.untilCaughtUp(5000);
        assertThat(run.liarsNamed()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Lie.class)
    void l7ASourceThatChangesItsAnswerBetweenRequestsDoesNotStopProgress(Lie lie) {
        TestLedger ledger = new TestLedger(four, random);
        ledger.grow(30, 10, 10);
        LearnerRun.over(ledger, random)
                .with(2, Source.every(2, new Source.Honest(ledger), Source.liar(ledger, lie, random)))
                .untilCaughtUp(500);
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5, 7, 10, 13})
    void equallyFastSourcesServeEqualLoads(int n) {
        Limits limits = new Limits(8192, 64, 128, 1 << 20, 4096, 8192, 1 << 17, 4, 16, 64, 1000);
        int f = (n - 1) / 3;
        TestLedger ledger = new TestLedger(TestCluster.of(n, f, n - f, limits), random).withPayloadsUpTo(4000);
        ledger.grow(150, 0, 0);
        LearnerRun run = LearnerRun.over(ledger, random).untilCaughtUp(1000);

        long most = Arrays.stream(run.servedBytes()).max().orElseThrow();
        long least = Arrays.stream(run.servedBytes()).min().orElseThrow();
        assertThat((double) most / least).as(Arrays.toString(run.servedBytes())).isLessThanOrEqualTo(1.1);
        assertThat(Arrays.stream(run.pieceCounts()).sum())
                .as("k pieces a segment and not one more")
                .isEqualTo(150L * (n - f));
    }

    @Test
    void aSlowSourceIsHedgedAndThenAskedOnlyWhenThereIsNoOther() {
        TestLedger ledger = TestLedger.of(four, random, 60);
        LearnerRun run = LearnerRun.over(ledger, random).slow(2, 8).untilCaughtUp(100);

        assertThat(run.pieceCounts()[2]).isLessThan(30);
        assertThat(run.effects(LearnerEffect.Stalled.class)).isEmpty();
        assertThat(run.liarsNamed()).isEmpty();
    }

    @Test
    void aHedgedPieceThatComesAfterItsReplacementIsNotNeededAndNoLie() {
        TestLedger ledger = TestLedger.of(four, random, 2);
        Learner learner =
                new Learner(LearnerRun.config(four), KeyedHash.VERIFIER, LearnerProgress.start(four.genesis()));
        learner.step(new LearnerEvent.Tick());
        learner.step(new LearnerEvent.HeadArrived(
                new LearnerEffect.FetchHead(0), ledger.certificates().getLast()));
        List<LearnerEffect> asked = learner.step(
                new LearnerEvent.CommitmentsArrived(new LearnerEffect.FetchCommitments(0, 0, 2), ledger.commitments()));
        List<Integer> sources = asked.stream()
                .map(LearnerEffect.FetchPiece.class::cast)
                .filter(fetch -> fetch.segment() == 1)
                .map(LearnerEffect.FetchPiece::source)
                .toList();
        for (int tick = 0; tick < 4; tick++) {
            learner.step(new LearnerEvent.Tick());
        }
        int hedge = 6 - sources.stream().mapToInt(Integer::intValue).sum();
        for (int source : List.of(hedge, sources.get(1), sources.get(2))) {
            assertThat(learner.step(piece(ledger, 1, source))).noneMatch(LearnerEffect.Ignored.class::isInstance);
        }

        assertThat(learner.step(piece(ledger, 1, sources.getFirst())))
                .singleElement()
                .isInstanceOfSatisfying(
                        LearnerEffect.Ignored.class,
                        ignored -> assertThat(ignored.reason()).isEqualTo(LearnerIgnoreReason.UNNEEDED));
    }

    @Test
    void whoeverStillHoldsTheFullBytesIsAskedForThePiecesOfThoseThatAreGone() {
        TestLedger ledger = TestLedger.of(four, random, 5);
        LearnerRun run = LearnerRun.over(ledger, random)
                .with(0, new Source.Honest(ledger, true))
                .with(1, Source.failing(Failure.UNREACHABLE))
                .with(2, Source.failing(Failure.UNREACHABLE))
                .untilCaughtUp(500);

        assertThat(run.effects(LearnerEffect.FetchPiece.class))
                .anyMatch(fetch -> fetch.source() == 0 && fetch.index() != 0);
    }

    @Test
    void aRestartGoesOnBehindTheLastDeliveredSegmentAndFetchesNothingTwice() {
        TestLedger ledger = new TestLedger(four, random);
        ledger.grow(60, 10, 10);
        LearnerRun run =
                new LearnerRun(ledger, LearnerRun.config(four), random, new LearnerRun.Network(2, 0, 0)).ticks(3);
        for (int restarts = 0; restarts < 8; restarts++) {
            int before = run.delivered();
            run.restart();
            assertThat(run.learner().progress().nextSegment()).isEqualTo(before);
            run.ticks(3);
        }
        run.untilCaughtUp(200);
    }

    @Test
    void aLearnerThatRestartsRightAfterAnEpochStillHasItsTarget() {
        TestLedger ledger = TestLedger.of(four, random, 10);
        ledger.grow(1, 0, 100);
        LearnerRun run = LearnerRun.over(ledger, random);
        while (run.delivered() < 3) {
            run.tick();
        }
        // The only heads that sources have are of the epoch that the stored member table has left behind.
        run.restart();
        run.untilCaughtUp(50);
        assertThat(run.liarsNamed()).isEmpty();
    }

    @Test
    void aProgressOfAnotherClusterIsTheCallersMistake() {
        LearnerProgress other = LearnerProgress.start(TestCluster.of(5).genesis());

        assertThatThrownBy(() -> new Learner(LearnerRun.config(four), KeyedHash.VERIFIER, other))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the genesis is of");
    }

    @Test
    void aHeadOfAClosedEpochAboveTheTargetIsVoidEvenIfItVerifies() {
        TestLedger ledger = TestLedger.of(four, random, 3);
        ledger.grow(1, 0, 100);
        ledger.grow(2, 0, 0);
        CheckpointStatement last = ledger.certificates().getLast().statement();
        CheckpointCertificate old = ledger.certify(new CheckpointStatement(
                0,
                last.sequence() + 9,
                last.ledgerHash(),
                last.segmentCount() + 9,
                last.historyRoot(),
                0,
                Digest.ZERO,
                Optional.empty()));
        LearnerRun run = LearnerRun.over(ledger, random).untilCaughtUp(50);
        run.with(
                        1,
                        fetch -> fetch instanceof LearnerEffect.FetchHead head
                                ? new LearnerEvent.HeadArrived(head, old)
                                : null)
                .ticks(10);

        assertThat(run.effects(LearnerEffect.Ignored.class))
                .extracting(LearnerEffect.Ignored::source, LearnerEffect.Ignored::reason)
                .contains(org.assertj.core.groups.Tuple.tuple(1, LearnerIgnoreReason.VOID_EPOCH));
    }

    @Test
    void closedEpochsThatSkipOneAreOutOfOrder() {
        TestLedger ledger = TestLedger.of(four, random, 1);
        ledger.grow(3, 0, 100);
        ledger.grow(2, 0, 0);
        Source honest = new Source.Honest(ledger);
        LearnerRun run = LearnerRun.over(ledger, random)
                .with(
                        0,
                        fetch -> fetch instanceof LearnerEffect.FetchEpochs epochs
                                ? new LearnerEvent.EpochsArrived(
                                        epochs, ledger.closedEpochs().subList(1, 3))
                                : honest.answer(fetch))
                .untilCaughtUp(100);

        assertThat(run.effects(LearnerEffect.Ignored.class))
                .extracting(LearnerEffect.Ignored::source, LearnerEffect.Ignored::reason)
                .containsExactly(org.assertj.core.groups.Tuple.tuple(0, LearnerIgnoreReason.EPOCHS_OUT_OF_ORDER));
    }

    @Test
    void malformedAnswersAreALieAndUnreachableIsNot() {
        TestLedger ledger = TestLedger.of(TestCluster.of(7), random, 5);
        LearnerRun run = LearnerRun.over(ledger, random)
                .with(0, Source.failing(Failure.MALFORMED))
                .with(1, Source.failing(Failure.UNREACHABLE))
                .untilCaughtUp(100);

        assertThat(run.liarsNamed()).containsExactly(0);
    }

    @Test
    void aSecondAnswerToOneFetchIsUnasked() {
        TestLedger ledger = TestLedger.of(four, random, 20);
        LearnerRun run = new LearnerRun(ledger, LearnerRun.config(four), random, new LearnerRun.Network(2, 0, 100))
                .untilCaughtUp(200);

        assertThat(run.effects(LearnerEffect.Ignored.class))
                .isNotEmpty()
                .extracting(LearnerEffect.Ignored::reason)
                .contains(LearnerIgnoreReason.UNASKED);
        assertThat(run.liarsNamed()).isEmpty();
    }

    @Test
    void aLiarIsLeftAloneForAWhileAndAskedAgainAfterwards() {
        TestLedger ledger = TestLedger.of(four, random, 20);
        LearnerRun run = LearnerRun.over(ledger, random)
                .with(0, Source.liar(ledger, Lie.CORRUPT_PIECE, random))
                .untilCaughtUp(200);
        long asked = run.pieceCounts()[0];
        run.with(0, new Source.Honest(ledger)).ticks(40);
        ledger.grow(20, 0, 0);
        run.untilCaughtUp(200);

        assertThat(run.pieceCounts()[0]).isGreaterThan(asked + 5);
    }

    @Test
    void certifiedPiecesThatAreNoSegmentAreAContradictionAndEndTheLearning() {
        TestLedger ledger = TestLedger.of(four, random, 1);
        Disperser.Dispersed good = ledger.dispersed().getFirst();
        SegmentContext c = good.commitment().context();
        SegmentContext wrong = new SegmentContext(
                c.clusterId(),
                c.epoch(),
                c.pieceCount(),
                c.faultLimit(),
                c.piecesNeeded(),
                c.codec(),
                c.segmentNumber(),
                c.firstSequence(),
                c.lastSequence(),
                c.compressedLength(),
                c.plainLength(),
                c.ledgerHashBefore(),
                c.ledgerHashAfter(),
                TestCluster.hash("entries that are not there"));
        Disperser.Dispersed lie = new Disperser(four.genesis()).disperse(wrong, good.compressed());
        Commitment commitment = lie.commitment();
        CheckpointStatement first = ledger.certificates().getFirst().statement();
        CheckpointCertificate certificate = ledger.certify(new CheckpointStatement(
                first.epoch(),
                first.sequence(),
                first.ledgerHash(),
                1,
                commitment.leaf(),
                0,
                Digest.ZERO,
                Optional.empty()));
        Learner learner =
                new Learner(LearnerRun.config(four), KeyedHash.VERIFIER, LearnerProgress.start(four.genesis()));
        learner.step(new LearnerEvent.Tick());
        learner.step(new LearnerEvent.HeadArrived(new LearnerEffect.FetchHead(0), certificate));
        learner.step(
                new LearnerEvent.CommitmentsArrived(new LearnerEffect.FetchCommitments(0, 0, 1), List.of(commitment)));
        List<LearnerEffect> effects = List.of();
        for (int index = 1; index < 4; index++) {
            effects = learner.step(new LearnerEvent.PieceArrived(
                    new LearnerEffect.FetchPiece(index, 0, index), lie.pieces().get(index)));
        }

        assertThat(effects)
                .containsExactly(
                        new LearnerEffect.Contradiction("segment 0: the entries' root differs from the commitment's"));
        assertThat(learner.inspect().halted()).isTrue();
        assertThat(learner.step(new LearnerEvent.Tick())).isEmpty();
    }

    @Test
    void twoCertifiedCheckpointsOfOneHeightAreAContradiction() {
        TestLedger ledger = TestLedger.of(four, random, 3);
        CheckpointStatement last = ledger.certificates().getLast().statement();
        CheckpointCertificate other = ledger.certify(new CheckpointStatement(
                last.epoch(),
                last.sequence(),
                last.ledgerHash(),
                last.segmentCount(),
                last.historyRoot(),
                0,
                TestCluster.hash("another state"),
                Optional.empty()));
        LearnerRun run = LearnerRun.over(ledger, random)
                .with(
                        3,
                        fetch -> fetch instanceof LearnerEffect.FetchHead head
                                ? new LearnerEvent.HeadArrived(head, other)
                                : null)
                .ticks(10);

        assertThat(run.effects(LearnerEffect.Contradiction.class))
                .singleElement()
                .satisfies(effect -> assertThat(effect.detail()).startsWith("two certified checkpoints of 3 segments"));
        assertThat(run.effects().getLast()).isInstanceOf(LearnerEffect.Contradiction.class);
    }

    @Test
    void aHistoryThatEndsElsewhereThanItsOwnCertificateSaysIsAContradiction() {
        TestLedger ledger = TestLedger.of(four, random, 3);
        CheckpointStatement last = ledger.certificates().getLast().statement();
        CheckpointCertificate other = ledger.certify(new CheckpointStatement(
                last.epoch(),
                last.sequence() + 1,
                last.ledgerHash(),
                last.segmentCount(),
                last.historyRoot(),
                0,
                last.stateRoot(),
                Optional.empty()));
        LearnerRun run = LearnerRun.over(ledger, random);
        for (int replica = 0; replica < 4; replica++) {
            Source honest = new Source.Honest(ledger);
            run.with(
                    replica,
                    fetch -> fetch instanceof LearnerEffect.FetchHead head
                            ? new LearnerEvent.HeadArrived(head, other)
                            : honest.answer(fetch));
        }
        run.ticks(10);

        assertThat(run.effects(LearnerEffect.Contradiction.class))
                .singleElement()
                .satisfies(effect -> assertThat(effect.detail()).contains("the same certificate says"));
        assertThat(run.delivered()).isZero();
    }

    @Test
    void theSameEventsGiveTheSameEffects() {
        List<List<LearnerEffect>> runs = new java.util.ArrayList<>();
        for (int i = 0; i < 2; i++) {
            Random same = new Random(7);
            TestLedger ledger = new TestLedger(four, same);
            ledger.grow(30, 10, 10);
            LearnerRun run = new LearnerRun(ledger, LearnerRun.config(four), same, LearnerRun.Network.POOR);
            runs.add(run.with(1, Source.liar(ledger, Lie.CORRUPT_PIECE, same))
                    .untilCaughtUp(500)
                    .effects());
        }
        assertThat(runs.get(0)).isEqualTo(runs.get(1));
    }

    @Test
    void everyReasonSaysWhetherItIsALie() {
        Map<LearnerIgnoreReason, Boolean> lies = new TreeMap<>();
        for (LearnerIgnoreReason reason : LearnerIgnoreReason.values()) {
            lies.put(reason, reason.isLie());
        }
        assertThat(lies).hasSize(13);
        assertThat(lies.entrySet().stream().filter(entry -> !entry.getValue()).map(Map.Entry::getKey))
                .containsExactly(LearnerIgnoreReason.UNASKED, LearnerIgnoreReason.UNNEEDED);
    }
}
