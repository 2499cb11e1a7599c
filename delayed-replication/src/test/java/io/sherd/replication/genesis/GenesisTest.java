package io.sherd.replication.genesis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sherd.merkle.Digest;
import io.sherd.replication.Quorums;
import io.sherd.replication.testing.TestCluster;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class GenesisTest {

    private final Genesis valid = TestCluster.of(7).genesis();

    @Test
    void everyPartIsUnderTheClusterId() {
        assertThat(List.of(
                        valid.clusterId(),
                        with("other", valid.nonce(), valid.piecesNeeded(), valid.stateMachine(), valid.limits())
                                .clusterId(),
                        with("test", Digest.ZERO, valid.piecesNeeded(), valid.stateMachine(), valid.limits())
                                .clusterId(),
                        with("test", valid.nonce(), 4, valid.stateMachine(), valid.limits())
                                .clusterId(),
                        with("test", valid.nonce(), valid.piecesNeeded(), "other", valid.limits())
                                .clusterId(),
                        with("test", valid.nonce(), valid.piecesNeeded(), valid.stateMachine(), Limits.DEFAULT)
                                .clusterId(),
                        TestCluster.of(7, 1, 5).genesis().clusterId()))
                .doesNotHaveDuplicates();
        assertThat(valid.signingDomain().clusterId()).isEqualTo(valid.clusterId());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2, 6, 7})
    void onlyKFromFPlusOneToNMinusFIsTaken(int k) {
        assertThatThrownBy(() -> with("test", valid.nonce(), k, "echo", valid.limits()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("pieces-needed is %d, must be f + 1 = 3 to n - f = 5".formatted(k));
    }

    @Test
    void partsThatDoNotFitTogetherAreRefused() {
        assertThatThrownBy(() -> with(" ", valid.nonce(), 5, "echo", valid.limits()))
                .hasMessage("a cluster's name has 1 to 100 characters");
        assertThatThrownBy(() -> with("x".repeat(101), valid.nonce(), 5, "echo", valid.limits()))
                .hasMessage("a cluster's name has 1 to 100 characters");
        assertThatThrownBy(() -> new Genesis(
                        "test", valid.nonce(), new Quorums(8, 2), 5, "echo", valid.limits(), valid.members()))
                .hasMessage("the genesis says 8 replicas and lists 7");
        MemberTable later = new MemberTable(1, valid.members().members(), List.of(), List.of());
        assertThatThrownBy(() -> new Genesis("test", valid.nonce(), valid.quorums(), 5, "echo", valid.limits(), later))
                .hasMessage("a genesis has the member table of epoch 0, not 1");
    }

    @Test
    void everyLimitHasItsBounds() {
        int[] good = {1 << 20, 128, 256, 64 << 20, 2 << 20, 4 << 20, 8 << 20, 4, 1024, 1024, 1000};
        assertThat(limits(good)).isEqualTo(Limits.DEFAULT);
        String[] names = {
            "segment-target-bytes",
            "checkpoint-interval",
            "window",
            "window-bytes",
            "request-bytes",
            "batch-bytes",
            "frame-bytes",
            "state-checkpoint-every",
            "session-window",
            "result-bytes",
            "seal-millis"
        };
        for (int i = 0; i < good.length; i++) {
            for (int wrong : new int[] {0, Integer.MAX_VALUE}) {
                int[] numbers = good.clone();
                numbers[i] = wrong;
                assertThatThrownBy(() -> limits(numbers))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining(names[i].startsWith("window") ? "window" : " is ");
            }
        }
        int[] narrow = good.clone();
        narrow[2] = 255;
        assertThatThrownBy(() -> limits(narrow)).hasMessage("window is 255, must be 256 to 131072");
    }

    private static Limits limits(int[] n) {
        return new Limits(n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7], n[8], n[9], n[10]);
    }

    private Genesis with(String name, Digest nonce, int k, String stateMachine, Limits limits) {
        return new Genesis(name, nonce, valid.quorums(), k, stateMachine, limits, valid.members());
    }
}
