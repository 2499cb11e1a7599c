package io.sherd.consensus.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sherd.replication.Invariant;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.CheckpointStatement;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CheckpointsTest {

    private static final CheckpointStatement THREE = Bench.statement(3);

    @Test
    void aStatementIsSignedAndSentWhenTheOwnPieceIsDurable() {
        Bench bench = executedThree();

        assertThat(ready(bench, THREE)).containsExactly(new Effect.Broadcast(bench.checkpoint(1, THREE)));
    }

    @Test
    void aCheckpointIsStableWithNMinusFEqualStatements() {
        Bench bench = executedThree();
        ready(bench, THREE);
        assertThat(bench.arrive(0, bench.checkpoint(0, THREE))).isEmpty();
        CheckpointCertificate certificate = bench.certificate(THREE, 0, 1, 2);

        assertThat(bench.arrive(2, bench.checkpoint(2, THREE)))
                .containsExactly(
                        new Effect.Persist(new VoteRecord.StableCheckpoint(certificate)),
                        new Effect.Stable(certificate));
        assertThat(bench.inspect().stable()).isEqualTo(3);
        assertThat(bench.inspect().slots()).isZero();
    }

    @Test
    void differentStatementsAreNotAddedUp() {
        Bench bench = executedThree();
        ready(bench, THREE);
        CheckpointStatement other = Bench.statement(3, "other", Optional.empty());
        bench.arrive(0, bench.checkpoint(0, THREE));

        assertThat(bench.arrive(2, bench.checkpoint(2, other))).isEmpty();
        assertThat(bench.inspect().stable()).isZero();
        assertThat(Bench.only(Effect.Stable.class, bench.arrive(3, bench.checkpoint(3, THREE))))
                .containsExactly(new Effect.Stable(bench.certificate(THREE, 0, 1, 3)));
    }

    @Test
    void aLateSignatureIsItsSignersReceipt() {
        Bench bench = stableThree();

        assertThat(bench.arrive(3, bench.checkpoint(3, THREE)))
                .containsExactly(new Effect.Stable(bench.certificate(THREE, 0, 1, 2, 3)));
        assertThat(bench.arrive(3, bench.checkpoint(3, THREE)))
                .containsExactly(new Effect.Ignored(3, "Checkpoint", IgnoreReason.DUPLICATE));
        CheckpointStatement other = Bench.statement(3, "other", Optional.empty());
        assertThat(bench.arrive(3, bench.checkpoint(3, other)))
                .containsExactly(new Effect.Ignored(3, "Checkpoint", IgnoreReason.CONFLICTING));
    }

    @Test
    void stabilityIsToldOnlyWhenTheClosingIsExecutedHere() {
        Bench bench = Bench.founding(4, 1);
        bench.arrive(0, bench.checkpoint(0, THREE));
        bench.arrive(2, bench.checkpoint(2, THREE));
        CheckpointCertificate certificate = bench.certificate(THREE, 0, 2, 3);

        assertThat(bench.arrive(3, bench.checkpoint(3, THREE)))
                .containsExactly(new Effect.Persist(new VoteRecord.StableCheckpoint(certificate)));
        assertThat(bench.inspect().stable()).isEqualTo(3);

        bench.arrive(2, new Message.Status(0, 0, 3, 3));
        bench.tick(bench.cluster().config(1).resendTicks());
        bench.arrive(
                2,
                new Message.Entries(List.of(
                        bench.decided(1, bench.batch(1)),
                        bench.decided(2, bench.batch(2)),
                        bench.decided(3, bench.batch(3)))));
        assertThat(bench.step(new Event.Executed(1, false, false))).isEmpty();
        assertThat(bench.step(new Event.Executed(2, false, false))).isEmpty();
        assertThat(bench.step(new Event.Executed(3, true, false))).containsExactly(new Effect.Stable(certificate));
    }

    @Test
    void nMinusFCheckpointsAboveTheWindowShowThatThisReplicaIsBehind() {
        Bench bench = Bench.founding(4, 1);
        CheckpointStatement far = Bench.statement(100);
        bench.arrive(0, bench.checkpoint(0, far));
        bench.arrive(2, bench.checkpoint(2, far));

        List<Effect> effects = bench.arrive(3, bench.checkpoint(3, far));

        assertThat(effects)
                .containsExactly(new Effect.Persist(new VoteRecord.StableCheckpoint(bench.certificate(far, 0, 2, 3))));
        assertThat(bench.inspect().stable()).isEqualTo(100);
        assertThat(bench.arrive(0, bench.checkpoint(0, Bench.statement(99))))
                .containsExactly(new Effect.Ignored(0, "Checkpoint", IgnoreReason.BELOW_WINDOW));
    }

    @Test
    void fLiarsAboutFarCheckpointsChangeNothing() {
        Bench bench = Bench.founding(7, 1);
        for (long sequence = 100; sequence < 1000; sequence += 100) {
            bench.arrive(2, bench.checkpoint(2, Bench.statement(sequence)));
            bench.arrive(3, bench.checkpoint(3, Bench.statement(sequence)));
        }

        assertThat(bench.inspect().stable()).isZero();
        assertThat(bench.inspect().slots()).isZero();
    }

    @Test
    void anUnstableCheckpointIsSentAgain() {
        Bench bench = executedThree();
        ready(bench, THREE);

        List<Effect> effects = bench.tick(bench.cluster().config(1).resendTicks());

        assertThat(Bench.broadcast(Message.Checkpoint.class, effects)).containsExactly(bench.checkpoint(1, THREE));
    }

    @Test
    void aReplicaThatIsBehindIsShownTheCertificate() {
        Bench bench = stableThree();
        bench.tick(bench.cluster().config(1).resendTicks());

        assertThat(bench.arrive(3, new Message.Status(0, 0, 0, 0)))
                .containsExactly(new Effect.Send(3, new Message.Certificate(bench.certificate(THREE, 0, 1, 2))));
        assertThat(bench.arrive(3, new Message.Status(0, 0, 0, 0))).isEmpty();
    }

    @Test
    void aCertificateThatAPeerShowsMovesTheWindow() {
        Bench bench = Bench.founding(4, 1);
        CheckpointCertificate certificate = bench.certificate(THREE, 0, 2, 3);

        assertThat(bench.arrive(2, new Message.Certificate(certificate)))
                .containsExactly(new Effect.Persist(new VoteRecord.StableCheckpoint(certificate)));
        assertThat(bench.arrive(2, new Message.Certificate(certificate)))
                .containsExactly(new Effect.Ignored(2, "Certificate", IgnoreReason.BELOW_WINDOW));
    }

    @Test
    void aReplicaWhoseOwnStatementIsNotTheCertifiedOneStops() {
        Bench bench = executedThree();
        ready(bench, Bench.statement(3, "damaged", Optional.empty()));
        bench.arrive(0, bench.checkpoint(0, THREE));
        bench.arrive(2, bench.checkpoint(2, THREE));

        assertThatThrownBy(() -> bench.arrive(3, bench.checkpoint(3, THREE)))
                .isInstanceOf(Invariant.Violation.class)
                .hasMessageContaining("two statements for position 3");
    }

    private static Bench executedThree() {
        Bench bench = Bench.founding(4, 1);
        for (long sequence = 1; sequence <= 3; sequence++) {
            bench.decide(sequence, bench.batch(sequence));
            bench.step(new Event.Executed(sequence, sequence == 3, false));
        }
        return bench;
    }

    private static Bench stableThree() {
        Bench bench = executedThree();
        ready(bench, THREE);
        bench.arrive(0, bench.checkpoint(0, THREE));
        bench.arrive(2, bench.checkpoint(2, THREE));
        return bench;
    }

    private static List<Effect> ready(Bench bench, CheckpointStatement statement) {
        return bench.step(new Event.CheckpointReady(statement, Optional.empty()));
    }
}
