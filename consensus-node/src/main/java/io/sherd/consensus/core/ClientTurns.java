package io.sherd.consensus.core;

import io.sherd.merkle.Digest;
import io.sherd.replication.ledger.Batch;
import io.sherd.replication.ledger.Request;
import io.sherd.replication.ledger.VerifyingKey;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The operations that wait, by client. Clients take turns: a batch takes one operation of each, in the order in which that
 * client's arrived, until it is full, and the next batch begins with those who waited longest for their turn. So a client that
 * floods the queue delays the others by no more than its own turn.
 */
final class ClientTurns {

    /** What a client has its share of: the queue is full when either is used up. */
    enum Share {
        OPERATIONS,
        BYTES;

        private long of(Line line) {
            return this == BYTES ? line.bytes : line.operations.size();
        }

        private long of(Request.Operation operation) {
            return this == BYTES ? operation.encoded().size() : 1;
        }
    }

    /** What one client waits for, oldest first. */
    private static final class Line {
        private final LinkedHashMap<Digest, Request.Operation> operations = new LinkedHashMap<>();
        private long bytes;
    }

    private final LinkedHashMap<VerifyingKey, Line> lines = new LinkedHashMap<>();

    void add(Digest digest, Request.Operation operation) {
        Line line = lines.computeIfAbsent(operation.client(), client -> new Line());
        if (line.operations.put(digest, operation) == null) {
            line.bytes += operation.encoded().size();
        }
    }

    void remove(Digest digest, Request.Operation operation) {
        Line line = lines.get(operation.client());
        if (line != null && line.operations.remove(digest) != null) {
            line.bytes -= operation.encoded().size();
            if (line.operations.isEmpty()) {
                lines.remove(operation.client());
            }
        }
    }

    void clear() {
        lines.clear();
    }

    /** A client had its turn: the others come before it. */
    void hadTurn(VerifyingKey client) {
        Line line = lines.remove(client);
        if (line != null) {
            lines.put(client, line);
        }
    }

    /** Operations in the order of turns, until a batch is full. They stay in line. */
    List<Request> gather(long batchBytes) {
        List<Request> gathered = new ArrayList<>();
        List<Iterator<Request.Operation>> round = new ArrayList<>();
        lines.values().forEach(line -> round.add(line.operations.values().iterator()));
        long size = Batch.NULL.sizeBytes();
        while (!round.isEmpty()) {
            for (Iterator<Iterator<Request.Operation>> turns = round.iterator(); turns.hasNext(); ) {
                Iterator<Request.Operation> line = turns.next();
                Request.Operation operation = line.next();
                size += 4L + operation.encoded().size();
                if (size > batchBytes || gathered.size() == Batch.MAX_REQUESTS) {
                    return gathered;
                }
                gathered.add(operation);
                if (!line.hasNext()) {
                    turns.remove();
                }
            }
        }
        return gathered;
    }

    /**
     * {@return the latest operation of whoever has most in line, if that is more than the newcomer would have; null if nobody
     * has} A REJOIN is nobody's share.
     *
     * @param newcomer what is to be added
     * @param share what counts: how many operations, or their bytes
     */
    Request.@Nullable Operation crowdedOutBy(Request newcomer, Share share) {
        long most = 0;
        if (newcomer instanceof Request.Operation operation) {
            Line own = lines.get(operation.client());
            most = (own == null ? 0 : share.of(own)) + share.of(operation);
        }
        Line longest = null;
        for (Line line : lines.values()) {
            if (share.of(line) > most) {
                most = share.of(line);
                longest = line;
            }
        }
        return longest == null ? null : longest.operations.lastEntry().getValue();
    }
}
