package io.sherd.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class QuorumsTest {

    @Test
    void forEveryClusterTwoQuorumsShareACorrectReplicaAndOneCanBeReached() {
        for (int n = 1; n <= Quorums.MAX_REPLICAS; n++) {
            assertThat(Quorums.largestFaultLimit(n)).isEqualTo((n + 2) / 3 - 1);
            for (int f = 0; 3 * f < n; f++) {
                Quorums quorums = new Quorums(n, f);
                int q = quorums.quorum();
                assertThat(2 * q - n).as("overlap at n=%d f=%d", n, f).isGreaterThanOrEqualTo(f + 1);
                assertThat(q).isLessThanOrEqualTo(n - f);
                assertThat(quorums.oneCorrect()).isEqualTo(f + 1);
                assertThat(quorums.preparesNeeded()).isEqualTo(q - 1);
                assertThat(quorums.isQuorum(q)).isTrue();
                assertThat(quorums.isQuorum(q - 1)).isFalse();
                assertThat(quorums.containsCorrect(f + 1)).isTrue();
                assertThat(quorums.containsCorrect(f)).isFalse();
                assertThat(quorums.isReplica(0)).isTrue();
                assertThat(quorums.isReplica(n - 1)).isTrue();
                assertThat(quorums.isReplica(n)).isFalse();
                assertThat(quorums.isReplica(-1)).isFalse();
            }
        }
    }

    @Test
    void thePrimaryGoesRoundWithTheViewAndStartsElsewhereInEachEpoch() {
        Quorums quorums = new Quorums(4, 1);

        assertThat(quorums.primaryOf(0, 0)).isZero();
        assertThat(quorums.primaryOf(0, 5)).isEqualTo(1);
        assertThat(quorums.primaryOf(3, 0)).isEqualTo(3);
        assertThat(quorums.primaryOf(3, 2)).isEqualTo(1);
        assertThat(quorums.primaryOf(Long.MAX_VALUE, Long.MAX_VALUE)).isBetween(0, 3);
    }

    @Test
    void moreFaultyReplicasThanCanBeToleratedAreRefused() {
        for (int n = 1; n <= Quorums.MAX_REPLICAS; n++) {
            int tooMany = Quorums.largestFaultLimit(n) + 1;
            int count = n;
            assertThatThrownBy(() -> new Quorums(count, tooMany))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("n > 3f does not hold");
        }
        assertThatThrownBy(() -> new Quorums(4, -1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Quorums(0, 0)).hasMessageContaining("1 to 256 replicas, not 0");
        assertThatThrownBy(() -> new Quorums(257, 1)).hasMessageContaining("1 to 256 replicas, not 257");
    }
}
