package io.sherd.consensus.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.sherd.replication.ledger.Batch;
import io.sherd.replication.ledger.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class PromptnessTest {

    private final Bench bench = Bench.founding(4, 2);
    private final int timeout = bench.cluster().config(2).requestTimeoutTicks();
    private final int patience = bench.cluster().config(2).resendTicks();
    private final int late = timeout - 8;
    private final List<Request> open = new ArrayList<>();
    private long nextId = 1;
    private long nextPosition = 1;

    @Test
    void aPrimaryThatOrdersEachRequestJustInTimeIsLeft() {
        // Only a round shows what may be expected.
        assertThat(orderLate(0)).isEmpty();
        assertThat(orderLate(0)).isEmpty();

        List<Message.ViewChange> asked = orderLate(0);

        assertThat(asked).extracting(Message.ViewChange::view).containsOnly(1L);
        assertThat(bench.inspect().mode()).isEqualTo(new Mode.ChangingView(1));
    }

    @Test
    void aPrimaryThatOrdersEachRequestAtOnceStays() {
        for (int i = 0; i < 100; i++) {
            order(0, patience);
        }

        assertThat(bench.inspect().mode()).isEqualTo(new Mode.Active());
        assertThat(bench.inspect().view()).isZero();
    }

    @Test
    void aPrimaryThatIsLateOnceInAWhileStays() {
        for (int i = 0; i < 20; i++) {
            order(0, late);
            bench.tick(2 * timeout - 10);
        }

        assertThat(bench.inspect().mode()).isEqualTo(new Mode.Active());
        assertThat(bench.inspect().view()).isZero();
    }

    @Test
    void aRequestThatThePrimaryMakesWaitIsShownToAllAgainAndAgain() {
        order(0, 1);
        Request.Operation waiting = submit();

        assertThat(complaints(bench.tick(patience))).isEmpty();
        assertThat(complaints(bench.tick(1))).containsExactly(new Message.Forward(waiting));
        assertThat(complaints(bench.tick(patience - 1))).isEmpty();
        assertThat(complaints(bench.tick(1))).containsExactly(new Message.Forward(waiting));
    }

    @Test
    void whatElseWaitsIsRelayedToThePrimaryAgain() {
        order(0, 1);
        submit();
        Request.Operation second = submit();

        assertThat(bench.tick(patience)).contains(new Effect.Send(0, new Message.Forward(second)));
        assertThat(bench.tick(1)).contains(new Effect.Send(0, new Message.Forward(second)));
    }

    @Test
    void beforeTheFirstRoundNothingIsExpected() {
        submit();

        assertThat(complaints(bench.tick(timeout / 2 - 1))).isEmpty();
        assertThat(bench.inspect().patienceTicks()).isEqualTo(timeout);
    }

    @Test
    void whereRoundsTakeLongAProposalMayTakeTwiceAsLong() {
        Batch batch = Batch.of(List.of(submit()));
        Ballot ballot = Bench.ballot(0, 1, batch);
        bench.arrive(0, bench.prePrepare(0, 1, batch));
        bench.tick(12);
        decide(ballot);

        assertThat(bench.inspect().patienceTicks()).isEqualTo(24);
    }

    @Test
    void whileRoundsAreFullNothingIsExpected() {
        order(0, 1);
        for (int round = 0; round < bench.cluster().config(2).maxRoundsInFlight(); round++) {
            bench.arrive(0, bench.prePrepare(0, nextPosition++, bench.batch(nextId++)));
        }
        submit();

        assertThat(complaints(bench.tick(timeout / 2 - 1))).isEmpty();
    }

    @Test
    void behindAFullBatchNothingIsExpectedForAWhile() {
        order(0, 1);
        submit();
        bench.tick(patience - 1);
        List<Request> many = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            many.add(bench.cluster().operation(1, nextId++, 700));
        }
        bench.arrive(0, bench.prePrepare(0, nextPosition++, Batch.of(many)));

        assertThat(complaints(bench.tick(patience - 1))).isEmpty();
        assertThat(complaints(bench.tick(1))).hasSize(1);
    }

    @Test
    void whoIsBehindExpectsNothing() {
        order(0, 1);
        submit();
        bench.arrive(0, new Message.Status(0, 0, 100, 0));
        bench.arrive(1, new Message.Status(0, 0, 100, 0));

        assertThat(complaints(bench.tick(timeout / 2 - 1))).isEmpty();
    }

    @Test
    void whatFReplicasSayOfThemselvesExcusesNobody() {
        order(0, 1);
        submit();
        bench.arrive(0, new Message.Status(0, 0, 100, 0));

        assertThat(complaints(bench.tick(patience + 1))).hasSize(1);
    }

    @Test
    void whatAnotherReplicaMissesIsRelayedToo() {
        order(0, 1);
        Request.Operation other = bench.cluster().operation(1, nextId++, 10);
        bench.arrive(1, new Message.Forward(other));

        assertThat(complaints(bench.tick(patience - 1))).isEmpty();
        assertThat(complaints(bench.tick(1))).containsExactly(new Message.Forward(other));
    }

    @Test
    void whereFPlusOnePrimariesInARowAreSlowPatienceGrows() {
        leaveForBeingSlow(0);
        assertThat(bench.inspect().patienceTicks()).isEqualTo(patience);
        enter(1);
        leaveForBeingSlow(1);

        assertThat(bench.inspect().patienceTicks()).isEqualTo(2L * patience);
    }

    @Test
    void afterLongEnoughWorkWithoutComplaintPatienceShrinksAgain() {
        leaveForBeingSlow(0);
        enter(1);
        leaveForBeingSlow(1);
        enter(3);
        for (int work = 0; work < Promptness.CALM_TIMEOUTS * timeout; work++) {
            assertThat(bench.inspect().patienceTicks()).isEqualTo(2L * patience);
            order(3, 1);
        }
        order(3, 1);

        assertThat(bench.inspect().view()).isEqualTo(3);
        assertThat(bench.inspect().patienceTicks()).isEqualTo(patience);
    }

    private void leaveForBeingSlow(long view) {
        while (orderLate(view).isEmpty()) {
            assertThat(bench.inspect().view()).isEqualTo(view);
        }
    }

    /** A request that is ordered just before its timeout; returns what this replica asks for. */
    private List<Message.ViewChange> orderLate(long view) {
        return Bench.broadcast(Message.ViewChange.class, order(view, late));
    }

    /** A request comes in here, and is ordered so many ticks later, with those that are still open. */
    private List<Effect> order(long view, int ticks) {
        submit();
        Batch batch = Batch.of(open);
        List<Effect> effects = new ArrayList<>(bench.tick(ticks));
        Ballot ballot = Bench.ballot(view, nextPosition, batch);
        bench.arrive(primary(view), bench.prePrepare(view, nextPosition, batch));
        decide(ballot);
        if (bench.inspect().executed() == nextPosition) {
            bench.step(new Event.Executed(nextPosition, true, true));
            bench.arrive(0, new Message.Certificate(bench.certificate(Bench.statement(nextPosition), 0, 1, 3)));
            nextPosition++;
            open.clear();
        }
        return effects;
    }

    private void decide(Ballot ballot) {
        for (int replica = 0; replica < 4; replica++) {
            if (replica != 2 && replica != primary(ballot.view())) {
                bench.arrive(replica, bench.prepare(replica, ballot));
            }
        }
        for (int replica = 0; replica < 4; replica++) {
            if (replica != 2) {
                bench.arrive(replica, bench.commit(replica, ballot));
            }
        }
    }

    private void enter(long view) {
        List<Message.ViewChange> asking = List.of(
                bench.viewChange(0, view, Optional.empty()),
                bench.viewChange(1, view, Optional.empty()),
                bench.viewChange(3, view, Optional.empty()));
        bench.arrive(primary(view), bench.newView(view, asking, new TreeMap<>()));
        assertThat(bench.inspect().view()).isEqualTo(view);
        assertThat(bench.inspect().mode()).isEqualTo(new Mode.Active());
    }

    private int primary(long view) {
        return bench.cluster().quorums().primaryOf(0, view);
    }

    private Request.Operation submit() {
        Request.Operation operation = bench.cluster().operation(0, nextId++, 10);
        bench.submit(operation);
        open.add(operation);
        return operation;
    }

    private static List<Message.Forward> complaints(List<Effect> effects) {
        return Bench.broadcast(Message.Forward.class, effects);
    }
}
