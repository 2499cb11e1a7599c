package io.sherd.consensus.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.sherd.consensus.sim.SimCluster;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.ledger.Batch;
import io.sherd.replication.ledger.Request;
import io.sherd.replication.ledger.SignedType;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A replica that starts asks what it was seen to sign, before it signs anything. */
class InquiryTest {

    private static final Message.Signed NOTHING =
            new Message.Signed(Optional.empty(), Optional.empty(), Optional.empty());

    private final SimCluster cluster = new SimCluster(4);
    private final Bench words = Bench.founding(4, 1);
    private final Message.PrePrepare first = words.prePrepare(0, 1, words.batch(1));

    @Test
    void itSignsNothingUntilTwoOfThreeOthersHaveAnswered() {
        Bench bench = start(1, List.of(first), List.of(words.prepare(1, first.ballot())));

        assertThat(Bench.only(Effect.Broadcast.class, bench.first()))
                .containsExactly(new Effect.Broadcast(new Message.FetchSigned()));
        assertThat(bench.inspect().mode()).isEqualTo(new Mode.Asking());
        assertThat(bench.arrive(0, words.prePrepare(0, 2, words.batch(2))))
                .containsExactly(new Effect.Ignored(0, "PrePrepare", IgnoreReason.NOT_ACTIVE));
        bench.arrive(0, NOTHING);
        bench.arrive(0, NOTHING);
        assertThat(bench.inspect().mode()).isEqualTo(new Mode.Asking());

        bench.arrive(2, NOTHING);

        assertThat(bench.inspect().mode()).isEqualTo(new Mode.Active());
        assertThat(Bench.broadcast(Message.Prepare.class, bench.arrive(0, words.prePrepare(0, 2, words.batch(2)))))
                .hasSize(1);
    }

    @Test
    void whoHasNotAnsweredIsAskedAgain() {
        Bench bench = start(1, List.of(), List.of());
        bench.arrive(2, NOTHING);

        List<Effect.Send> asked =
                Bench.only(Effect.Send.class, bench.tick(cluster.config(1).resendTicks()));

        assertThat(asked)
                .containsExactly(
                        new Effect.Send(0, new Message.FetchSigned()), new Effect.Send(3, new Message.FetchSigned()));
    }

    @Test
    void whatExecutionAndSealingSayMeanwhileIsHeededAfterwards() {
        DecidedEntry decided = words.decided(1, words.batch(1));
        Bench bench = Bench.recovered(cluster, 1, recovered(1, List.of(), List.of(), List.of(decided)));
        bench.step(new Event.CheckpointReady(Bench.statement(1), Optional.empty()));
        bench.arrive(0, NOTHING);

        List<Effect> effects = bench.arrive(2, NOTHING);

        assertThat(Bench.broadcast(Message.Checkpoint.class, effects))
                .containsExactly(words.checkpoint(1, Bench.statement(1)));
    }

    @ParameterizedTest
    @MethodSource("laterWords")
    void anOwnSignatureThatTheDiskDoesNotKnowEndsIt(int self, Message.Signed later) {
        Bench bench = start(self, List.of(first), self == 0 ? List.of() : List.of(words.prepare(self, first.ballot())));
        bench.arrive(2, NOTHING);

        assertThat(Bench.only(Effect.Forgotten.class, bench.arrive(3, later))).hasSize(1);

        bench.arrive(self == 0 ? 1 : 0, NOTHING);
        assertThat(bench.inspect().mode()).isEqualTo(new Mode.Asking());
    }

    static Stream<Arguments> laterWords() {
        Bench words = Bench.founding(4, 1);
        Ballot second = Bench.ballot(0, 2, words.batch(2));
        Ballot sameButCommitted = Bench.ballot(0, 1, words.batch(1));
        Ballot samePlace = Bench.ballot(0, 1, words.batch(9));
        Ballot laterView = Bench.ballot(4, 1, words.batch(1));
        return Stream.of(
                arguments(0, vote(words, 0, SignedType.PRE_PREPARE, second)),
                arguments(1, vote(words, 1, SignedType.PREPARE, second)),
                arguments(1, vote(words, 1, SignedType.PREPARE, samePlace)),
                arguments(1, vote(words, 1, SignedType.COMMIT, sameButCommitted)),
                arguments(1, vote(words, 1, SignedType.PREPARE, laterView)),
                arguments(
                        1,
                        new Message.Signed(
                                Optional.empty(),
                                Optional.of(words.checkpoint(1, Bench.statement(5))),
                                Optional.empty())),
                arguments(
                        1,
                        new Message.Signed(
                                Optional.empty(),
                                Optional.empty(),
                                Optional.of(words.viewChange(1, 1, Optional.empty())))));
    }

    @Test
    void whatTheDiskKnowsIsNoReasonToStop() {
        Bench bench = start(1, List.of(first), List.of(words.prepare(1, first.ballot())));

        bench.arrive(0, vote(words, 1, SignedType.PREPARE, first.ballot()));
        bench.arrive(2, NOTHING);

        assertThat(bench.inspect().mode()).isEqualTo(new Mode.Active());
    }

    @Test
    void votesForWhatTheDiskKnowsAsDecidedAreKnown() {
        DecidedEntry decided = words.decided(1, words.batch(1));
        Bench bench = Bench.recovered(cluster, 1, recovered(1, List.of(), List.of(), List.of(decided)));

        bench.arrive(0, vote(words, 1, SignedType.COMMIT, first.ballot()));
        bench.arrive(2, NOTHING);

        assertThat(bench.inspect().mode()).isEqualTo(new Mode.Active());
    }

