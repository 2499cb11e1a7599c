package io.sherd.replication.machine;

import io.sherd.replication.ledger.StateMachine.State;
import io.sherd.replication.wire.Bytes;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A state under what is written to it, which stays here until somebody takes it over. Not thread-safe. */
public final class PendingState implements State {

    private final State below;
    private final TreeMap<Bytes, Optional<Bytes>> written = new TreeMap<>();
    private @Nullable RuntimeException unreadable;
    private boolean closed;

    /**
     * A state to which nothing is written yet.
     *
     * @param below what is read where nothing was written here; never changed by this
     */
    public PendingState(State below) {
        this.below = below;
    }

    @Override
    public @Nullable Bytes get(Bytes key) {
        requireOpen();
        requireKey(key);
        Optional<Bytes> value = written.get(key);
        return value == null ? read(key) : value.orElse(null);
    }

    @Override
    public void put(Bytes key, Bytes value) {
        requireOpen();
        requireKey(key);
        if (value.size() > below.maxValueBytes()) {
            throw new IllegalArgumentException(
                    "a value of %d bytes, at most %d are allowed".formatted(value.size(), below.maxValueBytes()));
        }
        written.put(key, Optional.of(value));
    }

    @Override
    public void delete(Bytes key) {
        requireOpen();
        requireKey(key);
        written.put(key, Optional.empty());
    }

    @Override
    public int maxValueBytes() {
        return below.maxValueBytes();
    }

    /** {@return what was written, by key; empty where a value was taken away} */
    SortedMap<Bytes, Optional<Bytes>> written() {
        return written;
    }

    /**
     * Ends the use of this state: a machine must not keep it.
     *
     * @throws RuntimeException what {@code below} threw when it was read, even if the machine caught that
     */
    void close() {
        closed = true;
        if (unreadable != null) {
            throw unreadable;
        }
    }

    private @Nullable Bytes read(Bytes key) {
        try {
            return below.get(key);
        } catch (RuntimeException e) {
            unreadable = e;
            throw e;
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the operation that this state was for has ended");
        }
    }

    private static void requireKey(Bytes key) {
        if (Objects.requireNonNull(key, "key").size() > MAX_KEY_BYTES) {
            throw new IllegalArgumentException(
                    "a key of %d bytes, at most %d are allowed".formatted(key.size(), MAX_KEY_BYTES));
        }
    }
}
