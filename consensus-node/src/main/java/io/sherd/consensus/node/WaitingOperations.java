package io.sherd.consensus.node;

import io.sherd.replication.ledger.Request;
import io.sherd.replication.ledger.VerifyingKey;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * Operations that were taken from clients and are not executed yet, so that one client cannot fill the queues for all. An
 * operation that another replica's proposal executed leaves like every other; one that never executes leaves with the oldest
 * when its client sends more. Thread-safe.
 */
final class WaitingOperations {

    private final int perClient;
    private final long bytesLimit;
    private final Map<VerifyingKey, TreeMap<Long, Integer>> sizes = new HashMap<>();
    private long bytes;
    private int count;

    WaitingOperations(int perClient, long bytesLimit) {
        this.perClient = perClient;
        this.bytesLimit = bytesLimit;
    }

    /** Whether an operation may be added: one that waits already always may, since it is only sent again. */
    synchronized boolean hasRoomFor(Request.Operation operation) {
        TreeMap<Long, Integer> ofClient = sizes.get(operation.client());
        if (ofClient != null && ofClient.containsKey(operation.id())) {
            return true;
        }
        return (ofClient == null || ofClient.size() < perClient)
                && bytes + operation.encoded().size() <= bytesLimit;
    }

    synchronized void add(Request.Operation operation) {
        Integer before = sizes.computeIfAbsent(operation.client(), _ -> new TreeMap<>())
                .put(operation.id(), operation.encoded().size());
        if (before == null) {
            bytes += operation.encoded().size();
            count++;
        }
    }

    /** An operation of a client is executed. What waited below its session's window cannot be any more. */
    synchronized void done(VerifyingKey client, long id) {
        TreeMap<Long, Integer> ofClient = sizes.get(client);
        if (ofClient == null) {
            return;
        }
        forget(ofClient.remove(id));
        while (!ofClient.isEmpty() && ofClient.firstKey() < id - perClient) {
            forget(ofClient.pollFirstEntry().getValue());
        }
        if (ofClient.isEmpty()) {
            sizes.remove(client);
        }
    }

    synchronized int count() {
        return count;
    }

    private void forget(@org.jspecify.annotations.Nullable Integer size) {
        if (size != null) {
            bytes -= size;
            count--;
        }
    }
}
