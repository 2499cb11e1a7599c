package io.sherd.consensus.ledger;

import io.sherd.archive.state.StateCheckpoint;
import io.sherd.archive.store.PieceStore;
import io.sherd.archive.store.StoreException;
import io.sherd.consensus.core.Event;
import io.sherd.consensus.core.Recovered;
import io.sherd.merkle.Digest;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.StorageReceipt;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.ledger.LedgerEntry;
import io.sherd.replication.piece.Disperser;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Decided entries in, replies and checkpoint statements out, on two threads of its own.
 *
 * <p>The execution thread folds entries into the state, hands out their outcomes and cuts segments; the sealing thread makes
 * pieces durable and keeps the retention rule. What waits between them is bounded: at most {@link #MAX_UNSEALED} closed
 * segments, and a state checkpoint waits until everything up to the one before it is sealed, so that after a crash the archive
 * is never further behind than the state checkpoints that are held.
 *
 * <p>Thread-safe.
 */
public final class LedgerPipeline implements AutoCloseable {

    /** Closed segments that may wait to be sealed. */
    static final int MAX_UNSEALED = 4;

    private static final int MAX_WAITING_QUESTIONS = 4096;
    private static final int MAX_WAITING_UPKEEP = 4096;

    private final ExecutedState state;
    private final EntryFolder folder;
    private final Sealer sealer;
    private final PieceStore pieces;
    private final Retention retention;
    private final Listener listener;
    private final Replay.Outcome replayed;
    private final SealProgress progress;
    private final Worker execution;
    private final Worker sealing;
    private volatile long sealedSegments;
    private volatile Upkeep upkeep;

    /** Hears what the pipeline did, on its threads; must not block for long and must not throw. */
    public interface Listener {

        /**
         * An entry is executed.
         *
         * @param entry the entry
         * @param outcomes one a request of an entry of operations, in order; none if the state had the entry already
         * @param event for the core
         */
        void executed(LedgerEntry entry, List<Outcome> outcomes, Event.Executed event);

        /**
         * A segment is sealed: its statement may be signed.
         *
         * @param event for the core
         */
        void sealed(Event.CheckpointReady event);

        /**
         * Nothing more will be executed or sealed.
         *
         * @param cause a {@link StoreException}, or the violation of an invariant
         */
        void failed(Throwable cause);
    }

    /**
     * What is kept, for status pages.
     *
     * @param segments sealed segments
     * @param undropped segments whose full bytes are kept, in the vote log or the archive, because a receipt is missing
     * @param loggedPlainBytes plain bytes of the sealed segments that are in the vote log
     * @param missingReceipts by replica: how many of the segments whose full bytes are kept lack its receipt
     * @param hints by replica: how many of its pieces are held here
     * @param held what is held of which segments, in order
     */
    public record Upkeep(
            long segments,
            long undropped,
            long loggedPlainBytes,
            List<Long> missingReceipts,
            List<Long> hints,
            List<HeldRange> held) {

        /** Copies the lists. */
        public Upkeep {
            missingReceipts = List.copyOf(missingReceipts);
            hints = List.copyOf(hints);
            held = List.copyOf(held);
        }
    }

    private LedgerPipeline(Parts parts, Listener listener) {
        this.state = parts.state;
        this.folder = parts.folder;
        this.sealer = parts.sealer;
        this.pieces = parts.pieces;
        this.retention = parts.retention;
        this.replayed = parts.replayed;
        this.listener = listener;
        this.sealedSegments = sealer.segmentCount();
        this.progress = new SealProgress(sealedSegments);
        this.upkeep = lookAtRetention();
        int window = parts.genesis.limits().window();
        this.execution = new Worker("execution", window + MAX_WAITING_QUESTIONS, this::fail);
        this.sealing = new Worker("sealing", window + MAX_WAITING_UPKEEP, this::fail);
    }

    private record Parts(
            Genesis genesis,
            ExecutedState state,
            EntryFolder folder,
            Sealer sealer,
            PieceStore pieces,
            Retention retention,
            Replay.Outcome replayed) {}

    /**
     * Folds again what is held and not yet in state and archive, and gets ready for more. Nothing is heard by the listener
     * before {@link #start}.
     *
     * @param genesis the cluster's
     * @param replica this replica
     * @param state the state, at its newest durable checkpoint
     * @param pieces the archive
     * @param log the full entries
     * @param stable the newest certificate that is held
     * @param logBytesLimit how many bytes of full entries may stay in the log while receipts are missing
     * @param listener hears what is done
     * @return a pipeline that waits to be started
     * @throws StoreException if a store cannot be read or written
     */
    public static LedgerPipeline open(
            Genesis genesis,
            int replica,
            ExecutedState state,
            PieceStore pieces,
            EntryLog log,
            Optional<CheckpointCertificate> stable,
            long logBytesLimit,
            Listener listener)
            throws StoreException {
        long stableSequence =
                stable.map(certificate -> certificate.statement().sequence()).orElse(0L);
        Resumption.Start start = Resumption.find(genesis, pieces, state, log, stableSequence);
        EntryFolder folder = new EntryFolder(genesis.limits(), state, start);
        Sealer sealer =
                new Sealer(new Disperser(genesis), pieces, replica, HistoryRoots.of(pieces, start.segmentCount()));
        Replay.Outcome replayed = new Replay(genesis, pieces, log).run(start, folder, sealer, stableSequence);
        Retention retention = new Retention(
                new Retention.Ground(
                        genesis, replica, pieces, log, sealer::historyRoot, logBytesLimit, System::nanoTime),
                state.checkpoints().getLast().sequence());
        return new LedgerPipeline(new Parts(genesis, state, folder, sealer, pieces, retention, replayed), listener);
    }

    /** {@return the last position that was folded before the start} */
    public long replayedTo() {
        return replayed.executed();
    }

    /** {@return the member table that the entry after {@link #replayedTo()} is decided under} */
    public MemberTable replayedMembers() {
        return replayed.members();
    }

    /** {@return whether the entry at {@link #replayedTo()} ended an epoch} */
    public boolean replayedToEpochEnd() {
        return replayed.epochEnded();
    }

    /** {@return what an idle primary needs to know about seals at {@link #replayedTo()}} */
    public Recovered.Sealing replayedSealing() {
        return replayed.sealing();
    }

    /** {@return the statements of closings above the stable checkpoint, in order, to be signed again} */
    public List<Event.CheckpointReady> replayedStatements() {
        return replayed.statements();
    }

    /** Starts the threads. */
    public void start() {
        execution.start();
        sealing.start();
    }

    /**
     * Hands in the next entry. Waits while more entries than the window wait to be executed.
     *
     * @param entry the entry after the last one
     * @param epoch the epoch it was decided in
     */
    public void execute(LedgerEntry entry, long epoch) {
        execution.put(() -> fold(entry, epoch));
    }

    /**
     * Asks the state, between two entries.
     *
     * @param question runs on the execution thread
     * @return whether it will be asked; false when too many questions wait
     */
    public boolean ask(Question question) {
        return execution.waiting() < MAX_WAITING_QUESTIONS && execution.offer(() -> question.ask(state));
    }

    /** A look at the state between two entries. */
    @FunctionalInterface
    public interface Question {

        /**
         * Looks.
         *
         * @param state not to be kept
         * @throws StoreException if the state cannot be read
         */
        void ask(ExecutedState state) throws StoreException;
    }

    /**
     * A checkpoint became stable, or its certificate gained signatures.
     *
     * @param certificate verified
     */
    public void stable(CheckpointCertificate certificate) {
        sealing.put(() -> retention.onStable(certificate));
    }

    /**
     * A receipt came.
     *
     * @param receipt whose signature was verified
     * @param members the current member table
     * @param refused told why, if it is not taken
     * @return whether it will be looked at; false when too much waits
     */
    public boolean receipt(StorageReceipt receipt, MemberTable members, Consumer<String> refused) {
        return sealing.waiting() < MAX_WAITING_UPKEEP
                && sealing.offer(() -> {
                    Retention.ReceiptVerdict verdict = retention.onReceipt(receipt, members);
                    if (verdict == Retention.ReceiptVerdict.OTHER_HISTORY
                            || verdict == Retention.ReceiptVerdict.OLD_INCARNATION) {
                        refused.accept("RECEIPT_" + verdict);
                    }
                });
    }

    /**
     * Makes hints that are due and lets go what may go. Call now and then.
     *
     * @param members the current member table
     */
    public void sweep(MemberTable members) {
        sealing.offer(() -> {
            retention.sweep(members);
            upkeep = lookAtRetention();
        });
    }

    /**
     * Does work on the archive that must not meet a segment being sealed.
     *
     * @param work runs on the sealing thread
     * @return whether it will be done; false when too much waits
     */
    public boolean maintain(Maintenance work) {
        return sealing.offer(() -> {
            long count = sealer.segmentCount();
            work.run(pieces, count, sealer.historyRoot(count));
        });
    }

    /** Work on the archive between two segments. */
    @FunctionalInterface
    public interface Maintenance {

        /**
         * Does it.
         *
         * @param pieces the archive
         * @param segmentCount sealed segments
         * @param historyRoot the history root over their commitments; empty while there are none
         * @throws StoreException if the archive does not
         */
        void run(PieceStore pieces, long segmentCount, Optional<Digest> historyRoot) throws StoreException;
    }

    /** {@return how many segments are sealed} */
    public long segmentCount() {
        return sealedSegments;
    }

    /** {@return what is kept, as of the last {@link #sweep}} */
    public Upkeep upkeep() {
        return upkeep;
    }

    /** Stops both threads when what they are at is done; entries that wait are folded after the next start. */
    @Override
    public void close() {
        progress.stop();
        execution.close();
        sealing.close();
    }

    private void fold(LedgerEntry entry, long epoch) throws StoreException {
        EntryFolder.Step step = folder.fold(entry, epoch);
        listener.executed(
                entry,
                step.outcomes(),
                new Event.Executed(entry.sequence(), step.closed().isPresent(), step.stateCheckpoint()));
        if (step.closed().isEmpty()) {
            return;
        }
        SealOrder order = step.closed().get();
        if (progress.await(order.segment().number() + 1 - MAX_UNSEALED)) {
            sealing.put(() -> seal(order));
        }
        if (step.stateCheckpoint() && progress.await(folder.checkpointedSegments())) {
            StateCheckpoint taken = folder.takeCheckpoint();
            sealing.put(() -> retention.onStateCheckpoint(taken.sequence()));
        }
    }

    private void seal(SealOrder order) throws StoreException {
        Event.CheckpointReady ready = sealer.seal(order);
        sealedSegments = sealer.segmentCount();
        progress.advanceTo(sealedSegments);
        retention.onSealed(pieces.commitment(order.segment().number()).orElseThrow());
        listener.sealed(ready);
    }

    private Upkeep lookAtRetention() {
        Retention.Awaited awaited = retention.awaited();
        return new Upkeep(
                sealedSegments,
                awaited.segments(),
                retention.loggedPlainBytes(),
                awaited.missingReceipts(),
                retention.hintCounts(),
                retention.held());
    }

    private void fail(Throwable cause) {
        progress.stop();
        listener.failed(cause);
    }
}
