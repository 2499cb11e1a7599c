package io.sherd.archive.state;

import io.sherd.archive.store.StoreException;
import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

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
 * <p>In the state a session is one leaf that says how far it is and, so that a checkpoint writes what changed and not all that
 * is kept, one leaf for each block of {@value #BLOCK_IDS} ids. Blocks take turns on W / {@value #BLOCK_IDS} + 1 (rounded up)
 * slots, so that no two blocks with ids above top - W meet on one:
 *
 * <pre>
 *   client                 top (8)
 *   client | slot (2)      block number (8) | count (1) | (id's place in the block (1) | kept result)*, places ascending
 * </pre>
 *
 * <p>A block is written at a checkpoint if one of its ids was executed since the one before, with what is above top - W then;
 * a slot on which nothing is left is removed. So it may hold ids that have become stale since; they are not read. Not
 * thread-safe.
 */
final class ClientSession {

    /** How many ids one leaf of the state keeps results of. */
    static final int BLOCK_IDS = 16;

    private static final int OBJECTS_AROUND_A_RESULT_BYTES = 160;

    private final int window;
    private final NavigableMap<Long, KeptResult> results = new TreeMap<>();
    private final NavigableSet<Integer> changedSlots = new TreeSet<>();
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
        keep(id, result);
        changedSlots.add(slotOf(id));
    }

    private void keep(long id, KeptResult result) {
        results.put(id, result);
        resultBytes += result.sizeBytes();
        top = Math.max(top, id);
        Map<Long, KeptResult> forgotten = results.headMap(top - window, true);
        forgotten.values().forEach(old -> resultBytes -= old.sizeBytes());
        forgotten.clear();
    }

    /** About how much memory its results take. */
    long memoryBytes() {
        return resultBytes + (long) results.size() * OBJECTS_AROUND_A_RESULT_BYTES;
    }

    /**
     * One leaf of the session.
     *
     * @param part {@link #HEAD}, or a slot
     * @param value empty if the leaf is removed
     */
    record Leaf(int part, Optional<Bytes> value) {}

    /** The part that says how far the session is. */
    static final int HEAD = -1;

    /** What a checkpoint must write; none if nothing was executed since {@link #written}. */
    List<Leaf> changes() {
        if (changedSlots.isEmpty()) {
            return List.of();
        }
        List<Leaf> leaves = new ArrayList<>();
        leaves.add(
                new Leaf(HEAD, Optional.of(new ByteWriter(Long.BYTES).u64(top).toBytes())));
        TreeMap<Integer, Long> blocks = new TreeMap<>();
        results.keySet().forEach(id -> blocks.put(slotOf(id), blockOf(id)));
        for (int slot : changedSlots) {
            leaves.add(new Leaf(slot, Optional.ofNullable(blocks.get(slot)).map(this::encodedBlock)));
        }
        return leaves;
    }

    /** The changes are in the store. */
    void written() {
        changedSlots.clear();
    }

    private Bytes encodedBlock(long block) {
        Map<Long, KeptResult> kept = results.subMap(block * BLOCK_IDS, (block + 1) * BLOCK_IDS);
        int size = Long.BYTES + 1;
        for (KeptResult result : kept.values()) {
            size += 1 + result.sizeBytes();
        }
        ByteWriter writer = new ByteWriter(size).u64(block).u8(kept.size());
        kept.forEach((id, result) -> {
            writer.u8((int) (id % BLOCK_IDS));
            result.encode(writer);
        });
        return writer.toBytes();
    }

    /** Looks up leaves of one session. */
    @FunctionalInterface
    interface Leaves {
        /** {@return the value of a leaf; empty if there is none} */
        Optional<Bytes> get(int part) throws StoreException;
    }

    /**
     * Reads a session.
     *
     * @throws WireFormatException if the leaves are not those of a session
     */
    static ClientSession read(Leaves leaves, int window) throws StoreException, WireFormatException {
        ClientSession session = new ClientSession(window);
        Optional<Bytes> head = leaves.get(HEAD);
        if (head.isEmpty()) {
            return session;
        }
        ByteReader reader = new ByteReader(head.get());
        session.top = reader.u64();
        reader.end();
        for (int slot = 0; slot < session.slotCount(); slot++) {
            Optional<Bytes> block = leaves.get(slot);
            if (block.isPresent()) {
                session.addBlock(slot, new ByteReader(block.get()));
            }
        }
        if (!session.results.containsKey(session.top)) {
            throw new WireFormatException("no result of the last id of a session, %d".formatted(session.top));
        }
        return session;
    }

    private void addBlock(int slot, ByteReader reader) throws WireFormatException {
        long block = reader.u64();
        if (block < 0 || block > top / BLOCK_IDS || block % slotCount() != slot) {
            throw new WireFormatException(
                    "block %d on slot %d of %d in a session up to id %d".formatted(block, slot, slotCount(), top));
        }
        int count = reader.u8();
        long last = block * BLOCK_IDS - 1;
        for (int i = 0; i < count; i++) {
            long id = block * BLOCK_IDS + reader.u8();
            if (id <= last || id >= (block + 1) * BLOCK_IDS || id < 1 || id > top) {
                throw new WireFormatException(
                        "id %d after %d in block %d of a session up to id %d".formatted(id, last, block, top));
            }
            last = id;
            KeptResult result = KeptResult.decode(reader);
            if (id > top - window) {
                keep(id, result);
            }
        }
        if (count == 0) {
            throw new WireFormatException("no results in block %d".formatted(block));
        }
        reader.end();
    }

    private int slotCount() {
        return Math.ceilDiv(window, BLOCK_IDS) + 1;
    }

    private int slotOf(long id) {
        return (int) (blockOf(id) % slotCount());
    }

    private static long blockOf(long id) {
        return id / BLOCK_IDS;
    }
}
