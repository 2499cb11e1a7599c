package io.sherd.consensus.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.sherd.consensus.sim.SimCluster;
import io.sherd.replication.checkpoint.CheckpointStatement;
import io.sherd.replication.checkpoint.ClosedEpoch;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.ledger.Batch;
import io.sherd.replication.ledger.MemberChange;
import io.sherd.replication.ledger.Request;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** An admin's change of keys and clients, as one replica sees it. */
class AdminChangesTest {

    private static final int REPLACED = 3;

    private static Batch replaced(Bench bench) {
        return Batch.of(List.of(bench.cluster().change(0, bench.cluster().replaceKey(REPLACED, 1))));
    }

    /** Everything up to the opening of the next epoch, which a batch at position 1 makes. */
    private static List<Effect> open(Bench bench, Batch batch) {
        MemberTable next = bench.cluster().members().after(batch);
        CheckpointStatement closing = Bench.statement(1, "ledger", Optional.of(next));
        bench.decide(1, batch);
        bench.step(new Event.Executed(1, true, true));
        bench.step(new Event.CheckpointReady(closing, Optional.of(next)));
        return bench.arrive(0, new Message.EpochClosed(new ClosedEpoch(bench.certificate(closing, 0, 1, 2), next)));
    }

    @Test
    void thePrimaryOrdersAChangeAloneAndProposesNothingAfterIt() {
        Bench bench = Bench.founding(4, 0);
        Request.Change change = bench.cluster().change(0, bench.cluster().replaceKey(REPLACED, 1));

        assertThat(Bench.broadcast(Message.PrePrepare.class, bench.submit(change)))
                .containsExactly(bench.prePrepare(0, 1, Batch.of(List.of(change))));
        assertThat(bench.submit(bench.cluster().operation(0, 1, 10))).isEmpty();
        assertThat(bench.arrive(2, new Message.Forward(bench.cluster().rejoin(2, 0, 1))))
                .isEmpty();
        assertThat(bench.inspect().pending()).isEqualTo(3);
    }

    @Test
    void aBackupRelaysAChangeAsAClientsRequest() {
        Bench bench = Bench.founding(4, 1);
        Request.Change change = bench.cluster().change(0, bench.cluster().replaceKey(REPLACED, 1));
        bench.submit(change);

        assertThat(bench.tick(bench.cluster().config(1).forwardTicks()))
                .contains(new Effect.Send(0, new Message.Forward(change)));
    }

    @Test
    void aChangeEndsItsEpochAndTheNextOneHasTheNewKey() {
        Bench bench = Bench.founding(4, 1);

        List<Effect> effects = open(bench, replaced(bench));

        assertThat(Bench.only(Effect.EpochOpened.class, effects)).hasSize(1);
        Inspection now = bench.inspect();
        assertThat(now.epoch()).isEqualTo(1);
        assertThat(now.mode()).isEqualTo(new Mode.Active());
        assertThat(now.members().member(REPLACED).key())
                .isEqualTo(bench.cluster().signer(REPLACED, 1).key());
        assertThat(now.members().member(REPLACED).incarnation()).isEqualTo(1);
    }

    @Test
    void whatAnAdminDidNotSignOrWouldReplaceMoreThanFKeysIsRefused() {
        Bench bench = Bench.founding(4, 1);
        SimCluster cluster = bench.cluster();
        Request.Change good = cluster.change(0, cluster.replaceKey(REPLACED, 1));
        Request.Change forged = new Request.Change(
                0, good.admin(), good.changes(), cluster.rejoin(2, 0, 1).signature(), good.encoded());
        Request.Change ofAReplica = Request.Change.sign(cluster.domain(), cluster.signer(2), 0, good.changes());
        Request.Change ofTwoKeys = cluster.change(0, cluster.replaceKey(2, 1), cluster.replaceKey(REPLACED, 1));
        Request.Change ofAnotherEpoch = cluster.change(1, cluster.replaceKey(REPLACED, 1));

        for (Request.Change refused : List.of(forged, ofAReplica, ofTwoKeys, ofAnotherEpoch)) {
            assertThat(bench.arrive(2, new Message.Forward(refused)))
                    .containsExactly(new Effect.Ignored(2, "Forward", IgnoreReason.INVALID_REQUEST));
            assertThat(bench.submit(refused))
                    .containsExactly(new Effect.Ignored(1, "Submitted", IgnoreReason.INVALID_REQUEST));
            assertThat(bench.arrive(0, bench.prePrepare(0, 1, Batch.of(List.of(refused)))))
                    .containsExactly(new Effect.Ignored(0, "PrePrepare", IgnoreReason.INVALID_REQUEST));
        }
        assertThat(bench.arrive(2, new Message.Forward(good))).isEmpty();
    }

    @Test
    void oneChangeIsPendingAtMost() {
        Bench bench = Bench.founding(4, 1);
        bench.submit(bench.cluster().change(0, bench.cluster().replaceKey(2, 1)));

        assertThat(bench.submit(bench.cluster().change(0, bench.cluster().replaceKey(REPLACED, 1))))
                .containsExactly(new Effect.Ignored(1, "Submitted", IgnoreReason.CONFLICTING));
    }

