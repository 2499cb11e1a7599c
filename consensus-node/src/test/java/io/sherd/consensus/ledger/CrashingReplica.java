package io.sherd.consensus.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sherd.archive.state.MemoryStateStore;
import io.sherd.archive.store.MemoryPieceStore;
import io.sherd.archive.store.StoreException;
import io.sherd.consensus.core.DecidedEntry;
import io.sherd.consensus.core.Event;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.ClosedEpoch;
import io.sherd.replication.ledger.Batch;
import io.sherd.replication.piece.Commitment;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** One replica's pipeline over stores that survive, through crashes at random places, compared with the naive twin. */
final class CrashingReplica {

    final NaiveLedger naive;
    private final SmallLedger ledger;
    private final Random random;
    private final MemoryStateStore state = new MemoryStateStore();
    private final MemoryPieceStore pieces = new MemoryPieceStore();
    private final MemoryEntryLog log = new MemoryEntryLog();
    private Optional<CheckpointCertificate> stable = Optional.empty();
    private int logged;
    private int starts;

    CrashingReplica(long seed, int entries) throws StoreException {
        random = new Random(seed);
        ledger = new SmallLedger(seed).addAny(entries);
        naive = new NaiveLedger(ledger.genesis, ledger.entries());
    }

    int logged() {
        return logged;
    }

    int starts() {
        return starts;
    }

    List<Commitment> commitments() {
        return pieces.commitments(0, Integer.MAX_VALUE);
    }

    /** Starts, executes some entries, and stops: by itself, or because the archive refuses. */
    void runUntilItCrashes() {
        int seals = random.nextInt(6);
        int entries = random.nextInt(40);
        run(seals, Math.min(logged + entries, ledger.entries().size()));
    }

    /** Starts and stops with nothing in the way. */
    void runToTheEnd() {
        run(Integer.MAX_VALUE, logged);
    }

    private void run(int seals, int until) {
        starts++;
        long oldestState = state.checkpoints().getFirst().sequence();
        try (RunningPipeline running = new RunningPipeline(
                ledger,
                state,
                RefusingPieceStore.afterSeals(pieces, seals, random.nextBoolean()),
                log,
                stable,
                random.nextInt(20_000))) {
            assertThat(running.pipeline.replayedTo()).isEqualTo(logged);
            assertThat(running.pipeline.replayedStatements())
                    .isEqualTo(naive.checkpoints.stream()
                            .filter(ready -> ready.statement().sequence() > Math.max(oldestState, stableSequence()))
                            .filter(ready -> ready.statement().sequence() <= logged)
                            .toList());
            running.sealed.addAll(running.pipeline.replayedStatements());
            boolean open = !running.pipeline.replayedToEpochEnd() || closeEpoch(running);
            while (open && logged < until) {
                DecidedEntry next = ledger.entries().get(logged);
                log.add(next);
                logged++;
                running.pipeline.execute(next.entry(), next.epoch());
                if (random.nextInt(10) == 0) {
                    certify(running);
                }
                open = next.entry().batch().kind() != Batch.Kind.EPOCH || closeEpoch(running);
            }
            if (random.nextBoolean() && logged > running.pipeline.replayedTo()) {
                running.awaitExecuted(logged);
                certify(running);
                running.awaitUpkeep();
            }
            assertThat(naive.checkpoints).containsAll(running.sealed);
        } catch (StoreException e) {
            assertThat(e).hasMessage("refused by the test");
        }
    }

    /** Waits until the ended epoch's closing is sealed and certifies it; false if the archive refused before. */
    private boolean closeEpoch(RunningPipeline running) {
        if (ledger.entries().get(logged - 1).epoch() < pieces.closedEpochCount()) {
            return true;
        }
        await().until(() -> running.failure != null || find(running, logged).isPresent());
        Optional<Event.CheckpointReady> closing = find(running, logged);
        closing.ifPresent(ready -> {
            stable = Optional.of(RunningPipeline.certificate(ready.statement(), 0, 1, 2));
            running.pipeline.stable(stable.get());
            pieces.putClosedEpoch(
                    new ClosedEpoch(stable.get(), ready.nextMembers().orElseThrow()));
        });
        return closing.isPresent();
    }

    /** Makes the newest sealed closing stable, with the signatures of some. */
    private void certify(RunningPipeline running) {
        if (!running.sealed.isEmpty() && running.sealed.getLast().statement().sequence() > stableSequence()) {
            stable = Optional.of(RunningPipeline.certificate(
                    running.sealed.getLast().statement(),
                    random.nextBoolean() ? new int[] {0, 1, 2} : new int[] {0, 1, 2, 3}));
            running.pipeline.stable(stable.get());
            running.sweep();
        }
    }

    private static Optional<Event.CheckpointReady> find(RunningPipeline running, long sequence) {
        return running.sealed.stream()
                .filter(ready -> ready.statement().sequence() == sequence)
                .findFirst();
    }

    private long stableSequence() {
        return stable.map(certificate -> certificate.statement().sequence()).orElse(0L);
    }
}
