package io.sherd.archive.store;

import io.sherd.archive.store.RocksDatabase.Entry;
import io.sherd.archive.store.RocksDatabase.Writes;
import io.sherd.replication.retention.SegmentSet;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import java.util.List;
import java.util.Optional;

/**
 * Which replica's receipts are held for which segments: per replica, ranges that neither overlap nor touch, normally one. A
 * replica that signs every other segment makes as many ranges as it signs, each its own small record, so nothing that a
 * liar does makes one value grow.
 */
final class ReceiptRanges {

    private static final int SCAN_LIMIT = 1024;

    /** Where the first segment stands in a key. */
    private static final int FIRST_OFFSET = 3;

    private final RocksDatabase database;

    ReceiptRanges(RocksDatabase database) {
        this.database = database;
    }

    /** Whether a replica's receipt for a segment is held. */
    boolean contains(int replica, long segment) throws StoreException {
        Optional<Entry> range = lastUpTo(replica, segment);
        return range.isPresent() && endOf(range.get()) > segment;
    }

    /** All ranges of a replica. */
    SegmentSet of(int replica) throws StoreException {
        SegmentSet held = new SegmentSet();
        Bytes from = ArchiveSchema.receiptRanges(replica);
        List<Entry> ranges;
        do {
            ranges = database.scan(ArchiveSchema.RECORDS, ArchiveSchema.receiptRanges(replica), from, SCAN_LIMIT);
            for (Entry range : ranges) {
                held.add(firstOf(range), endOf(range));
                from = ArchiveSchema.receiptRange(replica, firstOf(range) + 1);
            }
        } while (ranges.size() == SCAN_LIMIT);
        return held;
    }

    /**
     * Adds a range, joined with those that it touches. Of one replica at most one range is added by the same writes.
     *
     * @param writes what is appended to
     * @param end the segment behind the range
     */
    void add(Writes writes, int replica, long first, long end) throws StoreException {
        long joinedFirst = first;
        long joinedEnd = end;
        Optional<Entry> before = lastUpTo(replica, first);
        if (before.isPresent() && endOf(before.get()) >= end) {
            return;
        }
        if (before.isPresent() && endOf(before.get()) >= first) {
            joinedFirst = firstOf(before.get());
        }
        long from = first;
        List<Entry> following;
        do {
            following = database.scan(
                    ArchiveSchema.RECORDS,
                    ArchiveSchema.receiptRanges(replica),
                    ArchiveSchema.receiptRange(replica, from),
                    SCAN_LIMIT);
            for (Entry range : following) {
                if (firstOf(range) > joinedEnd) {
                    following = List.of();
                    break;
                }
                joinedEnd = Math.max(joinedEnd, endOf(range));
                writes.delete(ArchiveSchema.RECORDS, range.key());
                from = firstOf(range) + 1;
            }
        } while (following.size() == SCAN_LIMIT);
        writes.put(
                ArchiveSchema.RECORDS,
                ArchiveSchema.receiptRange(replica, joinedFirst),
                new ByteWriter(8).u64(joinedEnd).toBytes());
    }

    private Optional<Entry> lastUpTo(int replica, long segment) throws StoreException {
        return database.lastUpTo(
                ArchiveSchema.RECORDS,
                ArchiveSchema.receiptRanges(replica),
                ArchiveSchema.receiptRange(replica, segment));
    }

    private static long firstOf(Entry range) {
        return ArchiveSchema.numberAt(range.key(), FIRST_OFFSET);
    }

    private static long endOf(Entry range) {
        return ArchiveSchema.numberAt(range.value(), 0);
    }
}
