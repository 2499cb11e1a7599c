package io.sherd.replication.ledger;

import io.sherd.replication.wire.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * Port: the application, a deterministic fold of the ledger. Found by {@link java.util.ServiceLoader}, in a jar of one's own or
 * among what Sherd ships, and chosen by the name that the genesis gives.
 *
 * <p>The same operations in the same order must give the same results and the same writes on every machine: no clock, no
 * randomness, no threads, no environment, no iteration over unordered collections, no floating point, nothing remembered but
 * in the {@link State}. An operation that the machine does not understand, or refuses, has a result that says so. One at which
 * it throws a {@link RuntimeException} has written nothing and has a result of no bytes; after an {@link Error} the replica
 * stops. All rules and their reasons are in docs/state-machine.md; {@link io.sherd.replication.machine.DeterminismCheck} finds
 * most breaches in a unit test.
 *
 * <p>A machine is made by its public constructor without parameters and is called by one thread at a time.
 */
public interface StateMachine {

    /** {@return the name that a genesis chooses this machine by; other behaviour has another name, such as {@code tokens/2}} */
    String name();

    /**
     * Executes one operation and returns its result.
     *
     * @param state what the machine may read and write, until this returns
     * @param client who signed the operation
     * @param operation the payload, of any bytes up to the genesis's request limit
     * @return the result, the same on every correct replica
     */
    Bytes apply(State state, VerifyingKey client, Bytes operation);

    /** The application's part of the state: a map from keys to values. */
    interface State {

        /** Longest key. */
        int MAX_KEY_BYTES = 1024;

        /** The longest value that every cluster takes. */
        int MAX_VALUE_BYTES = 1 << 20;

        /**
         * {@return the value of a key, or null if it has none}
         *
         * @param key at most {@link #MAX_KEY_BYTES} bytes
         * @throws IllegalArgumentException if the key is longer than {@link #MAX_KEY_BYTES}
         */
        @Nullable
        Bytes get(Bytes key);

        /**
         * Gives a key a value.
         *
         * @param key at most {@link #MAX_KEY_BYTES} bytes
         * @param value at most {@link #maxValueBytes()} bytes
         * @throws IllegalArgumentException if the key or the value is longer
         */
        void put(Bytes key, Bytes value);

        /**
         * Takes a key's value away; nothing happens if it has none.
         *
         * @param key at most {@link #MAX_KEY_BYTES} bytes
         * @throws IllegalArgumentException if the key is longer than {@link #MAX_KEY_BYTES}
         */
        void delete(Bytes key);

        /** {@return the longest value: the genesis's request-bytes, and {@link #MAX_VALUE_BYTES} if that is less} */
        default int maxValueBytes() {
            return MAX_VALUE_BYTES;
        }
    }
}
