package io.sherd.replication.machine;

import io.sherd.replication.ledger.StateMachine.State;
import io.sherd.replication.wire.Bytes;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A state in memory, for the unit tests of a machine. Not thread-safe. */
public final class MemoryState implements State {

    private final TreeMap<Bytes, Bytes> values = new TreeMap<>();

    /** A state without any keys. */
    public MemoryState() {}

    @Override
    public @Nullable Bytes get(Bytes key) {
        return values.get(key);
    }

    @Override
    public void put(Bytes key, Bytes value) {
        values.put(key, value);
    }

    @Override
    public void delete(Bytes key) {
        values.remove(key);
    }

    /** {@return all keys with their values, in the order of the keys; a view} */
    public SortedMap<Bytes, Bytes> values() {
        return Collections.unmodifiableSortedMap(values);
    }
}
