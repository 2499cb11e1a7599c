package io.sherd.replication.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sherd.replication.ledger.Signature;
import io.sherd.replication.testing.KeyedHash;
import io.sherd.replication.testing.TestCluster;
import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.WireFormatException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

final class StorageReceiptTest {

    private final TestCluster cluster = TestCluster.of(4);
    private final StorageReceipt valid =
            StorageReceipt.sign(cluster.domain(), cluster.replicas().get(2), 3, 2, 5, 9, TestCluster.hash("history"));

    private boolean isSignedBy(StorageReceipt receipt, int replica) {
        return receipt.isSignedFor(
                cluster.domain(),
                KeyedHash.VERIFIER,
                cluster.replicas().get(replica).key());
    }

    @Test
    void aReceiptIsReadAgainAndHoldsForItsSignerAlone() throws WireFormatException {
        StorageReceipt read = StorageReceipt.decode(new ByteReader(valid.encoded()));
        assertThat(read).isEqualTo(valid);
        assertThat(isSignedBy(read, 2)).isTrue();
        assertThat(isSignedBy(read, 1)).isFalse();
        assertThat(read.isSignedFor(
                        TestCluster.of(5).domain(),
                        KeyedHash.VERIFIER,
                        cluster.replicas().get(2).key()))
                .isFalse();
    }

    @Test
    void everyFieldIsUnderTheSignature() {
        byte[] bytes = valid.encoded().toByteArray();
        for (int i = 0; i < bytes.length - Signature.SIZE_BYTES; i++) {
            byte[] changed = bytes.clone();
            changed[i] ^= 1;
            try {
                assertThat(isSignedBy(StorageReceipt.decode(new ByteReader(changed)), 2))
                        .isFalse();
            } catch (WireFormatException e) {
                assertThat(e.getMessage()).startsWith("receipt: a receipt for segments");
            }
        }
    }

    @Test
    void anEmptyOrNegativeRangeIsRefused() {
        for (long[] range : new long[][] {{5, 5}, {6, 5}, {-1, 5}}) {
            assertThatThrownBy(() -> new StorageReceipt(
                            0, 0, range[0], range[1], TestCluster.hash("history"), valid.signature()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("a receipt for segments %d to %d".formatted(range[0], range[1]));
        }
    }

    @Test
    void everyTruncationIsRefused() {
        byte[] bytes = valid.encoded().toByteArray();
        for (int size = 0; size < bytes.length; size++) {
            byte[] shorter = Arrays.copyOf(bytes, size);
            assertThatThrownBy(() -> StorageReceipt.decode(new ByteReader(shorter)))
                    .isInstanceOf(WireFormatException.class);
        }
    }
}
