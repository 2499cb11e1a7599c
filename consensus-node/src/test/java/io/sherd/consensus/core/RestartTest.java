package io.sherd.consensus.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sherd.consensus.sim.SimCluster;
import io.sherd.replication.ledger.Batch;
import io.sherd.replication.ledger.Request;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a replica does with what its disk remembers. */
class RestartTest {

    private final SimCluster cluster = new SimCluster(4);
    private final Bench words = Bench.founding(4, 1);

    @Test
    void aBackupDoesNotPrepareAnotherBatchForAPositionItHasPrepared() {
        Message.PrePrepare proposal = words.prePrepare(0, 1, words.batch(1));
        Bench bench = start(1, List.of(proposal), List.of(words.prepare(1, proposal.ballot())), List.of());

        assertThat(bench.arrive(0, words.prePrepare(0, 1, words.batch(2))))
                .containsExactly(new Effect.Ignored(0, "PrePrepare", IgnoreReason.CONFLICTING));
    }

    @Test
    void aBackupThatHadNotPreparedYetMayBeAskedAgain() {
        Message.PrePrepare proposal = words.prePrepare(0, 1, words.batch(1));
        Bench bench = start(1, List.of(proposal), List.of(), List.of());

        assertThat(Bench.broadcast(Message.Prepare.class, bench.arrive(0, words.prePrepare(0, 1, words.batch(2)))))
                .hasSize(1);
    }

    @Test
    void aPrimaryGoesOnAfterItsLastProposal() {
        Message.PrePrepare proposal = words.prePrepare(0, 1, words.batch(1));
        Bench bench = start(0, List.of(proposal), List.of(), List.of());
        Request.Operation request = cluster.operation(1, 1, 10);

        assertThat(Bench.broadcast(Message.PrePrepare.class, bench.submit(request)))
                .containsExactly(words.prePrepare(0, 2, Batch.of(List.of(request))));
    }

    @Test
    void whatWasPreparedIsShownInTheNextViewChange() {
        Message.PrePrepare proposal = words.prePrepare(0, 1, words.batch(1));
        PreparedProof proof = words.proof(0, 1, words.batch(1));
        Bench bench = start(
                1,
                List.of(proposal),
                List.of(words.prepare(1, proposal.ballot())),
                List.of(new VoteRecord.OwnCommit(words.commit(1, proposal.ballot()), proof)));
        bench.arrive(2, words.viewChange(2, 1, Optional.empty()));

        List<Effect> effects = bench.arrive(3, words.viewChange(3, 1, Optional.empty()));

        assertThat(Bench.broadcast(Message.ViewChange.class, effects))
                .containsExactly(words.viewChange(1, 1, Optional.empty(), proof));
    }

    @Test
    void votesAreSentAgainAndCountTowardsTheDecision() {
        Message.PrePrepare proposal = words.prePrepare(0, 1, words.batch(1));
        PreparedProof proof = words.proof(0, 1, words.batch(1));
        Message.Commit own = words.commit(1, proposal.ballot());
        Bench bench = start(
                1,
                List.of(proposal),
                List.of(words.prepare(1, proposal.ballot())),
                List.of(new VoteRecord.OwnCommit(own, proof)));

        assertThat(bench.tick(8)).contains(new Effect.Broadcast(own));
        bench.arrive(0, words.commit(0, proposal.ballot()));
        assertThat(Bench.only(Effect.Execute.class, bench.arrive(2, words.commit(2, proposal.ballot()))))
                .hasSize(1);
    }

    @Test
    void decidedEntriesAreHandedToExecutionAgainBeforeAnythingElse() {
        DecidedEntry one = words.decided(1, words.batch(1));
        Bench bench = Bench.recovered(cluster, 1, recovered(1, 0, true, Optional.empty(), List.of(one)));

        assertThat(Bench.only(Effect.Execute.class, bench.first())).containsExactly(new Effect.Execute(one.entry(), 0));
        assertThat(Bench.only(Effect.Persist.class, bench.first())).isEmpty();
    }

    @Test
    void aReplicaThatWasAskingForAViewAsksAgainAndVotesInNone() {
        Message.ViewChange own = words.viewChange(1, 3, Optional.empty());
        Bench bench = Bench.recovered(cluster, 1, recovered(1, 3, false, Optional.of(own), List.of()));

        assertThat(bench.first()).contains(new Effect.Broadcast(own));
        assertThat(bench.inspect().mode()).isEqualTo(new Mode.ChangingView(3));
        assertThat(bench.arrive(0, words.prePrepare(0, 1, words.batch(1))))
                .containsExactly(new Effect.Ignored(0, "PrePrepare", IgnoreReason.OLD_VIEW));
    }

    @Test
    void aViewThatIsAskedForNeedsItsViewChange() {
        assertThatThrownBy(() -> Bench.recovered(cluster, 1, recovered(1, 3, false, Optional.empty(), List.of())))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private Bench start(
            int self,
            List<Message.PrePrepare> proposals,
            List<Message.Prepare> prepares,
            List<VoteRecord.OwnCommit> commits) {
        Recovered empty = Recovered.founding(cluster.members(), SimCluster.directory(self, 0), false);
        return Bench.recovered(
                cluster,
                self,
                new Recovered(
                        empty.members(),
                        empty.directory(),
                        Optional.empty(),
                        0,
                        true,
                        Optional.empty(),
                        0,
                        false,
                        List.of(),
                        proposals,
                        prepares,
                        commits,
                        Optional.empty(),
                        Optional.empty(),
                        false,
                        Recovered.Sealing.NONE));
    }

    private Recovered recovered(
            int self, long view, boolean active, Optional<Message.ViewChange> own, List<DecidedEntry> decided) {
        return new Recovered(
                cluster.members(),
                SimCluster.directory(self, 0),
                Optional.empty(),
                view,
                active,
                Optional.empty(),
                0,
                false,
                decided,
                List.of(),
                List.of(),
                List.of(),
                own,
                Optional.empty(),
                false,
                Recovered.Sealing.NONE);
    }
}
