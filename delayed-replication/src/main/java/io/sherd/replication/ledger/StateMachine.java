package io.sherd.replication.ledger;

import io.sherd.replication.wire.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * Port: the application, a deterministic fold of the ledger. Found by {@link java.util.ServiceLoader} and chosen by the
 * name that the genesis gives.
 *
 * <p>The same operations in the same order must give the same results and the same writes on every machine: no clock, no
 * randomness, no threads, no environment, no iteration over unordered collections, no floating point. An operation that
 * the machine does not understand has a result that says so; it must not throw.
 */
public interface StateMachine {

    /** {@return the name that a genesis chooses this machine by} */
    String name();

    /**
     * Executes one operation and returns its result.
     *
     * @param state what the machine may read and write
     * @param client who signed the operation
     * @param operation the payload, of any bytes up to the genesis's request limit
     * @return the result, the same on every correct replica
     */
    Bytes apply(State state, VerifyingKey client, Bytes operation);

    /** The application's part of the state: a map from keys to values. */
    interface State {

        /** Longest key. */
        int MAX_KEY_BYTES = 1024;

        /**
         * {@return the value of a key, or null if it has none}
         *
         * @param key at most {@link #MAX_KEY_BYTES} bytes
         */
        @Nullable
        Bytes get(Bytes key);

        /**
         * Gives a key a value.
         *
         * @param key at most {@link #MAX_KEY_BYTES} bytes
         * @param value any bytes
         * @throws IllegalArgumentException if the key is longer than {@link #MAX_KEY_BYTES}
         */
        void put(Bytes key, Bytes value);

        /**
         * Takes a key's value away; nothing happens if it has none.
         *
         * @param key at most {@link #MAX_KEY_BYTES} bytes
         */
        void delete(Bytes key);
    }
}
