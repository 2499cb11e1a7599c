package io.sherd.archive.state;

import io.sherd.archive.state.OperationResult.Status;
import io.sherd.archive.store.StoreException;
import io.sherd.merkle.Digest;
import io.sherd.replication.Invariant;
import io.sherd.replication.genesis.Limits;
import io.sherd.replication.ledger.LedgerEntry;
import io.sherd.replication.ledger.Request;
import io.sherd.replication.ledger.StateMachine;
import io.sherd.replication.ledger.VerifyingKey;
import io.sherd.replication.machine.DeterminismCheck;
import io.sherd.replication.machine.Execution;
import io.sherd.replication.machine.MachineFaultException;
import io.sherd.replication.wire.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Folds the decided ledger into the state: every entry once, in order, every operation at most once.
 *
 * <p>What entries change is in memory until {@link #checkpoint}, which is called where the cut takes a state checkpoint. After
 * a restart, execution goes on behind the store's latest checkpoint: the entries after it are executed again, with the same
 * results. After an exception the updater is of no more use; a new one is made over the store.
 *
 * <p>Not thread-safe.
 */
public final class StateUpdater {

    private static final Logger LOG = LoggerFactory.getLogger(StateUpdater.class);

    private final StateStore store;
    private final StateMachine machine;
    private final Optional<DeterminismCheck> check;
    private final LedgerState state;
    private final Sessions sessions;
    private long executedSequence;
    private boolean failed;
    private boolean toldOfFailure;

    /**
     * An updater that goes on behind the store's latest checkpoint.
     *
     * @param store nobody else commits to it, or imports into it, while this updater is used
     * @param machine the genesis's
     * @param limits the genesis's
     */
    public StateUpdater(StateStore store, StateMachine machine, Limits limits) {
        this(store, machine, limits, Optional.empty());
    }

    /**
     * As {@link #StateUpdater(StateStore, StateMachine, Limits)}, with a check of the machine.
     *
     * @param store nobody else commits to it, or imports into it, while this updater is used
     * @param machine the genesis's
     * @param limits the genesis's
     * @param check executes every entry a second time
     */
    public StateUpdater(StateStore store, StateMachine machine, Limits limits, Optional<DeterminismCheck> check) {
        this.store = store;
        this.machine = machine;
        this.check = check;
        this.state = new LedgerState(store, limits);
        this.sessions = new Sessions(store, limits);
        this.executedSequence = store.latest().sequence();
    }

    /** The position of the last entry executed. */
    public long executedSequence() {
        return executedSequence;
    }

    /** The latest state checkpoint taken. */
    public StateCheckpoint latest() {
        return store.latest();
    }

    /**
     * Executes the next entry.
     *
     * @param entry the entry at {@link #executedSequence()} + 1
     * @throws StoreException if the state cannot be read; what was executed so far is only in memory
     * @throws MachineFaultException if the machine threw an {@link Error}, or the check found that it is not deterministic;
     *     nobody may speak of what this entry came to
     */
    public ExecutedEntry execute(LedgerEntry entry) throws StoreException {
        requireUsable();
        Invariant.holds(
                entry.sequence() == executedSequence + 1,
                "entry %d executed after entry %d",
                entry.sequence(),
                executedSequence);
        failed = true;
        ExecutedEntry executed;
        try {
            executed = executeAll(entry);
        } catch (LedgerState.ReadFailure e) {
            throw e.failure();
        }
        failed = false;
        executedSequence = entry.sequence();
        return executed;
    }

    private ExecutedEntry executeAll(LedgerEntry entry) throws StoreException {
        EntryRun run = new EntryRun(entry.sequence(), machine, state, check);
        List<OperationResult> results = new ArrayList<>();
        for (Request request : entry.batch().requests()) {
            switch (request) {
                case Request.Operation operation -> results.add(execute(operation, run));
                // What these change is not in the state: the cut and the member table.
                case Request.Seal _, Request.Rejoin _, Request.Change _ -> {}
            }
        }
        run.end();
        return new ExecutedEntry(entry.sequence(), results);
    }

    /**
     * Takes a state checkpoint after the last entry executed; durable when this returns.
     *
     * @param sequence {@link #executedSequence()}
     * @return the state's root
     */
    public Digest checkpoint(long sequence) throws StoreException {
        requireUsable();
        Invariant.holds(
                sequence == executedSequence,
                "checkpoint at %d after entry %d was executed",
                sequence,
                executedSequence);
        failed = true;
        List<StateChange> changes = new ArrayList<>(state.changes());
        changes.addAll(sessions.changes());
        Digest root = store.commit(sequence, changes);
        state.committed();
        sessions.committed();
        failed = false;
        return root;
    }

    /**
     * What the reply table says about an operation, without executing it.
     *
     * @param client whose operation
     * @param id the client's number for it
     * @return what became of it; empty if it was not executed and still may be
     * @throws StoreException if the state cannot be read
     */
    public Optional<OperationResult> known(VerifyingKey client, long id) throws StoreException {
        requireUsable();
        ClientSession session = sessions.of(client);
        return switch (session.standingOf(id)) {
            case STALE -> Optional.of(notExecuted(client, id, Status.STALE));
            case EXECUTED -> Optional.of(again(client, id, session.resultOf(id).orElseThrow()));
            case NEW, JUMP -> Optional.empty();
        };
    }

    /**
     * The highest id of a client that was executed; 0 if none was.
     *
     * @throws StoreException if the state cannot be read
     */
    public long highestId(VerifyingKey client) throws StoreException {
        requireUsable();
        return sessions.of(client).top();
    }

    private OperationResult execute(Request.Operation operation, EntryRun run) throws StoreException {
        VerifyingKey client = operation.client();
        long id = operation.id();
        ClientSession session = sessions.of(client);
        return switch (session.standingOf(id)) {
            case STALE -> notExecuted(client, id, Status.STALE);
            case JUMP -> notExecuted(client, id, Status.REFUSED);
            case EXECUTED -> again(client, id, session.resultOf(id).orElseThrow());
            case NEW -> {
                Execution execution = run.execute(operation);
                if (execution.failure() != null && !toldOfFailure) {
                    toldOfFailure = true;
                    tellOfFailure(execution, run.what(operation));
                }
                sessions.executed(client, id, run.sequence(), execution.result());
                yield new OperationResult(client, id, Status.OK, run.sequence(), execution.result());
            }
        };
    }

    /** Once with all that is known of it: a client may repeat it as often as it likes. */
    private void tellOfFailure(Execution execution, String what) {
        LOG.warn(
                "the state machine {} threw at {}; its writes are taken back and its result has no bytes; this is said once",
                machine.name(),
                what,
                execution.failure());
    }

    private static OperationResult again(VerifyingKey client, long id, KeptResult kept) {
        return switch (kept) {
            case KeptResult.Whole(long sequence, Bytes result) ->
                new OperationResult(client, id, Status.DUPLICATE, sequence, result);
            case KeptResult.TooLarge(long sequence, Digest digest) ->
                new OperationResult(client, id, Status.RESULT_NOT_KEPT, sequence, Bytes.wrap(digest.toByteArray()));
        };
    }

    private static OperationResult notExecuted(VerifyingKey client, long id, Status status) {
        return new OperationResult(client, id, status, 0, Bytes.EMPTY);
    }

    private void requireUsable() {
        if (failed) {
            throw new IllegalStateException("an earlier call failed half-way: make a new updater over the store");
        }
    }
}
