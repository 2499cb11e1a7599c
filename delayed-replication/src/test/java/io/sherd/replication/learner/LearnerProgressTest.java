package io.sherd.replication.learner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sherd.merkle.Digest;
import io.sherd.replication.testing.Seeds;
import io.sherd.replication.testing.TestCluster;
import io.sherd.replication.testing.TestLedger;
import io.sherd.replication.wire.StoredRecord;
import io.sherd.replication.wire.WireFormatException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class LearnerProgressTest {

    private final TestCluster cluster = TestCluster.of(4);

    private LearnerProgress somewhere() {
        TestLedger ledger = new TestLedger(cluster, Seeds.random(LearnerProgressTest.class));
        ledger.grow(7, 10, 20);
        return LearnerRun.over(ledger, Seeds.random(LearnerProgressTest.class))
                .untilCaughtUp(50)
                .learner()
                .progress();
    }

    @Test
    void whatIsStoredIsReadAgain() throws WireFormatException {
        LearnerProgress start = LearnerProgress.start(cluster.genesis());
        assertThat(LearnerProgress.decode(start.encoded(), cluster.genesis())).isEqualTo(start);

        LearnerProgress later = somewhere();
        assertThat(later.frontier()).hasSize(3);
        assertThat(later.target()).isPresent();
        assertThat(LearnerProgress.decode(later.encoded(), cluster.genesis())).isEqualTo(later);
    }

    @Test
    void aProgressOfAnotherClusterIsRefused() {
        byte[] stored = somewhere().encoded();

        assertThatThrownBy(
                        () -> LearnerProgress.decode(stored, TestCluster.of(5).genesis()))
                .isInstanceOf(WireFormatException.class)
                .hasMessageContaining("this is cluster");
    }

    @Test
    void everyTruncationAndEveryFlippedByteIsRefused() {
        byte[] stored = somewhere().encoded();
        for (int i = 0; i < stored.length; i++) {
            byte[] shorter = java.util.Arrays.copyOf(stored, i);
            byte[] flipped = stored.clone();
            flipped[i] ^= 1;
            assertThatThrownBy(() -> LearnerProgress.decode(shorter, cluster.genesis()))
                    .isInstanceOf(WireFormatException.class);
            assertThatThrownBy(() -> LearnerProgress.decode(flipped, cluster.genesis()))
                    .isInstanceOf(WireFormatException.class);
        }
    }

    @Test
    void aTargetThatIsNeitherThereNorNotIsRefused() throws WireFormatException {
        byte[] stored = LearnerProgress.start(cluster.genesis()).encoded();
        byte[] payload = java.util.Arrays.copyOfRange(stored, 12, stored.length - 4);
        payload[payload.length - 1] = 2;
        byte[] wrong = StoredRecord.encode(StoredRecord.Kind.LEARNER_PROGRESS, LearnerProgress.FORMAT_VERSION, payload);

        assertThatThrownBy(() -> LearnerProgress.decode(wrong, cluster.genesis()))
                .isInstanceOf(WireFormatException.class)
                .hasMessage("target is 2, must be 0 or 1");
    }

    @Test
    void numbersAndFrontierMustFitTogether() {
        Digest id = cluster.genesis().clusterId();
        assertThatThrownBy(() -> new LearnerProgress(
                        id, 2, 2, id, List.of(id), cluster.genesis().members(), Optional.empty()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("2 segments cannot end before position 2");
        assertThatThrownBy(() -> new LearnerProgress(
                        id, 2, 3, id, List.of(id, id), cluster.genesis().members(), Optional.empty()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a frontier of 2 hashes for 2 segments");
        assertThat(new LearnerProgress(
                        id, 2, 3, id, List.of(id), cluster.genesis().members(), Optional.empty()))
                .hasToString("segment 2, position 3, ledger " + id.shortHex() + ", epoch 0");
    }
}
