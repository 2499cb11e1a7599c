package io.sherd.consensus.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.sherd.replication.ledger.Batch;
import org.junit.jupiter.api.Test;

class SealingTest {

    private static final int D = 10;

    private final Sealing sealing = new Sealing(D, Recovered.Sealing.NONE);

    @Test
    void nothingExecutedNeedsNoSeal() {
        assertThat(sealing.isDue(1000)).isFalse();
        sealing.executed(1, Batch.Kind.NULL, false, false, 0);
        assertThat(sealing.isDue(1000)).isFalse();
    }

    @Test
    void aRequestIsCoveredByTheSecondSealAfterIt() {
        sealing.executed(1, Batch.Kind.OPERATIONS, false, false, 100);
        assertThat(sealing.isDue(109)).isFalse();
        assertThat(sealing.isDue(110)).isTrue();

        sealing.executed(2, Batch.Kind.SEAL, true, true, 112);
        assertThat(sealing.isUncovered()).isTrue();
        assertThat(sealing.isDue(121)).isFalse();
        assertThat(sealing.isDue(122)).isTrue();

        sealing.executed(3, Batch.Kind.SEAL, true, true, 123);
        assertThat(sealing.isUncovered()).isFalse();
        assertThat(sealing.isDue(1000)).isFalse();
    }

    @Test
    void aClosingThatIsNoStateCheckpointCoversNothingNew() {
        sealing.executed(1, Batch.Kind.OPERATIONS, true, false, 0);
        sealing.executed(2, Batch.Kind.OPERATIONS, true, false, 0);

        assertThat(sealing.isUncovered()).isTrue();
    }

    @Test
    void anEntryAfterAClosingStartsTheWaitAnew() {
        sealing.executed(1, Batch.Kind.OPERATIONS, true, true, 0);
        sealing.executed(2, Batch.Kind.OPERATIONS, false, false, 50);
        sealing.executed(3, Batch.Kind.OPERATIONS, false, false, 55);

        assertThat(sealing.isDue(59)).isFalse();
        assertThat(sealing.isDue(60)).isTrue();
        assertThat(sealing.isOverdue(79)).isFalse();
        assertThat(sealing.isOverdue(80)).isTrue();
    }

    @Test
    void anEpochEntryNeedsASealToo() {
        sealing.executed(1, Batch.Kind.EPOCH, true, true, 0);

        assertThat(sealing.isDue(D)).isTrue();
    }

    @Test
    void aRestartWaitsFromItsStart() {
        Sealing restarted = new Sealing(D, new Recovered.Sealing(5, 3, 3));

        assertThat(restarted.isDue(D - 1)).isFalse();
        assertThat(restarted.isDue(D)).isTrue();
    }
}