    @Test
    void aChangeOfAnEndedEpochIsForgotten() {
        Bench bench = Bench.founding(4, 1);
        Request.Change other = bench.cluster().change(0, bench.cluster().replaceKey(2, 1));
        bench.submit(other);

        open(bench, replaced(bench));

        assertThat(bench.inspect().pending()).isZero();
        assertThat(bench.submit(other))
                .containsExactly(new Effect.Ignored(1, "Submitted", IgnoreReason.INVALID_REQUEST));
    }

    @Test
    void whoseKeyIsReplacedSignsNothingInTheNextEpochAndStops() {
        Bench bench = Bench.founding(4, REPLACED);
        Batch batch = replaced(bench);

        List<Effect> effects = open(bench, batch);

        assertThat(effects)
                .contains(new Effect.KeyReplaced(
                        1, bench.cluster().signer(REPLACED, 1).key()));
        assertThat(bench.inspect().mode()).isEqualTo(new Mode.Rejoining());
        List<Effect> later = bench.tick(300);
        assertThat(Bench.only(Effect.KeyReplaced.class, later)).isEmpty();
        assertThat(Bench.only(Effect.Persist.class, later)).isEmpty();
        assertThat(Bench.only(Effect.Broadcast.class, later))
                .allMatch(broadcast -> broadcast.message() instanceof Message.Status);
    }

    @Test
    void whoWasStartedWithANewKeySignsNothingBeforeTheEpochThatHasItAndVotesThen() {
        SimCluster cluster = new SimCluster(4);
        Bench bench = Bench.withKey(cluster, REPLACED, 1);
        assertThat(bench.inspect().mode()).isEqualTo(new Mode.Rejoining());
        assertThat(Bench.only(Effect.KeyReplaced.class, bench.first())).isEmpty();
        List<Effect> before = bench.tick(300);
        assertThat(Bench.only(Effect.Superseded.class, before)).isEmpty();
        assertThat(Bench.only(Effect.KeyReplaced.class, before)).isEmpty();

        Batch batch = replaced(bench);
        MemberTable next = cluster.members().after(batch);
        CheckpointStatement closing = Bench.statement(1, "ledger", Optional.of(next));
        bench.arrive(1, new Message.Status(0, 0, 1, 0));
        bench.tick(cluster.config(REPLACED).resendTicks());
        bench.arrive(1, new Message.Entries(List.of(bench.decided(1, batch))));
        bench.step(new Event.Executed(1, true, true));
        assertThat(bench.step(new Event.CheckpointReady(closing, Optional.of(next))))
                .isEmpty();
        bench.arrive(0, new Message.EpochClosed(new ClosedEpoch(bench.certificate(closing, 0, 1, 2), next)));

        assertThat(bench.inspect().mode()).isEqualTo(new Mode.Active());
        assertThat(bench.inspect().epoch()).isEqualTo(1);
    }

    @Test
    void votesOfItsEarlierKeyAreNotWhatAReplicaWithANewKeyStartsWith() {
        SimCluster cluster = new SimCluster(4);
        Bench voter = Bench.founding(4, REPLACED);
        Message.PrePrepare proposal = voter.prePrepare(0, 1, voter.batch(1));
        Recovered founding = Recovered.founding(cluster.members(), SimCluster.directory(REPLACED, 0), false);
        Recovered asked = new Recovered(
                founding.members(),
                founding.directory(),
                founding.rejoin(),
                1,
                false,
                founding.stable(),
                0,
                false,
                List.of(),
                List.of(proposal),
                List.of(voter.prepare(REPLACED, proposal.ballot())),
                List.of(),
                Optional.of(voter.viewChange(REPLACED, 1, Optional.empty())),
                Optional.empty(),
                false,
                founding.sealing());

        Bench bench = Bench.withKey(cluster, REPLACED, 1, asked);

        assertThat(bench.inspect().mode()).isEqualTo(new Mode.Rejoining());
        assertThat(bench.inspect().inFlight()).isZero();
        assertThat(Bench.only(Effect.Broadcast.class, bench.tick(300)))
                .allMatch(broadcast -> broadcast.message() instanceof Message.Status);
    }

    @Test
    void requestsOfARevokedClientAreForgottenAndNewOnesRefused() {
        Bench bench = Bench.founding(4, 1);
        bench.submit(bench.cluster().operation(0, 1, 10));
        bench.submit(bench.cluster().operation(1, 2, 10));
        Batch revoked = Batch.of(List.of(bench.cluster()
                .change(0, new MemberChange.RevokeClient(bench.cluster().client(0)))));

        open(bench, revoked);

        assertThat(bench.inspect().pending()).isEqualTo(1);
        Request late = bench.cluster().operation(0, 3, 10);
        assertThat(bench.submit(late))
                .containsExactly(new Effect.Ignored(1, "Submitted", IgnoreReason.INVALID_REQUEST));
        assertThat(bench.arrive(2, new Message.Forward(late)))
                .containsExactly(new Effect.Ignored(2, "Forward", IgnoreReason.INVALID_REQUEST));
    }
}
