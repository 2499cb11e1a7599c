package io.sherd.consensus.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.sherd.consensus.sim.SimCluster;
import io.sherd.replication.ledger.Batch;
import io.sherd.replication.ledger.Request;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RequestQueueTest {

    private static final long ROOM = 1 << 20;

    private final SimCluster cluster = new SimCluster(4);
    private final RequestQueue queue = new RequestQueue(100, ROOM);
    private long nextId = 1;

    @Test
    void clientsTakeTurnsHoweverManyOneOfThemSends() {
        List<Request> flood = offer(0, 50);
        List<Request> others = new ArrayList<>(offer(1, 2));
        others.addAll(offer(2, 1));

        assertThat(queue.gatherOperations(ROOM).subList(0, 6))
                .containsExactly(flood.get(0), others.get(0), others.get(2), flood.get(1), others.get(1), flood.get(2));
    }

    @Test
    void whoHadNoTurnInABatchBeginsTheNext() {
        Request first = offer(0, 2).getFirst();
        Request other = offer(1, 1).getFirst();
        long one = Batch.of(List.of(first)).sizeBytes();
        assertThat(queue.gatherOperations(one)).containsExactly(first);

        queue.proposed(Batch.of(List.of(first)));

        assertThat(queue.gatherOperations(one)).containsExactly(other);
    }

    @Test
    void aFloodMakesRoomForAClientThatHasLess() {
        List<Request> flood = offer(0, 100);
        Request other = cluster.operation(1, nextId++, 100);

        assertThat(queue.offer(other, other.digest(), 0, true)).isNull();

        assertThat(queue.size()).isEqualTo(100);
        assertThat(queue.isPending(other.digest())).isTrue();
        assertThat(queue.isPending(flood.getLast().digest())).isFalse();
        assertThat(queue.isPending(flood.get(98).digest())).isTrue();
    }

    @Test
    void ofTwoOperationsWithOneIdOneIsPendingUntilEitherIsExecuted() {
        Request first = cluster.operation(0, 7, 100);
        Request second = cluster.operation(0, 7, 200);
        assertThat(queue.offer(first, first.digest(), 0, true)).isNull();
        assertThat(queue.offer(second, second.digest(), 0, true)).isEqualTo(IgnoreReason.CONFLICTING);

        queue.executed(Batch.of(List.of(second)));

        assertThat(queue.size()).isZero();
        assertThat(queue.hasWaiting()).isFalse();
        Request third = cluster.operation(0, 7, 300);
        assertThat(queue.offer(third, third.digest(), 0, true)).isNull();
    }

    @Test
    void aFloodMakesNoRoomForItself() {
        offer(0, 100);
        Request more = cluster.operation(0, nextId++, 100);

        assertThat(queue.offer(more, more.digest(), 0, true)).isEqualTo(IgnoreReason.QUEUE_FULL);
    }

    @Test
    void aFloodOfSmallRequestsMakesRoomForALargeOne() {
        List<Request> flood = offer(0, 100);
        Request large = cluster.operation(1, nextId++, 100_000);

        assertThat(queue.offer(large, large.digest(), 0, true)).isNull();

        assertThat(queue.size()).isEqualTo(100);
        assertThat(queue.isPending(flood.getLast().digest())).isFalse();
    }

    @Test
    void aFloodOfLargeRequestsMakesRoomForASmallOne() {
        RequestQueue narrow = new RequestQueue(100, 3_800);
        Request small = cluster.operation(1, nextId++, 100);
        Request large = cluster.operation(0, nextId++, 1_700);
        Request latest = cluster.operation(0, nextId++, 1_700);
        assertThat(narrow.offer(large, large.digest(), 0, true)).isNull();
        assertThat(narrow.offer(latest, latest.digest(), 0, true)).isNull();

        assertThat(narrow.offer(small, small.digest(), 0, true)).isNull();

        assertThat(narrow.isPending(large.digest())).isTrue();
        assertThat(narrow.isPending(latest.digest())).isFalse();
    }

    @Test
    void aFullQueueMakesRoomForARejoin() {
        List<Request> flood = offer(0, 50);
        List<Request> others = offer(1, 50);
        Request rejoin = cluster.rejoin(3, 0, 1);

        assertThat(queue.offer(rejoin, rejoin.digest(), 0, false)).isNull();

        assertThat(queue.waitingRejoins()).containsExactly((Request.Rejoin) rejoin);
        assertThat(queue.size()).isEqualTo(100);
        assertThat(queue.isPending(flood.getLast().digest())).isFalse();
        assertThat(queue.isPending(others.getLast().digest())).isTrue();
    }

    @Test
    void clientsWithEquallyMuchDoNotCrowdEachOtherOut() {
        offer(0, 50);
        offer(1, 50);
        Request more = cluster.operation(1, nextId++, 100);

        assertThat(queue.offer(more, more.digest(), 0, true)).isEqualTo(IgnoreReason.QUEUE_FULL);
    }

    @Test
    void whatIsProposedMakesNoRoom() {
        List<Request> flood = offer(0, 100);
        queue.proposed(Batch.of(flood));
        Request other = cluster.operation(1, nextId++, 100);

        assertThat(queue.offer(other, other.digest(), 0, true)).isEqualTo(IgnoreReason.QUEUE_FULL);
    }

    @Test
    void anotherViewLetsAllWaitAgainInTheOrderOfArrival() {
        List<Request> first = offer(0, 2);
        List<Request> second = offer(1, 1);
        queue.proposed(Batch.of(first));

        queue.newView();

        assertThat(queue.gatherOperations(ROOM)).containsExactly(first.get(0), second.get(0), first.get(1));
    }

    private List<Request> offer(int client, int count) {
        List<Request> offered = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Request request = cluster.operation(client, nextId++, 100);
            assertThat(queue.offer(request, request.digest(), 0, true)).isNull();
            offered.add(request);
        }
        return offered;
    }
}
