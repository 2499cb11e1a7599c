package io.sherd.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.sherd.archive.state.KeyValueOperation;
import io.sherd.replication.wire.Bytes;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class WorkloadTest {

    @Test
    void signedRequestIsOneReadAndOnePutOfTheSameKeyInOneKibibyte() throws Exception {
        Bytes payload = Workload.SIGNED.payload(new SplittableRandom(1));

        assertThat(payload.size()).isBetween(1024, 1034);
        assertThat(KeyValueOperation.decode(payload)).isInstanceOfSatisfying(KeyValueOperation.Many.class, many -> {
            assertThat(many.operations())
                    .hasExactlyElementsOfTypes(KeyValueOperation.Get.class, KeyValueOperation.Put.class);
            assertThat(many.operations().getFirst().key())
                    .isEqualTo(many.operations().getLast().key());
        });
    }

    @Test
    void batchedRequestIsAHundredPuts() throws Exception {
        Bytes payload = Workload.BATCHED.payload(new SplittableRandom(1));

        assertThat(KeyValueOperation.decode(payload))
                .isInstanceOfSatisfying(
                        KeyValueOperation.Many.class,
                        many -> assertThat(many.operations())
                                .hasSize(Workload.BATCHED.operationsPerRequest())
                                .hasOnlyElementsOfType(KeyValueOperation.Put.class));
    }

    @Test
    void sameSeedAsksForTheSame() {
        for (Workload workload : Workload.values()) {
            assertThat(workload.payload(new SplittableRandom(7))).isEqualTo(workload.payload(new SplittableRandom(7)));
        }
    }
}
