package io.sherd.consensus.durable;

import io.sherd.archive.store.RocksDatabase;
import io.sherd.archive.store.RocksDatabase.Entry;
import io.sherd.archive.store.StoreCorruptException;
import io.sherd.archive.store.StoreException;
import io.sherd.consensus.core.DecidedEntry;
import io.sherd.consensus.durable.SlotCodec.Slot;
import io.sherd.merkle.Digest;
import io.sherd.replication.ledger.Batch;
import io.sherd.replication.ledger.LedgerEntry;
import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Reads slots and batches, and checks that they are what their keys say. Thread-safe. */
final class VoteReader {

    /** Slots that are read at a time. */
    private static final int PAGE = 1024;

    private final RocksDatabase database;
    private final VoteIndex index;

    VoteReader(RocksDatabase database, VoteIndex index) {
        this.database = database;
        this.index = index;
    }

    /** Finds out what the database has. */
    void readIndex() throws StoreException {
        forEachSlot(0, (key, slot) -> {
            var _ = index.putSlot(slot.sequence(), key, slot.digest());
            boolean hasBatch = switch (slot) {
                case Slot.Proposal p -> true;
                case Slot.Decided d -> true;
                case Slot.Prepare p -> false;
                case Slot.Commit c -> false;
            };
            if (hasBatch && !slot.digest().equals(Batch.NULL.digest())) {
                var _ = index.putBatch(slot.sequence(), slot.digest());
            }
        });
    }

    /** What {@link VoteLog#decided} says. */
    List<DecidedEntry> decided(long from, int limit, int limitBytes) throws StoreException {
        List<DecidedEntry> entries = new ArrayList<>();
        long bytes = 0;
        while (entries.size() < limit && bytes < limitBytes) {
            long sequence = from + entries.size();
            Bytes key = VoteKeys.decided(sequence);
            Optional<Bytes> value = database.get(VoteKeys.SLOTS, key);
            if (value.isEmpty() || !(SlotCodec.decode(new Entry(key, value.get())) instanceof Slot.Decided decided)) {
                break;
            }
            Optional<Batch> batch = storedBatch(sequence, decided.digest());
            if (batch.isEmpty()) {
                // Truncated since the decision was read.
                break;
            }
            entries.add(entry(decided, batch.get()));
            bytes += batch.get().sizeBytes();
        }
        return entries;
    }

    /** What {@link VoteLog#batch} says. */
    Optional<Batch> batch(Digest digest) throws StoreException {
        if (digest.equals(Batch.NULL.digest())) {
            return Optional.of(Batch.NULL);
        }
        OptionalLong sequence = index.sequenceOf(digest);
        return sequence.isEmpty() ? Optional.empty() : storedBatch(sequence.getAsLong(), digest);
    }

    /** Every slot at or above a position, ascending, handed over one by one. */
    void forEachSlot(long from, SlotVisitor visitor) throws StoreException {
        Bytes next = VoteKeys.firstOf(from);
        while (true) {
            List<Entry> page = database.scan(VoteKeys.SLOTS, Bytes.EMPTY, next, PAGE);
            for (Entry entry : page) {
                visitor.visit(entry.key(), SlotCodec.decode(entry));
            }
            if (page.size() < PAGE) {
                return;
            }
            byte[] last = page.getLast().key().readOnlyArray();
            // The smallest key behind the last one.
            next = Bytes.wrap(Arrays.copyOf(last, last.length + 1));
        }
    }

    /** Takes slots. */
    @FunctionalInterface
    interface SlotVisitor {
        void visit(Bytes key, Slot slot) throws StoreException;
    }

    /** The batch that a slot names. */
    Batch requireBatch(Slot slot) throws StoreException {
        return storedBatch(slot.sequence(), slot.digest())
                .orElseThrow(() -> new StoreCorruptException("votes: position %d has no batch %s"
                        .formatted(slot.sequence(), slot.digest().shortHex())));
    }

    static DecidedEntry entry(Slot.Decided decided, Batch batch) {
        return new DecidedEntry(
                new LedgerEntry(decided.sequence(), batch),
                decided.ballot().epoch(),
                decided.ballot().view(),
                decided.commits());
    }

    private Optional<Batch> storedBatch(long sequence, Digest digest) throws StoreException {
        if (digest.equals(Batch.NULL.digest())) {
            return Optional.of(Batch.NULL);
        }
        Optional<Bytes> stored = database.get(VoteKeys.BATCHES, VoteKeys.batch(sequence, digest));
        if (stored.isEmpty()) {
            return Optional.empty();
        }
        try {
            ByteReader reader = new ByteReader(stored.get());
            Batch batch = Batch.decode(reader, stored.get().size());
            reader.end();
            if (!batch.digest().equals(digest)) {
                throw new StoreCorruptException("votes: the batch of position %d has digest %s, its key says %s"
                        .formatted(sequence, batch.digest().shortHex(), digest.shortHex()));
            }
            return Optional.of(batch);
        } catch (WireFormatException e) {
            throw new StoreCorruptException("votes: the batch of position " + sequence + ": " + e.getMessage(), e);
        }
    }
}