    @Test
    void whatAnotherSignedProvesNothingAndIsNoAnswer() {
        Bench bench = start(1, List.of(), List.of());

        assertThat(bench.arrive(0, vote(words, 2, SignedType.PREPARE, first.ballot())))
                .containsExactly(new Effect.Ignored(0, "Signed", IgnoreReason.INVALID_PROOF));
        bench.arrive(2, NOTHING);

        assertThat(bench.inspect().mode()).isEqualTo(new Mode.Asking());
    }

    @Test
    void whatAnEarlierDirectorySignedDoesNotConcernThisOne() {
        Request.Rejoin rejoin =
                Request.Rejoin.sign(cluster.domain(), cluster.signer(3), 3, 0, SimCluster.directory(3, 1));
        MemberTable next = cluster.members().after(Batch.of(List.of(rejoin)));
        Recovered old = recovered(3, List.of(), List.of(), List.of());
        Bench bench = Bench.recovered(
                cluster,
                3,
                new Recovered(
                        next,
                        SimCluster.directory(3, 1),
                        old.rejoin(),
                        0,
                        true,
                        Optional.empty(),
                        0,
                        false,
                        List.of(),
                        List.of(),
                        List.of(),
                        List.of(),
                        Optional.empty(),
                        Optional.empty(),
                        true,
                        Recovered.Sealing.NONE));

        bench.arrive(0, vote(words, 3, SignedType.COMMIT, Bench.ballot(0, 7, words.batch(7))));
        bench.arrive(1, NOTHING);

        assertThat(bench.inspect().mode()).isEqualTo(new Mode.Active());
    }

    @Test
    void aRunningReplicaShowsTheLatestOfEachKind() {
        Bench bench = Bench.founding(4, 1);
        bench.arrive(0, first);
        bench.arrive(2, words.prepare(2, first.ballot()));
        Ballot second = Bench.ballot(0, 2, words.batch(2));
        bench.arrive(2, words.prepare(2, second));
        bench.arrive(2, words.commit(2, second));
        bench.arrive(2, words.checkpoint(2, Bench.statement(1)));
        Message.ViewChange change = words.viewChange(2, 3, Optional.empty());
        bench.arrive(2, change);

        assertThat(bench.arrive(2, new Message.FetchSigned()))
                .containsExactly(new Effect.Send(
                        2,
                        new Message.Signed(
                                vote(words, 2, SignedType.COMMIT, second).vote(),
                                Optional.of(words.checkpoint(2, Bench.statement(1))),
                                Optional.of(change))));
        assertThat(bench.arrive(2, new Message.FetchSigned()))
                .containsExactly(new Effect.Ignored(2, "FetchSigned", IgnoreReason.DUPLICATE));
    }

    @Test
    void thePrimaryIsShownItsProposal() {
        Bench bench = Bench.founding(4, 1);
        bench.arrive(0, first);

        assertThat(bench.arrive(0, new Message.FetchSigned()))
                .containsExactly(new Effect.Send(0, vote(words, 0, SignedType.PRE_PREPARE, first.ballot())));
    }

    @Test
    void aReplicaThatAsksItselfAnswersFromItsDisk() {
        PreparedProof proof = words.proof(0, 1, words.batch(1));
        CheckpointCertificate stable = words.certificate(Bench.statement(0), 0, 1, 2);
        Recovered known = recovered(1, List.of(first), List.of(words.prepare(1, first.ballot())), List.of());
        Bench bench = Bench.recovered(
                cluster,
                1,
                new Recovered(
                        known.members(),
                        known.directory(),
                        known.rejoin(),
                        0,
                        true,
                        Optional.of(stable),
                        0,
                        false,
                        List.of(),
                        known.proposals(),
                        known.prepares(),
                        List.of(new VoteRecord.OwnCommit(words.commit(1, first.ballot()), proof)),
                        Optional.empty(),
                        Optional.empty(),
                        true,
                        Recovered.Sealing.NONE));

        assertThat(bench.arrive(2, new Message.FetchSigned()))
                .containsExactly(new Effect.Send(
                        2,
                        new Message.Signed(
                                vote(words, 2, SignedType.PREPARE, first.ballot())
                                        .vote(),
                                Optional.of(words.checkpoint(2, Bench.statement(0))),
                                Optional.empty())));
    }

    private static Arguments arguments(int self, Message.Signed signed) {
        return Arguments.of(self, signed);
    }

    private static Message.Signed vote(Bench words, int replica, SignedType type, Ballot ballot) {
        return new Message.Signed(
                Optional.of(new SignedVote(type, ballot, words.sign(replica, ballot, type))),
                Optional.empty(),
                Optional.empty());
    }

    private Bench start(int self, List<Message.PrePrepare> proposals, List<Message.Prepare> prepares) {
        return Bench.recovered(cluster, self, recovered(self, proposals, prepares, List.of()));
    }

    private Recovered recovered(
            int self, List<Message.PrePrepare> proposals, List<Message.Prepare> prepares, List<DecidedEntry> decided) {
        return new Recovered(
                cluster.members(),
                SimCluster.directory(self, 0),
                Optional.empty(),
                0,
                true,
                Optional.empty(),
                0,
                false,
                decided,
                proposals,
                prepares,
                List.of(),
                Optional.empty(),
                Optional.empty(),
                true,
                Recovered.Sealing.NONE);
    }
}
