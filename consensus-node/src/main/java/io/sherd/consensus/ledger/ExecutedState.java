package io.sherd.consensus.ledger;

import io.sherd.archive.state.OperationResult;
import io.sherd.archive.state.StateCheckpoint;
import io.sherd.archive.state.StateStore;
import io.sherd.archive.state.StateUpdater;
import io.sherd.archive.store.StoreException;
import io.sherd.merkle.Digest;
import io.sherd.replication.genesis.Limits;
import io.sherd.replication.ledger.LedgerEntry;
import io.sherd.replication.ledger.StateMachine;
import io.sherd.replication.ledger.VerifyingKey;
import io.sherd.replication.machine.DeterminismCheck;
import io.sherd.replication.wire.Bytes;
import java.util.List;
import java.util.Optional;

/**
 * The state as the pipeline sees it: what was executed since the newest durable checkpoint, over the store that holds that one.
 * Not thread-safe.
 */
public final class ExecutedState {

    private final StateStore store;
    private final StateUpdater updater;

    /**
     * The state at the newest checkpoint of a store.
     *
     * @param store nobody else commits to it
     * @param machine the genesis's
     * @param limits the genesis's
     */
    public ExecutedState(StateStore store, StateMachine machine, Limits limits) {
        this(store, machine, limits, Optional.empty());
    }

    /**
     * As {@link #ExecutedState(StateStore, StateMachine, Limits)}, with a check of the machine.
     *
     * @param store nobody else commits to it
     * @param machine the genesis's
     * @param limits the genesis's
     * @param check executes every entry a second time
     */
    public ExecutedState(StateStore store, StateMachine machine, Limits limits, Optional<DeterminismCheck> check) {
        this.store = store;
        this.updater = new StateUpdater(store, machine, limits, check);
    }

    /** {@return the last position that is executed; after a start, that of the newest durable checkpoint} */
    public long sequence() {
        return updater.executedSequence();
    }

    /**
     * What the reply table says about an operation.
     *
     * @param client whose operation
     * @param id the client's number for it
     * @return what it came to; empty if it was not executed and still may be
     * @throws StoreException if the state cannot be read
     */
    public Optional<Outcome> known(VerifyingKey client, long id) throws StoreException {
        return updater.known(client, id).map(ExecutedState::outcome);
    }

    /**
     * {@return the highest id that was executed for a client; 0 if none}
     *
     * @param client whose session
     * @throws StoreException if the state cannot be read
     */
    public long highestId(VerifyingKey client) throws StoreException {
        return updater.highestId(client);
    }

    /** The durable state checkpoints that are held, ascending: at least one, which is of position 0 in a new ledger. */
    List<StateCheckpoint> checkpoints() {
        return store.checkpoints();
    }

    /** Executes the entry after the last; one outcome an operation, in order. */
    List<Outcome> execute(LedgerEntry entry) throws StoreException {
        return updater.execute(entry).results().stream()
                .map(ExecutedState::outcome)
                .toList();
    }

    /** Makes the state durable as of {@link #sequence()}; returns its root. */
    Digest checkpoint(long sequence) throws StoreException {
        return updater.checkpoint(sequence);
    }

    private static Outcome outcome(OperationResult result) {
        return switch (result.status()) {
            case OK, DUPLICATE ->
                new Outcome(result.client(), result.id(), Outcome.Status.EXECUTED, result.sequence(), result.result());
            case RESULT_NOT_KEPT ->
                new Outcome(
                        result.client(), result.id(), Outcome.Status.RESULT_DROPPED, result.sequence(), Bytes.EMPTY);
            case STALE -> new Outcome(result.client(), result.id(), Outcome.Status.STALE, 0, Bytes.EMPTY);
            case REFUSED -> new Outcome(result.client(), result.id(), Outcome.Status.TOO_FAR_AHEAD, 0, Bytes.EMPTY);
        };
    }
}
