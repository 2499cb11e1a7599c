package io.sherd.consensus.client;

import io.sherd.replication.wire.Bytes;

/**
 * What f + 1 replicas say became of an operation.
 *
 * @param id the client's number for it
 * @param sequence the position at which it was executed
 * @param result the state machine's result
 */
public record Committed(long id, long sequence, Bytes result) {}
