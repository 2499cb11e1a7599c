package io.sherd.replication.segment;

import io.sherd.merkle.Digest;
import io.sherd.replication.genesis.Limits;
import io.sherd.replication.ledger.Batch;
import io.sherd.replication.ledger.LedgerEntry;
import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.util.ArrayList;
import java.util.List;

/**
 * The canonical plain bytes of a segment.
 *
 * <pre>
 *   field            bytes   content
 *   version          1       1
 *   segment number   8
 *   first sequence   8
 *   entry count      4       at least 1
 *   batches          …       one {@link Batch} an entry, in order
 * </pre>
 *
 * <p>Positions are consecutive, so only the first is written. The ledger hash before the segment is not in the bytes: it is
 * in the commitment, and checked by whoever chains segments.
 */
public final class SegmentCodec {

    private static final int VERSION = 1;
    private static final int HEADER_BYTES = 21;

    private SegmentCodec() {}

    /**
     * {@return the plain bytes of a segment}
     *
     * @param segment a closed segment
     */
    public static Bytes encode(Segment segment) {
        int size = HEADER_BYTES;
        for (LedgerEntry entry : segment.entries()) {
            size = Math.addExact(size, entry.batch().sizeBytes());
        }
        ByteWriter writer = new ByteWriter(size);
        writer.u8(VERSION)
                .u64(segment.number())
                .u64(segment.firstSequence())
                .u32(segment.entries().size());
        segment.entries().forEach(entry -> entry.batch().encode(writer));
        return writer.toBytes();
    }

    /**
     * Reads a segment.
     *
     * @param bytes exactly one segment's plain bytes
     * @param ledgerHashBefore the ledger hash before it, from its commitment
     * @param limits bounds of counts and sizes
     * @return the segment
     * @throws WireFormatException if the bytes are not a segment's
     */
    public static Segment decode(Bytes bytes, Digest ledgerHashBefore, Limits limits) throws WireFormatException {
        ByteReader reader = new ByteReader(bytes);
        int version = reader.u8();
        if (version != VERSION) {
            throw new WireFormatException("segment of version %d, this program reads %d".formatted(version, VERSION));
        }
        long number = reader.u64();
        long first = reader.u64();
        int count = reader.count(limits.checkpointInterval(), "entries in a segment");
        if (count == 0 || first < LedgerEntry.FIRST_SEQUENCE || first > Long.MAX_VALUE - count) {
            throw new WireFormatException("a segment of %d entries from position %d".formatted(count, first));
        }
        List<LedgerEntry> entries = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            entries.add(new LedgerEntry(first + i, Batch.decode(reader, limits.batchBytes())));
        }
        reader.end();
        return new Segment(number, ledgerHashBefore, entries);
    }
}
