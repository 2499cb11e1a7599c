package io.sherd.consensus.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.sherd.merkle.Digest;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.ledger.Batch;
import io.sherd.replication.ledger.Request;
import io.sherd.replication.ledger.Signature;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class ViewChangesTest {

    @Test
    void aBackupWhoseRequestIsNotExecutedInTimeAsksForTheNextView() {
        Bench bench = Bench.founding(4, 2);
        int timeout = bench.cluster().config(2).requestTimeoutTicks();
        bench.submit(bench.cluster().operation(0, 1, 10));
        assertThat(Bench.broadcast(Message.ViewChange.class, bench.tick(timeout)))
                .isEmpty();
        Message.ViewChange asked = bench.viewChange(2, 1, Optional.empty());

        List<Effect> effects = bench.tick(1);

        assertThat(effects)
                .containsSubsequence(
                        new Effect.Persist(new VoteRecord.OwnViewChange(asked)),
                        new Effect.Persist(new VoteRecord.InView(0, 1, false)),
                        new Effect.Broadcast(asked));
        assertThat(bench.inspect().mode()).isEqualTo(new Mode.ChangingView(1));
    }

    @Test
    void whoHearsOfFewerThanNMinusFStaysInItsViewAndGetsHalfATimeoutWhenItHearsThemAgain() {
        Bench bench = Bench.founding(4, 2);
        int timeout = bench.cluster().config(2).requestTimeoutTicks();
        bench.submit(bench.cluster().operation(0, 1, 10));
        bench.silence(0, 3);

        assertThat(Bench.broadcast(Message.ViewChange.class, bench.tick(20 * timeout)))
                .isEmpty();
        assertThat(bench.inspect().mode()).isEqualTo(new Mode.Active());

        bench.endSilence();
        assertThat(Bench.broadcast(Message.ViewChange.class, bench.tick(timeout / 2 - 1)))
                .isEmpty();
        assertThat(Bench.broadcast(Message.ViewChange.class, bench.tick(1))).hasSize(1);
    }

    @Test
    void aPrimaryThatIsSilentAloneIsReplacedInTime() {
        Bench bench = Bench.founding(4, 2);
        int timeout = bench.cluster().config(2).requestTimeoutTicks();
        bench.submit(bench.cluster().operation(0, 1, 10));
        bench.silence(0);

        assertThat(Bench.broadcast(Message.ViewChange.class, bench.tick(timeout)))
                .isEmpty();
        assertThat(Bench.broadcast(Message.ViewChange.class, bench.tick(1))).hasSize(1);
    }

    @Test
    void fPlusOneAreJoinedByOneWhoHearsNobodyElse() {
        Bench bench = Bench.founding(7, 6);
        bench.silence(0, 1, 2, 3, 4, 5);
        bench.tick(1000);

        bench.arrive(1, bench.viewChange(1, 1, Optional.empty()));
        bench.arrive(2, bench.viewChange(2, 1, Optional.empty()));
        bench.arrive(3, bench.viewChange(3, 1, Optional.empty()));

        assertThat(bench.inspect().mode()).isEqualTo(new Mode.ChangingView(1));
    }

    @Test
    void whoWaitsForANewViewAndHearsTooFewAsksForNoFurtherOne() {
        Bench bench = Bench.founding(4, 0);
        int timeout = bench.cluster().config(0).requestTimeoutTicks();
        bench.arrive(2, bench.viewChange(2, 1, Optional.empty()));
        bench.arrive(3, bench.viewChange(3, 1, Optional.empty()));
        bench.silence(1, 2);

        bench.tick(100 * timeout);
        assertThat(bench.inspect().mode()).isEqualTo(new Mode.ChangingView(1));

        bench.endSilence();
        bench.tick(2 * timeout);
        assertThat(bench.inspect().mode()).isEqualTo(new Mode.ChangingView(2));
    }

    @Test
    void whoVotesInNoViewShowsSinceWhenAndWithWhom() {
        Bench bench = Bench.founding(4, 2);
        int timeout = bench.cluster().config(2).requestTimeoutTicks();
        bench.submit(bench.cluster().operation(0, 1, 10));
        bench.tick(timeout);
        assertThat(bench.inspect().askingForView()).isZero();
        assertThat(bench.inspect().ticksWithoutView()).isZero();

        bench.tick(1 + 7);
        assertThat(bench.inspect().askingForView()).isEqualTo(1);
        assertThat(bench.inspect().ticksWithoutView()).isEqualTo(7);

        bench.arrive(3, bench.viewChange(3, 1, Optional.empty()));
        assertThat(bench.inspect().askingForView()).isEqualTo(2);
    }

    @Test
    void withoutAnOpenRequestNobodyAsks() {
        Bench bench = Bench.founding(4, 2);

        assertThat(Bench.broadcast(Message.ViewChange.class, bench.tick(2000))).isEmpty();
        assertThat(bench.inspect().view()).isZero();
    }

    @Test
    void thePrimaryDoesNotAskForItsOwnReplacement() {
        Bench bench = Bench.founding(4, 0);
        bench.submit(bench.cluster().operation(0, 1, 10));

        assertThat(Bench.broadcast(Message.ViewChange.class, bench.tick(1000))).isEmpty();
    }

    @Test
    void anExecutedRequestStartsTheTimerAnewForTheNextOldest() {
        Bench bench = Bench.founding(4, 2);
        int timeout = bench.cluster().config(2).requestTimeoutTicks();
        Request.Operation first = bench.cluster().operation(0, 1, 10);
        bench.submit(first);
        bench.submit(bench.cluster().operation(1, 1, 10));
        bench.tick(timeout - 5);
        bench.decide(1, Batch.of(List.of(first)));

        assertThat(Bench.broadcast(Message.ViewChange.class, bench.tick(timeout)))
                .isEmpty();
        assertThat(Bench.broadcast(Message.ViewChange.class, bench.tick(1))).hasSize(1);
    }

    @Test
    void aRequestThatIsPassedOverIsNotForgottenWhileOthersAreExecuted() {
        Bench bench = Bench.founding(4, 2);
        int timeout = bench.cluster().config(2).requestTimeoutTicks();
        bench.submit(bench.cluster().operation(0, 1, 10));
        List<Effect> effects = new ArrayList<>();
        for (int i = 1; i <= 10; i++) {
            bench.decide(i, bench.batch(100 + i));
            effects.addAll(bench.tick(timeout / 10));
        }
        effects.addAll(bench.tick(1));

        assertThat(Bench.broadcast(Message.ViewChange.class, effects)).hasSize(1);
    }

    @Test
    void fPlusOneWhoAskForLaterViewsAreJoinedForTheLowestOfThem() {
        Bench bench = Bench.founding(7, 6);
        assertThat(bench.arrive(1, bench.viewChange(1, 5, Optional.empty()))).isEmpty();
        assertThat(bench.arrive(2, bench.viewChange(2, 3, Optional.empty()))).isEmpty();

        List<Effect> effects = bench.arrive(4, bench.viewChange(4, 9, Optional.empty()));

        assertThat(Bench.broadcast(Message.ViewChange.class, effects))
                .containsExactly(bench.viewChange(6, 3, Optional.empty()));
    }

    @Test
    void fSpammersMoveNobody() {
        Bench bench = Bench.founding(7, 6);
        for (long view = 1; view < 1000; view++) {
            bench.arrive(1, bench.viewChange(1, view, Optional.empty()));
            bench.arrive(2, bench.viewChange(2, view, Optional.empty()));
        }

        assertThat(bench.inspect().view()).isZero();
        assertThat(bench.inspect().mode()).isEqualTo(new Mode.Active());
    }

    @Test
    void whileAViewIsChangedTheTimerRunsOnlyWithNMinusFAskingAndDoubles() {
        Bench bench = Bench.founding(4, 0);
        int timeout = bench.cluster().config(0).requestTimeoutTicks();
        bench.arrive(2, bench.viewChange(2, 1, Optional.empty()));
        bench.arrive(3, bench.viewChange(3, 1, Optional.empty()));
        assertThat(bench.inspect().mode()).isEqualTo(new Mode.ChangingView(1));

        bench.tick(2 * timeout - 1);
        assertThat(bench.inspect().view()).isEqualTo(1);
        bench.tick(1);
        assertThat(bench.inspect().view()).isEqualTo(2);
        bench.tick(100 * timeout);
        assertThat(bench.inspect().view()).isEqualTo(2);
    }

    @Test
    void aViewChangeShowsTheStableCheckpointAndWhatIsPreparedAboveIt() {
        Bench bench = preparedAtTwo();
        CheckpointCertificate stable = bench.certificate(Bench.statement(1), 0, 2, 3);
        bench.arrive(2, new Message.Certificate(stable));
        bench.arrive(2, bench.viewChange(2, 1, Optional.empty()));

        List<Effect> effects = bench.arrive(0, bench.viewChange(0, 1, Optional.empty()));

        assertThat(Bench.broadcast(Message.ViewChange.class, effects))
                .containsExactly(bench.viewChange(3, 1, Optional.of(stable), proofOfTwo(bench)));
    }

    @Test
    void theNewPrimaryProposesWhatIsPreparedAndNullRequestsInTheGaps() {
        Bench bench = Bench.founding(4, 1);
        Batch three = bench.batch(3);
        bench.arrive(0, bench.prePrepare(0, 3, three));
        Message.ViewChange two = bench.viewChange(2, 1, Optional.empty(), bench.proof(0, 3, three));
        Message.ViewChange zero = bench.viewChange(0, 1, Optional.empty());
        Message.ViewChange own = bench.viewChange(1, 1, Optional.empty());
        bench.arrive(2, two);

        List<Effect> effects = bench.arrive(0, zero);

        Message.NewView newView = bench.newView(1, List.of(own, zero, two), digests(Batch.NULL, Batch.NULL, three));
        assertThat(Bench.broadcast(Message.NewView.class, effects)).containsExactly(newView);
        assertThat(effects)
                .containsSubsequence(
                        new Effect.Persist(new VoteRecord.AcceptedNewView(newView)),
                        new Effect.Persist(new VoteRecord.InView(0, 1, true)),
                        new Effect.Persist(new VoteRecord.Proposal(bench.prePrepare(1, 1, Batch.NULL))),
                        new Effect.Persist(new VoteRecord.Proposal(bench.prePrepare(1, 2, Batch.NULL))),
                        new Effect.Persist(new VoteRecord.Proposal(bench.prePrepare(1, 3, three))),
                        new Effect.Broadcast(newView));
        Message.PrePrepare next = Bench.broadcast(
                        Message.PrePrepare.class, bench.submit(bench.cluster().operation(0, 50, 10)))
                .getFirst();
        assertThat(next.ballot().sequence()).isEqualTo(4);
    }

    @Test
    void theNewPrimaryOpensItsViewOnlyWhenItHasEveryBatch() {
        Bench bench = Bench.founding(4, 1);
        Batch one = bench.batch(1);
        bench.arrive(2, bench.viewChange(2, 1, Optional.empty(), bench.proof(0, 1, one)));
        List<Effect> asked = bench.arrive(0, bench.viewChange(0, 1, Optional.empty()));
        assertThat(Bench.broadcast(Message.NewView.class, asked)).isEmpty();

        List<Effect> fetching = bench.tick(bench.cluster().config(1).resendTicks());
        assertThat(Bench.only(Effect.Send.class, fetching))
                .contains(new Effect.Send(2, new Message.FetchBatches(List.of(one.digest()))));
        List<Effect> opened = bench.arrive(2, new Message.Batches(List.of(one)));
        assertThat(Bench.broadcast(Message.NewView.class, opened)).hasSize(1);
        assertThat(bench.inspect().mode()).isEqualTo(new Mode.Active());
    }

    @Test
    void aBackupPreparesWhatTheNewViewProposesAndFetchesWhatItLacks() {
        Bench bench = Bench.founding(4, 3);
        Batch one = bench.batch(1);
        Message.NewView newView = validNewView(bench);
        Message.Prepare null2 = bench.prepare(3, Bench.ballot(1, 2, Batch.NULL));

        List<Effect> effects = bench.arrive(1, newView);
        assertThat(effects)
                .containsSubsequence(
                        new Effect.Persist(new VoteRecord.AcceptedNewView(newView)),
                        new Effect.Persist(new VoteRecord.InView(0, 1, true)),
                        new Effect.Broadcast(null2));
        assertThat(Bench.broadcast(Message.Prepare.class, effects)).containsExactly(null2);

        List<Effect> fetching = bench.tick(bench.cluster().config(3).resendTicks());
        assertThat(Bench.only(Effect.Send.class, fetching))
                .contains(new Effect.Send(
                        0,
                        new Message.FetchBatches(
                                List.of(one.digest(), bench.batch(3).digest()).stream()
                                        .sorted()
                                        .toList())));
        List<Effect> fetched = bench.arrive(0, new Message.Batches(List.of(one)));
        assertThat(Bench.broadcast(Message.Prepare.class, fetched))
                .containsExactly(bench.prepare(3, Bench.ballot(1, 1, one)));
    }

    @Test
    void aNewViewThatIsNotWhatItsViewChangesObligeToIsRefused() {
        refused(n -> n, IgnoreReason.DUPLICATE, true);
        forgedProposals(proposals -> proposals.remove(2L));
        forgedProposals(proposals -> proposals.remove(3L));
        forgedProposals(proposals -> proposals.put(4L, Batch.NULL.digest()));
        forgedProposals(proposals -> proposals.put(1L, Batch.NULL.digest()));
        forgedProposals(proposals -> proposals.put(2L, proposals.get(1L)));
        forgedViewChanges(changes -> changes.removeLast());
        forgedViewChanges(changes -> changes.set(1, changes.get(0)));
        Bench other = Bench.founding(4, 3);
        forgedViewChanges(changes -> changes.set(1, other.viewChange(0, 2, Optional.empty())));
        forgedViewChanges(changes -> changes.set(
                1,
                new Message.ViewChange(
                        0, 1, Optional.empty(), List.of(), 0, changes.get(0).signature())));
    }

    @Test
    void theBatchThatWasPreparedInTheHighestViewWins() {
        Bench bench = Bench.founding(4, 3);
        Batch old = bench.batch(1);
        Batch recent = bench.batch(2);
        List<Message.ViewChange> changes = List.of(
                bench.viewChange(0, 2, Optional.empty(), bench.proof(0, 1, old)),
                bench.viewChange(1, 2, Optional.empty(), bench.proof(1, 1, recent)),
                bench.viewChange(2, 2, Optional.empty()));

        assertThat(bench.arrive(2, bench.newView(2, changes, digests(old))))
                .contains(new Effect.Ignored(2, "NewView", IgnoreReason.INVALID_PROOF));
        bench.arrive(2, bench.newView(2, changes, digests(recent)));
        assertThat(bench.inspect().view()).isEqualTo(2);
    }

    @Test
    void anExecutedEntryIsProposedAgainButNotExecutedAgain() {
        Bench bench = Bench.founding(4, 3);
        Batch one = bench.batch(1);
        bench.decide(1, one);
        List<Message.ViewChange> changes = List.of(
                bench.viewChange(0, 1, Optional.empty(), bench.proof(0, 1, one)),
                bench.viewChange(1, 1, Optional.empty()),
                bench.viewChange(2, 1, Optional.empty()));

        List<Effect> effects = new ArrayList<>(bench.arrive(1, bench.newView(1, changes, digests(one))));
        Ballot again = Bench.ballot(1, 1, one);
        effects.addAll(bench.arrive(0, bench.prepare(0, again)));
        effects.addAll(bench.arrive(2, bench.prepare(2, again)));
        for (int i : new int[] {0, 1, 2}) {
            effects.addAll(bench.arrive(i, bench.commit(i, again)));
        }

        assertThat(Bench.broadcast(Message.Prepare.class, effects)).containsExactly(bench.prepare(3, again));
        assertThat(Bench.broadcast(Message.Commit.class, effects)).containsExactly(bench.commit(3, again));
        assertThat(Bench.only(Effect.Execute.class, effects)).isEmpty();
        assertThat(bench.inspect().executed()).isEqualTo(1);
    }

    @Test
    void aReplicaThatHasCommittedStillAsksAndCarriesItsProof() {
        Bench bench = preparedAtTwo();
        bench.submit(bench.cluster().operation(0, 9, 10));

        List<Effect> effects = bench.tick(bench.cluster().config(3).requestTimeoutTicks() + 1);

        assertThat(Bench.broadcast(Message.ViewChange.class, effects))
                .containsExactly(bench.viewChange(3, 1, Optional.empty(), proofOfTwo(bench)));
    }

    @Test
    void aViewChangeIsSentAgainUntilTheViewOpens() {
        Bench bench = Bench.founding(4, 3);
        bench.arrive(0, bench.viewChange(0, 1, Optional.empty()));
        bench.arrive(2, bench.viewChange(2, 1, Optional.empty()));
        Message.ViewChange own = bench.viewChange(3, 1, Optional.empty());

        assertThat(Bench.broadcast(Message.ViewChange.class, bench.tick(16))).containsExactly(own, own);
        bench.arrive(
                1,
                bench.newView(
                        1,
                        List.of(
                                bench.viewChange(0, 1, Optional.empty()),
                                bench.viewChange(1, 1, Optional.empty()),
                                bench.viewChange(2, 1, Optional.empty())),
                        new TreeMap<>()));
        assertThat(Bench.broadcast(Message.ViewChange.class, bench.tick(16))).isEmpty();
    }

    @Test
    void whoMissedTheNewViewIsShownItByItsPrimary() {
        Bench bench = Bench.founding(4, 1);
        bench.arrive(0, bench.viewChange(0, 1, Optional.empty()));
        List<Effect> opened = bench.arrive(2, bench.viewChange(2, 1, Optional.empty()));
        Message.NewView newView = Bench.broadcast(Message.NewView.class, opened).getFirst();

        assertThat(bench.arrive(3, new Message.Status(0, 0, 0, 0))).containsExactly(new Effect.Send(3, newView));
        assertThat(bench.arrive(3, new Message.Status(0, 0, 0, 0))).isEmpty();
    }

    @Test
    void aMissingSealIsTimedLikeARequest() {
        Bench bench = Bench.founding(4, 2);
        ReplicaConfig config = bench.cluster().config(2);
        bench.decide(1, bench.batch(1));
        bench.step(new Event.Executed(1, false, false));

        assertThat(Bench.broadcast(
                        Message.ViewChange.class,
                        bench.tick(3 * config.sealTicks() + config.requestTimeoutTicks() - 1)))
                .isEmpty();
        assertThat(Bench.broadcast(Message.ViewChange.class, bench.tick(2))).hasSize(1);
    }

    /** Replica 3 of four, prepared at 2 in view 0. */
    private static Bench preparedAtTwo() {
        Bench bench = Bench.founding(4, 3);
        Message.PrePrepare proposal = bench.prePrepare(0, 2, bench.batch(2));
        bench.arrive(0, proposal);
        bench.arrive(1, bench.prepare(1, proposal.ballot()));
        return bench;
    }

    /** The primary's proposal with the PREPAREs of 1 and 3. */
    private static PreparedProof proofOfTwo(Bench bench) {
        PreparedProof lowest = bench.proof(0, 2, bench.batch(2));
        TreeMap<Integer, Signature> prepares = new TreeMap<>();
        prepares.put(1, bench.prepare(1, lowest.ballot()).signature());
        prepares.put(3, bench.prepare(3, lowest.ballot()).signature());
        return new PreparedProof(lowest.ballot(), lowest.prePrepare(), prepares);
    }

    private static List<Message.ViewChange> validViewChanges(Bench bench) {
        return List.of(
                bench.viewChange(2, 1, Optional.empty(), bench.proof(0, 1, bench.batch(1))),
                bench.viewChange(0, 1, Optional.empty(), bench.proof(0, 3, bench.batch(3))),
                bench.viewChange(1, 1, Optional.empty()));
    }

    private static SortedMap<Long, Digest> validProposals(Bench bench) {
        return digests(bench.batch(1), Batch.NULL, bench.batch(3));
    }

    private static Message.NewView validNewView(Bench bench) {
        return bench.newView(1, validViewChanges(bench), validProposals(bench));
    }

    private static SortedMap<Long, Digest> digests(Batch... batches) {
        TreeMap<Long, Digest> digests = new TreeMap<>();
        for (int i = 0; i < batches.length; i++) {
            digests.put(i + 1L, batches[i].digest());
        }
        return digests;
    }

    private static void forgedProposals(Consumer<SortedMap<Long, Digest>> change) {
        Bench bench = Bench.founding(4, 3);
        SortedMap<Long, Digest> proposals = validProposals(bench);
        change.accept(proposals);
        Message.NewView forged = bench.newView(1, validViewChanges(bench), proposals);
        refused(n -> forged, IgnoreReason.INVALID_PROOF, false);
    }

    private static void forgedViewChanges(Consumer<List<Message.ViewChange>> change) {
        Bench bench = Bench.founding(4, 3);
        List<Message.ViewChange> changes = new ArrayList<>(validViewChanges(bench));
        change.accept(changes);
        Message.NewView forged = bench.newView(1, changes, validProposals(bench));
        refused(n -> forged, IgnoreReason.INVALID_PROOF, false);
    }

    private static void refused(UnaryOperator<Message.NewView> forge, IgnoreReason reason, boolean afterTheValidOne) {
        Bench bench = Bench.founding(4, 3);
        Message.NewView valid = validNewView(bench);
        if (afterTheValidOne) {
            bench.arrive(1, valid);
        }

        assertThat(bench.arrive(1, forge.apply(valid))).containsExactly(new Effect.Ignored(1, "NewView", reason));
        assertThat(bench.inspect().view()).isEqualTo(afterTheValidOne ? 1 : 0);
    }
}
