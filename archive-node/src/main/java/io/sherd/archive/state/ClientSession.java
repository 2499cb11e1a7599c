package io.sherd.archive.state;

import io.sherd.merkle.Digest;
import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What makes one client's requests execute at most once (docs/DESIGN.md, "Ordering"). Ids start at 1; with {@code top} the
 * highest id executed, or 0, and a window of W ids:
 *
 * <pre>
 *   id at most top - W, or 0      stale: whether it was executed is forgotten
 *   id up to top + W              executed once; its result is kept while it is above top - W
 *   id above top + W              refused: a jump that would make the client's own earlier ids stale
 * </pre>
 *
 * <p>Bytes, as they stand in the state: {@code top (8) | count (4) | (top - id (2) | kept result)*}, ids ascending. Not
 * thread-safe.
 */
final class ClientSession {

    private static final int BYTES_AROUND_A_RESULT = 15;

    private final int window;
    private final NavigableMap<Long, KeptResult> results = new TreeMap<>();
    private long top;
    private long resultBytes;

    /** The session of a client that has executed nothing. */
    ClientSession(int window) {
        this.window = window;
    }

    /** Where an id stands. */
    enum Standing {
        STALE,
        EXECUTED,
        NEW,
        JUMP
    }

    Standing standingOf(long id) {
        if (id <= Math.max(0, top - window)) {
            return Standing.STALE;
        }
        if (id - top > window) {
            return Standing.JUMP;
        }
        return results.containsKey(id) ? Standing.EXECUTED : Standing.NEW;
    }

    /** The highest id that was executed; 0 if none. */
    long top() {
        return top;
    }

    /** What is kept of the result of an id that was executed. */
    Optional<KeptResult> resultOf(long id) {
        return Optional.ofNullable(results.get(id));
    }

    /** Keeps the result of an id that is {@link Standing#NEW}. */
    void executed(long id, KeptResult result) {
        results.put(id, result);
        resultBytes += sizeBytes(result);
        top = Math.max(top, id);
        Map<Long, KeptResult> forgotten = results.headMap(top - window, true);
        forgotten.values().forEach(old -> resultBytes -= sizeBytes(old));
        forgotten.clear();
    }

    /** About as many bytes as {@link #encoded} has. */
    long sizeBytes() {
        return resultBytes;
    }

    Bytes encoded() {
        ByteWriter writer = new ByteWriter().u64(top).u32(results.size());
        results.forEach((id, result) -> {
            writer.u16((int) (top - id));
            result.encode(writer);
        });
        return writer.toBytes();
    }

    static ClientSession decode(Bytes bytes, int window) throws WireFormatException {
        ByteReader reader = new ByteReader(bytes);
        ClientSession session = new ClientSession(window);
        long top = reader.u64();
        int count = reader.count(window, "results in a session");
        for (int i = 0; i < count; i++) {
            int back = reader.u16();
            long id = top - back;
            if (back >= window || id < 1 || id <= session.top) {
                throw new WireFormatException("id %d in a session up to id %d".formatted(id, top));
            }
            session.executed(id, KeptResult.decode(reader));
        }
        if (session.top != top) {
            throw new WireFormatException("the last id of a session is %d, not %d".formatted(session.top, top));
        }
        reader.end();
        return session;
    }

    private static long sizeBytes(KeptResult result) {
        long kept = switch (result) {
            case KeptResult.Whole whole -> whole.result().size();
            case KeptResult.TooLarge _ -> Digest.SIZE_BYTES;
        };
        return BYTES_AROUND_A_RESULT + kept;
    }
}
