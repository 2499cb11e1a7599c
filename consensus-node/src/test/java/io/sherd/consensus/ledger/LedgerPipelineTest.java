package io.sherd.consensus.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sherd.archive.state.KeyValueMachine;
import io.sherd.archive.state.MemoryStateStore;
import io.sherd.archive.state.StateUpdater;
import io.sherd.archive.store.MemoryPieceStore;
import io.sherd.archive.store.PieceStore;
import io.sherd.archive.store.StoreException;
import io.sherd.consensus.core.DecidedEntry;
import io.sherd.consensus.core.Event;
import io.sherd.consensus.core.Recovered;
import io.sherd.replication.Invariant;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.ledger.StateMachine;
import io.sherd.replication.ledger.VerifyingKey;
import io.sherd.replication.machine.DeterminismCheck;
import io.sherd.replication.machine.NondeterminismException;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.piece.Piece;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LedgerPipelineTest {

    private static final long NO_LIMIT = Long.MAX_VALUE;

    private final MemoryStateStore state = new MemoryStateStore();
    private final MemoryPieceStore pieces = new MemoryPieceStore();
    private final MemoryEntryLog log = new MemoryEntryLog();

    @Test
    void statementsAndCommitmentsAreThoseOfTheDefinition() throws Exception {
        SmallLedger ledger = new SmallLedger(1).addAny(60);
        NaiveLedger naive = new NaiveLedger(ledger.genesis, ledger.entries());

        try (RunningPipeline running = open(ledger, Optional.empty())) {
            running.execute(ledger.entries());
            running.awaitExecuted(60);
            running.awaitSealed(naive.commitments.size());
            await().until(() -> running.sealed.size() == naive.checkpoints.size());

            assertThat(running.failure).isNull();
            assertThat(running.sealed).isEqualTo(naive.checkpoints);
        }
        assertThat(pieces.commitments(0, 1000)).isEqualTo(naive.commitments);
        for (Commitment commitment : naive.commitments) {
            Piece own = pieces.piece(commitment.context().segmentNumber(), 0).orElseThrow();
            own.verify(commitment);
        }
    }

    @Test
    void everyEntryIsReportedOnceInOrderWithItsOutcomes() throws Exception {
        SmallLedger ledger = new SmallLedger(2).addOperations(3).addSeal().addOperations(2);

        try (RunningPipeline running = open(ledger, Optional.empty())) {
            running.execute(ledger.entries());
            running.awaitExecuted(3);

            assertThat(running.executed)
                    .containsExactly(
                            new Event.Executed(1, false, false),
                            new Event.Executed(2, true, true),
                            new Event.Executed(3, false, false));
            assertThat(running.outcomes).extracting(Outcome::id).containsExactly(1L, 2L, 3L, 4L, 5L);
            assertThat(running.outcomes).extracting(Outcome::sequence).containsExactly(1L, 1L, 1L, 3L, 3L);
        }
    }

    @Test
    void afterACrashAnywhereTheSameLedgerComesOut() throws Exception {
        long seed = Long.getLong("sherd.seed", System.nanoTime());
        System.out.println("-Dsherd.seed=" + seed);
        CrashingReplica replica = new CrashingReplica(seed, 200);

        while (replica.logged() < 200) {
            replica.runUntilItCrashes();
        }
        replica.runToTheEnd();

        assertThat(replica.commitments()).isEqualTo(replica.naive.commitments);
        System.out.println(replica.starts() + " starts");
    }

    @Test
    void segmentThatWasSealedAsSomethingElseStopsTheReplica() throws Exception {
        SmallLedger ledger = new SmallLedger(3).addOperations(1).addSeal();
        Commitment other = new NaiveLedger(
                        ledger.genesis,
                        new SmallLedger(4).addOperations(2).addSeal().entries())
                .commitments.getFirst();
        pieces.putSealed(other, Optional.empty(), Optional.empty());
        ledger.entries().forEach(log::add);

        assertThatThrownBy(() -> open(ledger, Optional.empty()))
                .isInstanceOf(Invariant.Violation.class)
                .hasMessageContaining("segment 0 was sealed as");
    }

    @Test
    void entryThatComesToTwoThingsStopsThePipelineBeforeItIsReportedOrSealed() throws Exception {
        SmallLedger ledger = new SmallLedger(6).addOperations(1).addSeal();
        StateMachine clock = new Clock();
        ExecutedState checked = new ExecutedState(
                state, clock, ledger.genesis.limits(), Optional.of(new DeterminismCheck(() -> clock)));

        try (RunningPipeline running = new RunningPipeline(ledger, checked, pieces, log, Optional.empty(), NO_LIMIT)) {
            running.execute(ledger.entries());
            await().until(() -> running.failure != null);

            assertThat(running.failure)
                    .isInstanceOf(NondeterminismException.class)
                    .hasMessageContaining("at seq 1 came to different things");
            assertThat(running.executed).isEmpty();
            assertThat(running.sealed).isEmpty();
        }
    }

    /** Answers with the time. */
    private static final class Clock implements StateMachine {

        @Override
        public String name() {
            return "clock/1";
        }

        @Override
        public Bytes apply(State view, VerifyingKey client, Bytes operation) {
            return new ByteWriter().u64(System.nanoTime() & Long.MAX_VALUE).toBytes();
        }
    }

    @Test
    void archiveThatRefusesStopsThePipelineAndSaysSo() throws Exception {
        SmallLedger ledger =
                new SmallLedger(5).addOperations(1).addSeal().addOperations(1).addSeal();
        PieceStore full = RefusingPieceStore.afterSeals(pieces, 1, false);

        try (RunningPipeline running = new RunningPipeline(ledger, state, full, log, Optional.empty(), NO_LIMIT)) {
            running.execute(ledger.entries());
            await().until(() -> running.failure != null);

            assertThat(running.failure).isInstanceOf(StoreException.class);
            assertThat(running.sealed).hasSize(1);
        }
    }

    @Test
    void restoredReplicaFoldsTheSegmentsAboveItsStateFromTheirFullBytes() throws Exception {
        SmallLedger ledger = new SmallLedger(6);
        ledger.addOperations(2)
                .addSeal()
                .addOperations(3)
                .addSeal()
                .addOperations(1)
                .addSeal();
        NaiveLedger naive = new NaiveLedger(ledger.genesis, ledger.entries());
        StateUpdater restored = new StateUpdater(state, new KeyValueMachine(), ledger.genesis.limits());
        for (DecidedEntry entry : ledger.entries().subList(0, 2)) {
            var _ = restored.execute(entry.entry());
        }
        var _ = restored.checkpoint(2);
        for (Commitment commitment : naive.commitments) {
            long segment = commitment.context().segmentNumber();
            pieces.putSealed(
                    commitment,
                    Optional.empty(),
                    segment == 0 ? Optional.empty() : Optional.of(naive.compressed.get((int) segment)));
        }
        CheckpointCertificate stable =
                RunningPipeline.certificate(naive.checkpoints.getLast().statement(), 0, 1, 2);

        try (RunningPipeline running = open(ledger, Optional.of(stable))) {
            assertThat(running.pipeline.replayedTo()).isEqualTo(6);
            assertThat(running.pipeline.replayedSealing()).isEqualTo(new Recovered.Sealing(5, 6, 4));
            assertThat(running.pipeline.replayedStatements()).isEmpty();
        }
    }

    private RunningPipeline open(SmallLedger ledger, Optional<CheckpointCertificate> stable) throws StoreException {
        return new RunningPipeline(ledger, state, pieces, log, stable, NO_LIMIT);
    }
}
