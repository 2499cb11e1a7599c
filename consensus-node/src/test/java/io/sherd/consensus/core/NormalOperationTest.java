package io.sherd.consensus.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.sherd.replication.ledger.Batch;
import io.sherd.replication.ledger.LedgerEntry;
import io.sherd.replication.ledger.Request;
import io.sherd.replication.ledger.SignedType;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NormalOperationTest {

    @Test
    void aBackupPreparesWhenProposalAndPrepareAreDurable() {
        Bench bench = Bench.founding(4, 1);
        Message.PrePrepare proposal = bench.prePrepare(0, 1, bench.batch(1));
        Message.Prepare prepare = bench.prepare(1, proposal.ballot());

        assertThat(bench.arrive(0, proposal))
                .containsExactly(
                        new Effect.Persist(new VoteRecord.Proposal(proposal)),
                        new Effect.Persist(new VoteRecord.OwnPrepare(prepare)),
                        new Effect.Broadcast(prepare));
    }

    @Test
    void thePrimaryProposesWhenItsProposalIsDurableAndSendsNoPrepare() {
        Bench bench = Bench.founding(4, 0);
        Request.Operation request = bench.cluster().operation(0, 1, 10);
        Message.PrePrepare proposal = bench.prePrepare(0, 1, Batch.of(List.of(request)));

        assertThat(bench.submit(request))
                .containsExactly(new Effect.Persist(new VoteRecord.Proposal(proposal)), new Effect.Broadcast(proposal));
    }

    @ParameterizedTest
    @CsvSource({"4, 2", "5, 3", "6, 4", "7, 4", "10, 6", "13, 8"})
    void aBackupCommitsWithPreparesOfNMinusFMinusOneBackupsItsOwnIncluded(int n, int preparesNeeded) {
        Bench bench = Bench.founding(n, 1);
        Message.PrePrepare proposal = bench.prePrepare(0, 1, bench.batch(1));
        bench.arrive(0, proposal);
        for (int others = 1; others < preparesNeeded - 1; others++) {
            assertThat(bench.arrive(1 + others, bench.prepare(1 + others, proposal.ballot())))
                    .isEmpty();
        }
        PreparedProof proof = bench.proof(0, 1, proposal.batch());
        Message.Commit commit = bench.commit(1, proposal.ballot());

        assertThat(bench.arrive(preparesNeeded, bench.prepare(preparesNeeded, proposal.ballot())))
                .containsExactly(
                        new Effect.Persist(new VoteRecord.OwnCommit(commit, proof)), new Effect.Broadcast(commit));
    }

    @ParameterizedTest
    @CsvSource({"4, 3", "5, 4", "6, 5", "7, 5", "10, 7", "13, 9"})
    void anEntryIsDecidedAndExecutedWithNMinusFCommits(int n, int quorum) {
        Bench bench = Bench.founding(n, n - 1);
        Message.PrePrepare proposal = bench.prePrepare(0, 1, bench.batch(1));
        bench.arrive(0, proposal);
        for (int i = 0; i < quorum - 1; i++) {
            assertThat(bench.arrive(i, bench.commit(i, proposal.ballot()))).isEmpty();
        }
        DecidedEntry decided = bench.decided(1, proposal.batch());

        assertThat(bench.arrive(quorum - 1, bench.commit(quorum - 1, proposal.ballot())))
                .containsExactly(
                        new Effect.Persist(new VoteRecord.Decided(decided)), new Effect.Execute(decided.entry(), 0));
    }

    @Test
    void votesThatComeBeforeTheProposalCount() {
        Bench bench = Bench.founding(4, 1);
        Message.PrePrepare proposal = bench.prePrepare(0, 1, bench.batch(1));
        for (int i : new int[] {2, 3}) {
            assertThat(bench.arrive(i, bench.prepare(i, proposal.ballot()))).isEmpty();
            assertThat(bench.arrive(i, bench.commit(i, proposal.ballot()))).isEmpty();
        }

        List<Effect> effects = bench.arrive(0, proposal);

        assertThat(Bench.broadcast(Message.Prepare.class, effects)).hasSize(1);
        assertThat(Bench.broadcast(Message.Commit.class, effects)).hasSize(1);
        assertThat(Bench.only(Effect.Execute.class, effects))
                .containsExactly(new Effect.Execute(new LedgerEntry(1, proposal.batch()), 0));
    }

    @Test
    void positionsAreDecidedInAnyOrderAndExecutedInTheirs() {
        Bench bench = Bench.founding(4, 2);
        List<Effect> before = new ArrayList<>();
        before.addAll(bench.decide(3, bench.batch(3)));
        before.addAll(bench.decide(2, bench.batch(2)));
        assertThat(Bench.only(Effect.Execute.class, before)).isEmpty();

        List<Effect> effects = bench.decide(1, bench.batch(1));

        assertThat(Bench.only(Effect.Execute.class, effects))
                .extracting(e -> e.entry().sequence())
                .containsExactly(1L, 2L, 3L);
    }

    @Test
    void aVoteForAnotherDigestDoesNotCountTowardsThisOne() {
        Bench bench = Bench.founding(4, 1);
        Message.PrePrepare proposal = bench.prePrepare(0, 1, bench.batch(1));
        Ballot other = Bench.ballot(0, 1, bench.batch(2));
        bench.arrive(0, proposal);

        assertThat(bench.arrive(2, bench.prepare(2, other))).isEmpty();
        assertThat(bench.inspect().inFlight()).isEqualTo(1);
        assertThat(Bench.broadcast(Message.Commit.class, bench.arrive(3, bench.prepare(3, proposal.ballot()))))
                .hasSize(1);
    }

    @Test
    void requestsGatherWhileEnoughRoundsAreInFlight() {
        Bench bench = Bench.founding(4, 0);
        int rounds = bench.cluster().config(0).maxRoundsInFlight();
        for (int id = 1; id <= rounds; id++) {
            assertThat(bench.submit(bench.cluster().operation(0, id, 10))).hasSize(2);
        }
        Request.Operation one = bench.cluster().operation(0, 100, 10);
        Request.Operation two = bench.cluster().operation(1, 100, 10);
        assertThat(bench.submit(one)).isEmpty();
        assertThat(bench.submit(two)).isEmpty();

        List<Effect> effects = bench.decide(1, Batch.of(List.of(bench.cluster().operation(0, 1, 10))));

        assertThat(Bench.broadcast(Message.PrePrepare.class, effects))
                .containsExactly(bench.prePrepare(0, rounds + 1L, Batch.of(List.of(one, two))));
    }

    @Test
    void aBatchIsNotLargerThanTheLimit() {
        Bench bench = Bench.founding(4, 0);
        int rounds = bench.cluster().config(0).maxRoundsInFlight();
        for (int id = 1; id <= rounds + 20; id++) {
            bench.submit(bench.cluster().operation(0, id, 900));
        }

        List<Effect> effects = bench.decide(1, Batch.of(List.of(bench.cluster().operation(0, 1, 900))));

        Message.PrePrepare proposal =
                Bench.broadcast(Message.PrePrepare.class, effects).getFirst();
        assertThat(proposal.batch().requests()).hasSize(4);
        assertThat(proposal.batch().sizeBytes())
                .isLessThanOrEqualTo(bench.cluster().limits().batchBytes());
    }

    @Test
    void thePrimaryProposesNothingAboveTheWindow() {
        Bench bench = Bench.founding(4, 0);
        int window = bench.cluster().limits().window();
        for (int id = 1; id <= window + 5; id++) {
            Request.Operation request = bench.cluster().operation(0, id, 10);
            bench.submit(request);
            if (id <= window) {
                bench.decide(id, Batch.of(List.of(request)));
            }
        }

        assertThat(bench.inspect().executed()).isEqualTo(window);
        assertThat(bench.inspect().inFlight()).isZero();
        assertThat(bench.inspect().pending()).isEqualTo(5);
    }

    @Test
    void aBackupRelaysARequestToThePrimaryAfterAWhileAndThenToEverybody() {
        Bench bench = Bench.founding(4, 1);
        ReplicaConfig config = bench.cluster().config(1);
        Request.Operation request = bench.cluster().operation(0, 1, 10);

        assertThat(bench.submit(request)).isEmpty();
        assertThat(bench.tick(config.forwardTicks())).containsExactly(new Effect.Send(0, new Message.Forward(request)));
        assertThat(Bench.broadcast(Message.Forward.class, bench.tick(config.requestTimeoutTicks() / 2)))
                .containsExactly(new Message.Forward(request));
    }

    @Test
    void aBackupShowsEverybodyAgainAndAgainWhatItMissesLongestThoughAnotherRelayedIt() {
        Bench bench = Bench.founding(4, 1);
        int half = bench.cluster().config(1).requestTimeoutTicks() / 2;
        Request.Operation first = bench.cluster().operation(0, 1, 10);
        bench.arrive(2, new Message.Forward(first));
        bench.arrive(2, new Message.Forward(bench.cluster().operation(0, 2, 10)));

        assertThat(Bench.broadcast(Message.Forward.class, bench.tick(half)))
                .containsExactly(new Message.Forward(first));
        assertThat(Bench.broadcast(Message.Forward.class, bench.tick(half)))
                .containsExactly(new Message.Forward(first));
    }

    @Test
    void aRequestThatThePrimaryHasProposedIsNotRelayed() {
        Bench bench = Bench.founding(4, 1);
        Request.Operation request = bench.cluster().operation(0, 1, 10);
        bench.submit(request);
        bench.arrive(0, bench.prePrepare(0, 1, Batch.of(List.of(request))));

        List<Effect> effects = bench.tick(bench.cluster().config(1).requestTimeoutTicks() / 2 - 1);

        assertThat(Bench.only(Effect.Send.class, effects)).isEmpty();
        assertThat(Bench.broadcast(Message.Forward.class, effects)).isEmpty();
    }

    @Test
    void thePrimarySendsAProposalAgainOnlyToWhoHasNotPrepared() {
        Bench bench = Bench.founding(4, 0);
        Request.Operation request = bench.cluster().operation(0, 1, 10);
        Message.PrePrepare proposal = bench.prePrepare(0, 1, Batch.of(List.of(request)));
        bench.submit(request);
        bench.arrive(2, bench.prepare(2, proposal.ballot()));

        List<Effect> effects = bench.tick(bench.cluster().config(0).resendTicks());

        assertThat(effects).containsExactly(new Effect.Send(1, proposal), new Effect.Send(3, proposal));
    }

    @Test
    void aBackupSendsItsVotesAgainWhileASlotMakesNoProgress() {
        Bench bench = Bench.founding(4, 1);
        Message.PrePrepare proposal = bench.prePrepare(0, 1, bench.batch(1));
        bench.arrive(0, proposal);
        bench.arrive(2, bench.prepare(2, proposal.ballot()));

        List<Effect> effects = bench.tick(bench.cluster().config(1).resendTicks());

        assertThat(effects)
                .containsExactly(
                        new Effect.Broadcast(bench.prepare(1, proposal.ballot())),
                        new Effect.Broadcast(bench.commit(1, proposal.ballot())));
    }

    @Test
    void moreThanThreeFreshSealsWaitForTheirPace() {
        Bench bench = Bench.founding(4, 1);
        for (long sequence = 1; sequence <= 3; sequence++) {
            assertThat(bench.arrive(0, seal(bench, sequence))).hasSize(3);
        }
        assertThat(bench.arrive(0, seal(bench, 4))).isEmpty();
        assertThat(bench.arrive(0, seal(bench, 5))).isEmpty();

        assertThat(Bench.broadcast(
                        Message.Prepare.class,
                        bench.tick(bench.cluster().config(1).sealTicks())))
                .contains(bench.prepare(1, seal(bench, 4).ballot()))
                .doesNotContain(bench.prepare(1, seal(bench, 5).ballot()));
        assertThat(Bench.broadcast(
                        Message.Prepare.class,
                        bench.tick(bench.cluster().config(1).sealTicks())))
                .contains(bench.prepare(1, seal(bench, 5).ballot()));
    }

    @Test
    void anEntryThatIsBehindIsFetchedAndVerifiedAndExecuted() {
        Bench bench = Bench.founding(4, 3);
        bench.arrive(1, new Message.Status(0, 0, 2, 0));
        List<Effect> asked = bench.tick(bench.cluster().config(3).resendTicks());
        assertThat(asked).containsExactly(new Effect.Send(1, new Message.FetchEntries(1, 32)));
        DecidedEntry one = bench.decided(1, bench.batch(1));
        DecidedEntry two = bench.decided(2, bench.batch(2));

        assertThat(bench.arrive(1, new Message.Entries(List.of(one, two))))
                .containsExactly(
                        new Effect.Persist(new VoteRecord.Decided(one)),
                        new Effect.Execute(one.entry(), 0),
                        new Effect.Persist(new VoteRecord.Decided(two)),
                        new Effect.Execute(two.entry(), 0));
    }

    @Test
    void anAnswerThatComesAfterTheNextPeerWasAskedIsTakenToo() {
        Bench bench = Bench.founding(4, 3);
        int resend = bench.cluster().config(3).resendTicks();
        bench.arrive(1, new Message.Status(0, 0, 2, 0));
        bench.arrive(2, new Message.Status(0, 0, 2, 0));
        assertThat(bench.tick(resend)).contains(new Effect.Send(1, new Message.FetchEntries(1, 32)));
        assertThat(questions(bench.tick(resend))).containsExactly(2);
        DecidedEntry one = bench.decided(1, bench.batch(1));
        DecidedEntry two = bench.decided(2, bench.batch(2));

        assertThat(Bench.only(Effect.Execute.class, bench.arrive(1, new Message.Entries(List.of(one)))))
                .containsExactly(new Effect.Execute(one.entry(), 0));
        assertThat(Bench.only(Effect.Execute.class, bench.arrive(2, new Message.Entries(List.of(one, two)))))
                .containsExactly(new Effect.Execute(two.entry(), 0));
    }

    @Test
    void peersThatDoNotAnswerAreAskedMoreAndMoreSeldom() {
        Bench bench = Bench.founding(4, 3);
        int resend = bench.cluster().config(3).resendTicks();
        bench.arrive(1, new Message.Status(0, 0, 2, 0));
        bench.arrive(2, new Message.Status(0, 0, 2, 0));

        assertThat(questions(bench.tick(resend))).containsExactly(1);
        for (int pause : new int[] {1, 2, 4, 8, 8}) {
            assertThat(questions(bench.tick(pause * resend - 1)))
                    .as("before pause %d", pause)
                    .isEmpty();
            assertThat(questions(bench.tick(1))).as("after pause %d", pause).hasSize(1);
        }
    }

    /** Who was asked for entries. */
    private static List<Integer> questions(List<Effect> effects) {
        return Bench.only(Effect.Send.class, effects).stream()
                .filter(sent -> sent.message() instanceof Message.FetchEntries)
                .map(Effect.Send::replica)
                .toList();
    }

    @Test
    void aSignatureForAnotherVoteIsNotACommitProof() {
        Bench bench = Bench.founding(4, 3);
        bench.arrive(1, new Message.Status(0, 0, 1, 0));
        bench.tick(bench.cluster().config(3).resendTicks());
        DecidedEntry entry = bench.decided(1, bench.batch(1));
        var commits = new java.util.TreeMap<>(entry.commits());
        commits.put(2, bench.sign(2, entry.ballot(), SignedType.PREPARE));
        DecidedEntry forged = new DecidedEntry(entry.entry(), 0, 0, commits);

        assertThat(bench.arrive(1, new Message.Entries(List.of(forged))))
                .containsExactly(new Effect.Ignored(1, "Entries", IgnoreReason.INVALID_PROOF));
    }

    private static Message.PrePrepare seal(Bench bench, long sequence) {
        return bench.prePrepare(0, sequence, Batch.of(List.of(Request.Seal.at(sequence))));
    }
}
