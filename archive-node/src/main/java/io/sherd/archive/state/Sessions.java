package io.sherd.archive.state;

import io.sherd.archive.store.StoreCorruptException;
import io.sherd.archive.store.StoreException;
import io.sherd.replication.genesis.Limits;
import io.sherd.replication.ledger.VerifyingKey;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;

/**
 * The reply table: clients' sessions, read from the state when a client first appears and written back with the state
 * checkpoint. Those that changed since the last checkpoint stay in memory, others as long as they take little space.
 */
final class Sessions {

    /** Of sessions that the store has as well. */
    private static final long CLEAN_BYTES = 32L << 20;

    private final StateStore store;
    private final Limits limits;
    private final LinkedHashMap<VerifyingKey, ClientSession> dirty = new LinkedHashMap<>();

    /** Least recently used first. */
    private final LinkedHashMap<VerifyingKey, ClientSession> clean = new LinkedHashMap<>();

    private long cleanBytes;

    Sessions(StateStore store, Limits limits) {
        this.store = store;
        this.limits = limits;
    }

    /** The session of a client, to look at. */
    ClientSession of(VerifyingKey client) throws StoreException {
        ClientSession session = dirty.get(client);
        if (session == null) {
            session = removeClean(client).orElse(null);
            if (session == null) {
                session = load(client);
            }
            addClean(client, session);
        }
        return session;
    }

    /** Keeps a result of an operation that was executed. */
    void executed(VerifyingKey client, long id, long sequence, Bytes result) throws StoreException {
        ClientSession session = of(client);
        if (removeClean(client).isPresent()) {
            dirty.put(client, session);
        }
        session.executed(id, KeptResult.of(sequence, result, limits.resultBytes()));
    }

    /** What the state checkpoint must write. */
    List<StateChange> changes() {
        List<StateChange> changes = new ArrayList<>();
        dirty.forEach((client, session) -> session.changes()
                .forEach(leaf ->
                        changes.add(new StateChange(StateLeaf.SESSION, key(client, leaf.part()), leaf.value()))));
        return changes;
    }

    /** The changes are in the store. */
    void committed() {
        dirty.values().forEach(ClientSession::written);
        dirty.forEach(this::addClean);
        dirty.clear();
    }

    private ClientSession load(VerifyingKey client) throws StoreException {
        try {
            return ClientSession.read(part -> store.get(StateLeaf.SESSION, key(client, part)), limits.sessionWindow());
        } catch (WireFormatException e) {
            throw new StoreCorruptException(
                    "state: session of client %s: %s".formatted(client.hex(), e.getMessage()), e);
        }
    }

    private void addClean(VerifyingKey client, ClientSession session) {
        clean.put(client, session);
        cleanBytes += weight(session);
        while (cleanBytes > CLEAN_BYTES && clean.size() > 1) {
            cleanBytes -= weight(clean.pollFirstEntry().getValue());
        }
    }

    private Optional<ClientSession> removeClean(VerifyingKey client) {
        ClientSession session = clean.remove(client);
        if (session != null) {
            cleanBytes -= weight(session);
        }
        return Optional.ofNullable(session);
    }

    /** A session without results takes some memory as well. */
    private static long weight(ClientSession session) {
        return 256 + session.memoryBytes();
    }

    private static Bytes key(VerifyingKey client, int part) {
        byte[] raw = client.raw().toByteArray();
        return part == ClientSession.HEAD
                ? Bytes.wrap(raw)
                : new ByteWriter(raw.length + Short.BYTES)
                        .raw(Bytes.wrap(raw))
                        .u16(part)
                        .toBytes();
    }
}
