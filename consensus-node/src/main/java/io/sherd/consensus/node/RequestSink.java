package io.sherd.consensus.node;

import io.sherd.replication.ledger.Request;

/** Port: takes verified operations to be ordered. Thread-safe, and never waits. */
@FunctionalInterface
public interface RequestSink {

    /**
     * Takes an operation whose signature was verified.
     *
     * @return false if the queue is at its bound, and the operation was not taken
     */
    boolean submit(Request.Operation operation);
}
