package io.sherd.consensus.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sherd.replication.ledger.Signature;
import io.sherd.replication.ledger.Signer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class VerifiedSignaturesTest {

    private static final int CAPACITY = 8;

    private final AtomicInteger checks = new AtomicInteger();
    private final Signer signer = TestKeys.signer("a");
    private final VerifiedSignatures signatures = new VerifiedSignatures(
            (key, message, signature) -> {
                checks.incrementAndGet();
                return TestKeys.VERIFIER.verify(key, message, signature);
            },
            CAPACITY);

    @Test
    void aGoodSignatureIsCheckedOnce() {
        byte[] message = {1, 2, 3};
        Signature signature = signer.sign(message);
        assertThat(signatures.verify(signer.key(), message, signature)).isTrue();
        assertThat(signatures.verify(signer.key(), message, signature)).isTrue();
        assertThat(checks).hasValue(1);
    }

    @Test
    void aBadSignatureIsBadEveryTimeAndNotRemembered() {
        byte[] message = {1, 2, 3};
        Signature signature = signer.sign(new byte[] {9});
        assertThat(signatures.verify(signer.key(), message, signature)).isFalse();
        assertThat(signatures.verify(signer.key(), message, signature)).isFalse();
        assertThat(checks).hasValue(2);
        assertThat(signatures.size()).isZero();
    }

    @Test
    void aRememberedSignatureServesForNoOtherKeyMessageOrSignature() {
        byte[] message = {1, 2, 3};
        Signature signature = signer.sign(message);
        assertThat(signatures.verify(signer.key(), message, signature)).isTrue();
        assertThat(signatures.verify(TestKeys.signer("b").key(), message, signature))
                .isFalse();
        assertThat(signatures.verify(signer.key(), new byte[] {1, 2}, signature))
                .isFalse();
        assertThat(signatures.verify(signer.key(), message, signer.sign(new byte[0])))
                .isFalse();
    }

    @Test
    void theLatestAreRememberedAndNoMoreThanTwoGenerations() {
        for (int i = 0; i < 100; i++) {
            byte[] message = {(byte) i};
            assertThat(signatures.verify(signer.key(), message, signer.sign(message)))
                    .isTrue();
            assertThat(signatures.size()).isLessThanOrEqualTo(2 * CAPACITY);
        }
        int before = checks.get();
        for (int i = 100 - CAPACITY; i < 100; i++) {
            byte[] message = {(byte) i};
            assertThat(signatures.verify(signer.key(), message, signer.sign(message)))
                    .isTrue();
        }
        assertThat(checks).hasValue(before);
    }

    @Test
    void verdictsAreRightWhenManyThreadsAsk() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<Integer>> wrong = new ArrayList<>();
            for (int t = 0; t < 4; t++) {
                wrong.add(threads.submit(this::wrongVerdicts));
            }
            for (Future<Integer> count : wrong) {
                assertThat(count.get()).isZero();
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(signatures.size()).isLessThanOrEqualTo(2 * (CAPACITY + 4));
    }

    @Test
    void aGenerationOfNoneIsRefused() {
        assertThatThrownBy(() -> new VerifiedSignatures(TestKeys.VERIFIER, 0))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private int wrongVerdicts() {
        int wrong = 0;
        for (int i = 0; i < 5_000; i++) {
            byte[] message = {(byte) i};
            boolean good = i % 3 != 0;
            Signature signature = signer.sign(good ? message : new byte[] {0, (byte) i});
            if (signatures.verify(signer.key(), message, signature) != good) {
                wrong++;
            }
        }
        return wrong;
    }
}
