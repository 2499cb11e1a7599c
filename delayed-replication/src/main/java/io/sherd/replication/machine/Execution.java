package io.sherd.replication.machine;

import io.sherd.replication.ledger.StateMachine;
import io.sherd.replication.ledger.VerifyingKey;
import io.sherd.replication.wire.Bytes;
import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What one operation came to: a result and writes, or {@link #FAILED} and no writes if the machine threw.
 *
 * <p>A {@link RuntimeException} of a machine is a function of the operation and the state like a result is, so every replica
 * comes to the same; were it the end of the process, one request would end every replica, again after every start. An
 * {@link Error} (a stack that is full, a class that is missing) depends on more than that, and is thrown on.
 *
 * @param result the machine's, or {@link #FAILED}
 * @param failure what the machine threw, if it did; null else
 * @param writes by key; empty where a value was taken away
 */
public record Execution(Bytes result, @Nullable RuntimeException failure, SortedMap<Bytes, Optional<Bytes>> writes) {

    /** The result of an operation at which the machine threw: no bytes. */
    public static final Bytes FAILED = Bytes.EMPTY;

    /** Makes the writes unmodifiable. */
    public Execution {
        writes = Collections.unmodifiableSortedMap(writes);
    }

    /**
     * Executes an operation. Nothing is written: that is {@link #writeTo}.
     *
     * @param machine executes it
     * @param state what it reads
     * @param client who signed it
     * @param payload the operation
     * @return what it came to
     * @throws RuntimeException what {@code state} threw when it was read, whatever the machine made of it
     */
    public static Execution of(StateMachine machine, StateMachine.State state, VerifyingKey client, Bytes payload) {
        PendingState pending = new PendingState(state);
        Execution execution;
        try {
            execution = result(machine, client, machine.apply(pending, client, payload), pending);
        } catch (RuntimeException e) {
            execution = new Execution(FAILED, e, new TreeMap<>());
        }
        pending.close();
        return execution;
    }

    // A machine of somebody else's may have been compiled without null checks.
    private static Execution result(
            StateMachine machine, VerifyingKey client, @Nullable Bytes result, PendingState pending) {
        if (result == null) {
            throw new NullPointerException(
                    "%s returned no result to client %s".formatted(machine.name(), client.hex()));
        }
        return new Execution(result, null, pending.written());
    }

    /**
     * Writes what the operation wrote, in the order of the keys.
     *
     * @param state where to
     */
    public void writeTo(StateMachine.State state) {
        writes.forEach((key, value) -> value.ifPresentOrElse(bytes -> state.put(key, bytes), () -> state.delete(key)));
    }
}
