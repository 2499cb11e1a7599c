package io.sherd.consensus.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.sherd.consensus.wire.TestCluster;
import io.sherd.consensus.wire.TestKeys;
import io.sherd.replication.ledger.Request;
import io.sherd.replication.ledger.Signer;
import io.sherd.replication.wire.Bytes;
import org.junit.jupiter.api.Test;

class WaitingOperationsTest {
    private static final int PER_CLIENT = 3;
    private static final int PAYLOAD_BYTES = 100;
    private static final int SIZE_BYTES = Request.Operation.OVERHEAD_BYTES + PAYLOAD_BYTES;

    private final TestCluster cluster = new TestCluster(4);
    private final Signer one = TestKeys.signer("one");
    private final Signer two = TestKeys.signer("two");

    @Test
    void aClientThatFillsItsShareLeavesRoomForOthers() {
        WaitingOperations waiting = new WaitingOperations(PER_CLIENT, Long.MAX_VALUE);
        add(waiting, one, 1, 2, 3);

        assertThat(waiting.hasRoomFor(operation(one, 4))).isFalse();
        assertThat(waiting.hasRoomFor(operation(two, 4))).isTrue();
        assertThat(waiting.hasRoomFor(operation(one, 2)))
                .as("one that waits already")
                .isTrue();
        assertThat(waiting.count()).isEqualTo(3);
    }

    @Test
    void allTogetherHaveABoundInBytes() {
        WaitingOperations waiting = new WaitingOperations(PER_CLIENT, 2 * SIZE_BYTES);
        add(waiting, one, 1);
        assertThat(waiting.hasRoomFor(operation(two, 1))).isTrue();
        add(waiting, two, 1);

        assertThat(waiting.hasRoomFor(operation(two, 2))).isFalse();
        waiting.done(one.key(), 1);
        assertThat(waiting.hasRoomFor(operation(two, 2))).isTrue();
    }

    @Test
    void whatIsSentAgainCountsOnce() {
        WaitingOperations waiting = new WaitingOperations(PER_CLIENT, 2 * SIZE_BYTES);
        add(waiting, one, 1, 1, 1);

        assertThat(waiting.count()).isEqualTo(1);
        assertThat(waiting.hasRoomFor(operation(one, 2))).isTrue();
        waiting.done(one.key(), 1);
        assertThat(waiting.count()).isZero();
    }

    @Test
    void whatWasNeverAddedMayBeDone() {
        WaitingOperations waiting = new WaitingOperations(PER_CLIENT, Long.MAX_VALUE);
        waiting.done(one.key(), 1);
        add(waiting, one, 5);
        waiting.done(one.key(), 4);

        assertThat(waiting.count()).isEqualTo(1);
    }

    @Test
    void whatCanNeverBeExecutedAnyMoreLeavesWithLaterOnes() {
        WaitingOperations waiting = new WaitingOperations(PER_CLIENT, Long.MAX_VALUE);
        add(waiting, one, 1, 2);

        waiting.done(one.key(), 1 + PER_CLIENT + 1);

        assertThat(waiting.count())
                .as("id 1 is below the window of id 5, id 2 is not")
                .isEqualTo(1);
        waiting.done(one.key(), 100);
        assertThat(waiting.count()).isZero();
    }

    private void add(WaitingOperations waiting, Signer client, long... ids) {
        for (long id : ids) {
            waiting.add(operation(client, id));
        }
    }

    private Request.Operation operation(Signer client, long id) {
        return Request.Operation.sign(cluster.domain(), client, id, Bytes.wrap(new byte[PAYLOAD_BYTES]));
    }
}
