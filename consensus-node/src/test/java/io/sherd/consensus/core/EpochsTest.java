package io.sherd.consensus.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.sherd.consensus.sim.SimCluster;
import io.sherd.replication.checkpoint.CheckpointStatement;
import io.sherd.replication.checkpoint.ClosedEpoch;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.ledger.Batch;
import io.sherd.replication.ledger.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class EpochsTest {

    @Test
    void thePrimaryOrdersARejoinAndProposesNothingAfterIt() {
        Bench bench = Bench.founding(4, 0);
        Request.Rejoin rejoin = bench.cluster().rejoin(3, 0, 1);

        List<Effect> effects = bench.arrive(3, new Message.Forward(rejoin));
        assertThat(Bench.broadcast(Message.PrePrepare.class, effects))
                .containsExactly(bench.prePrepare(0, 1, Batch.of(List.of(rejoin))));
        assertThat(bench.submit(bench.cluster().operation(0, 1, 10))).isEmpty();
        assertThat(bench.inspect().pending()).isEqualTo(2);
    }

    @Test
    void anEpochEntryEndsItsEpochAndVoidsWhatFollows() {
        Bench bench = Bench.founding(4, 1);
        Message.PrePrepare later = bench.prePrepare(0, 2, bench.batch(2));
        bench.arrive(0, later);

        bench.decide(1, rejoins(bench, 3));

        assertThat(bench.inspect().mode()).isEqualTo(new Mode.Closing(1));
        assertThat(bench.inspect().inFlight()).isZero();
        assertThat(bench.arrive(2, bench.prepare(2, later.ballot())))
                .containsExactly(new Effect.Ignored(2, "Prepare", IgnoreReason.ABOVE_WINDOW));
    }

    @Test
    void evenNMinusFCommitsOfAnEndedEpochExecuteNothing() {
        Bench bench = Bench.founding(4, 1);
        bench.decide(2, bench.batch(2));

        List<Effect> effects = bench.decide(1, rejoins(bench, 3));

        assertThat(Bench.only(Effect.Execute.class, effects))
                .extracting(e -> e.entry().sequence())
                .containsExactly(1L);
        assertThat(bench.inspect().executed()).isEqualTo(1);
    }

    @Test
    void theNextEpochOpensWithTheStableClosing() {
        Bench bench = Bench.founding(4, 1);
        Batch batch = rejoins(bench, 3);
        MemberTable next = bench.cluster().members().after(batch);
        CheckpointStatement closing = Bench.statement(1, "ledger", Optional.of(next));
        bench.decide(1, batch);
        bench.step(new Event.Executed(1, true, true));
        assertThat(bench.step(new Event.CheckpointReady(closing, Optional.of(next))))
                .containsExactly(new Effect.Broadcast(bench.checkpoint(1, closing)));
        bench.arrive(0, bench.checkpoint(0, closing));

        List<Effect> effects = bench.arrive(2, bench.checkpoint(2, closing));

        ClosedEpoch closed = new ClosedEpoch(bench.certificate(closing, 0, 1, 2), next);
        assertThat(effects)
                .startsWith(
                        new Effect.Persist(new VoteRecord.StableCheckpoint(closed.certificate())),
                        new Effect.Stable(closed.certificate()),
                        new Effect.Persist(new VoteRecord.Closed(closed)),
                        new Effect.EpochOpened(closed));
        Inspection now = bench.inspect();
        assertThat(now.epoch()).isEqualTo(1);
        assertThat(now.view()).isZero();
        assertThat(now.primary()).isEqualTo(1);
        assertThat(now.mode()).isEqualTo(new Mode.Active());
        assertThat(now.members()).isEqualTo(next);
        assertThat(now.slots()).isZero();
    }

    @Test
    void whoSpeaksInAnEndedEpochIsShownItsClosing() {
        Bench bench = inEpochOne(Bench.founding(4, 1));

        assertThat(bench.arrive(2, bench.prepare(2, Bench.ballot(0, 2, bench.batch(2)))))
                .containsExactly(
                        new Effect.SendClosing(2, 0), new Effect.Ignored(2, "Prepare", IgnoreReason.OLD_EPOCH));
        assertThat(bench.arrive(2, bench.commit(2, Bench.ballot(0, 2, bench.batch(2)))))
                .containsExactly(new Effect.Ignored(2, "Commit", IgnoreReason.OLD_EPOCH));
        assertThat(bench.arrive(3, new Message.Status(0, 0, 0, 0))).containsExactly(new Effect.SendClosing(3, 0));
    }

    @Test
    void aViewChangeOfAnEndedEpochIsVoid() {
        Bench bench = inEpochOne(Bench.founding(4, 1));

        bench.arrive(2, bench.viewChange(2, 1, Optional.empty()));
        bench.arrive(3, bench.viewChange(3, 1, Optional.empty()));

        assertThat(bench.inspect().view()).isZero();
        assertThat(bench.inspect().mode()).isEqualTo(new Mode.Active());
    }

    @Test
    void whoIsBehindOpensTheEpochOnceItHasExecutedItsLastEntry() {
        Bench bench = Bench.founding(4, 1);
        Batch batch = rejoins(bench, 3);
        MemberTable next = bench.cluster().members().after(batch);
        CheckpointStatement closing = Bench.statement(2, "ledger", Optional.of(next));
        ClosedEpoch closed = new ClosedEpoch(bench.certificate(closing, 0, 2, 3), next);

        List<Effect> shown = bench.arrive(2, new Message.EpochClosed(closed));
        assertThat(Bench.only(Effect.EpochOpened.class, shown)).isEmpty();
        assertThat(bench.inspect().mode()).isEqualTo(new Mode.Closing(2));

        bench.arrive(2, new Message.Status(1, 0, 2, 2));
        bench.tick(bench.cluster().config(1).resendTicks());
        List<Effect> learnt = bench.arrive(
                2, new Message.Entries(List.of(bench.decided(1, bench.batch(1)), bench.decided(2, batch))));
        assertThat(Bench.only(Effect.EpochOpened.class, learnt)).containsExactly(new Effect.EpochOpened(closed));
        assertThat(bench.inspect().epoch()).isEqualTo(1);
    }

    @Test
    void whoseDirectoryIsNotTheTablesSignsNothingButItsRejoin() {
        SimCluster cluster = new SimCluster(4);
        Request.Rejoin rejoin = cluster.rejoin(3, 0, 1);
        Bench bench = Bench.recovered(cluster, 3, wiped(cluster, Optional.of(rejoin)));
        assertThat(bench.first())
                .contains(
                        new Effect.Persist(new VoteRecord.OwnRejoin(rejoin)),
                        new Effect.Broadcast(new Message.Forward(rejoin)));

        assertThat(bench.arrive(0, bench.prePrepare(0, 1, bench.batch(1))))
                .containsExactly(new Effect.Ignored(0, "PrePrepare", IgnoreReason.NOT_ACTIVE));
        assertThat(bench.arrive(1, bench.viewChange(1, 1, Optional.empty())))
                .containsExactly(new Effect.Ignored(1, "ViewChange", IgnoreReason.NOT_ACTIVE));
        assertThat(bench.step(new Event.CheckpointReady(Bench.statement(3), Optional.empty())))
                .isEmpty();
        assertThat(Bench.broadcast(
                        Message.Forward.class, bench.tick(cluster.config(3).resendTicks())))
                .containsExactly(new Message.Forward(rejoin));
    }

    @Test
    void whoRejoinedIsActiveInTheEpochThatItsRejoinOpened() {
        SimCluster cluster = new SimCluster(4);
        Request.Rejoin rejoin = cluster.rejoin(3, 0, 1);
        Bench bench = Bench.recovered(cluster, 3, wiped(cluster, Optional.of(rejoin)));
        Batch batch = Batch.of(List.of(rejoin));
        MemberTable next = cluster.members().after(batch);
        CheckpointStatement closing = Bench.statement(1, "ledger", Optional.of(next));
        bench.arrive(1, new Message.Status(0, 0, 1, 0));
        bench.tick(cluster.config(3).resendTicks());
        bench.arrive(1, new Message.Entries(List.of(bench.decided(1, batch))));
        assertThat(bench.inspect().mode()).isEqualTo(new Mode.Rejoining());
        assertThat(bench.step(new Event.Executed(1, true, true))).isEmpty();
        assertThat(bench.step(new Event.CheckpointReady(closing, Optional.of(next))))
                .isEmpty();

        bench.arrive(0, new Message.EpochClosed(new ClosedEpoch(bench.certificate(closing, 0, 1, 2), next)));

        assertThat(bench.inspect().mode()).isEqualTo(new Mode.Active());
        assertThat(bench.inspect().epoch()).isEqualTo(1);
        assertThat(bench.inspect().members().member(3).incarnation()).isEqualTo(1);
    }

    @Test
    void aCopyWhoseReplicaHasRejoinedElsewhereAsksToBeStoppedAndStaysSilent() {
        SimCluster cluster = new SimCluster(4);
        Bench bench = Bench.recovered(cluster, 3, wiped(cluster, Optional.empty()));
        assertThat(Bench.only(Effect.Superseded.class, bench.first()))
                .containsExactly(new Effect.Superseded(0, SimCluster.directory(3, 0)));

        assertThat(Bench.broadcast(Message.Forward.class, bench.first())).isEmpty();
        assertThat(Bench.broadcast(Message.Forward.class, bench.tick(100))).isEmpty();
        assertThat(bench.inspect().mode()).isEqualTo(new Mode.Rejoining());
    }

    @Test
    void aRunningReplicaWhoseReplicaRejoinsElsewhereAsksOnceToBeStopped() {
        Bench bench = Bench.founding(4, 3);

        assertThat(Bench.only(Effect.Superseded.class, rejoinOfReplica3(bench)))
                .containsExactly(new Effect.Superseded(1, SimCluster.directory(3, 1)));

        assertThat(Bench.only(Effect.Superseded.class, bench.tick(100))).isEmpty();
        assertThat(bench.inspect().mode()).isEqualTo(new Mode.Rejoining());
    }

    @Test
    void aSecondRejoinOfAReplicaWaitsForItsPace() {
        Bench bench = inEpochOne(Bench.founding(4, 1));
        Request.Rejoin again = bench.cluster().rejoin(3, 1, 2);

        assertThat(Bench.broadcast(Message.PrePrepare.class, bench.arrive(3, new Message.Forward(again))))
                .isEmpty();
        List<Effect> later = bench.tick((int) bench.cluster().config(1).rejoinTicks());
        assertThat(Bench.broadcast(Message.PrePrepare.class, later))
                .extracting(Message.PrePrepare::batch)
                .filteredOn(batch -> batch.kind() == Batch.Kind.EPOCH)
                .containsExactly(Batch.of(List.of(again)));
    }

    @Test
    void aReplicaOfALaterEpochIsToldThatThisOneIsBehind() {
        Bench bench = Bench.founding(4, 1);
        bench.tick(bench.cluster().config(1).resendTicks());

        assertThat(bench.arrive(
                        2, bench.prepare(2, new Ballot(1, 0, 5, bench.batch(1).digest()))))
                .containsExactly(
                        new Effect.Send(2, new Message.Status(0, 0, 0, 0)),
                        new Effect.Ignored(2, "Prepare", IgnoreReason.FUTURE_EPOCH));
    }

    private static Batch rejoins(Bench bench, int replica) {
        return Batch.of(List.of(bench.cluster().rejoin(replica, 0, 1)));
    }

    private static Bench inEpochOne(Bench bench) {
        rejoinOfReplica3(bench);
        assertThat(bench.inspect().epoch()).isEqualTo(1);
        return bench;
    }

    /** Replica 3 rejoins with the entry at 1; what follows when that becomes stable. */
    private static List<Effect> rejoinOfReplica3(Bench bench) {
        Batch batch = rejoins(bench, 3);
        MemberTable next = bench.cluster().members().after(batch);
        CheckpointStatement closing = Bench.statement(1, "ledger", Optional.of(next));
        bench.decide(1, batch);
        bench.step(new Event.Executed(1, true, true));
        bench.step(new Event.CheckpointReady(closing, Optional.of(next)));
        List<Effect> effects = new ArrayList<>(bench.arrive(0, bench.checkpoint(0, closing)));
        effects.addAll(bench.arrive(2, bench.checkpoint(2, closing)));
        return effects;
    }

    private static Recovered wiped(SimCluster cluster, Optional<Request.Rejoin> rejoin) {
        return new Recovered(
                cluster.members(),
                SimCluster.directory(3, 1),
                rejoin,
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
                false,
                Recovered.Sealing.NONE);
    }
}
