package io.sherd.archive.state;

import io.sherd.archive.store.StoreException;
import io.sherd.replication.genesis.Limits;
import io.sherd.replication.ledger.StateMachine;
import io.sherd.replication.wire.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The application's state between two operations: the latest checkpoint, under what was written since. What was written since
 * is in memory only; the cut bounds it, since a checkpoint is taken at every so many segments. An operation sees it through
 * {@link io.sherd.replication.machine.PendingState}, which checks the sizes of keys and values.
 */
final class LedgerState implements StateMachine.State {

    private static final long RECENT_BYTES = 32L << 20;

    private final StateStore store;
    private final int maxValueBytes;
    private final RecentValues recent = new RecentValues(RECENT_BYTES);
    private final TreeMap<Bytes, Optional<Bytes>> written = new TreeMap<>();

    LedgerState(StateStore store, Limits limits) {
        this.store = store;
        this.maxValueBytes = Math.max(MAX_VALUE_BYTES, limits.requestBytes());
    }

    /**
     * Carries the disk's refusal past the state machine, whose calls declare no exception, to {@link StateUpdater}, which takes
     * it out again.
     */
    static final class ReadFailure extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final StoreException failure;

        ReadFailure(StoreException failure) {
            super(failure);
            this.failure = failure;
        }

        StoreException failure() {
            return failure;
        }
    }

    @Override
    public @Nullable Bytes get(Bytes key) {
        Optional<Bytes> value = written.get(key);
        if (value == null) {
            try {
                value = recent.get(key, asked -> store.get(StateLeaf.APPLICATION, asked));
            } catch (StoreException e) {
                throw new ReadFailure(e);
            }
        }
        return value.orElse(null);
    }

    @Override
    public void put(Bytes key, Bytes value) {
        written.put(key, Optional.of(value));
    }

    @Override
    public void delete(Bytes key) {
        written.put(key, Optional.empty());
    }

    @Override
    public int maxValueBytes() {
        return maxValueBytes;
    }

    /** What the state checkpoint must write. */
    List<StateChange> changes() {
        List<StateChange> changes = new ArrayList<>();
        written.forEach((key, value) -> changes.add(new StateChange(StateLeaf.APPLICATION, key, value)));
        return changes;
    }

    /** The changes are in the store. */
    void committed() {
        written.forEach(recent::put);
        written.clear();
    }
}
