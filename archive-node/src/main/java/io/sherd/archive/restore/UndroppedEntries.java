package io.sherd.archive.restore;

import io.sherd.archive.store.PieceStore;
import io.sherd.archive.store.StoreCorruptException;
import io.sherd.archive.store.StoreException;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.piece.SegmentContext;
import io.sherd.replication.segment.Segment;
import io.sherd.replication.segment.SegmentCodec;
import io.sherd.replication.segment.SegmentCompression;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;

/** The entries of an archive's sealed segments whose full bytes were not dropped yet. */
public final class UndroppedEntries implements DecidedEntries {

    private final Genesis genesis;
    private final PieceStore archive;

    /** The undropped entries of one archive. */
    public UndroppedEntries(Genesis genesis, PieceStore archive) {
        this.genesis = genesis;
        this.archive = archive;
    }

    @Override
    public void segmentsAfter(long sequence, SegmentConsumer consumer) throws StoreException {
        for (long number = firstAfter(sequence); number < archive.commitmentCount(); number++) {
            consumer.accept(segment(number));
        }
    }

    /**
     * One segment, checked against its commitment.
     *
     * @throws StoreCorruptException if its full bytes are not held, or are not those of its commitment
     */
    public Segment segment(long number) throws StoreException {
        Commitment commitment = archive.commitment(number)
                .orElseThrow(() -> new StoreCorruptException("archive: segment " + number + " has no commitment"));
        Bytes compressed = archive.undropped(number)
                .orElseThrow(() -> new StoreCorruptException(
                        "archive: the full bytes of segment %d are needed, but were dropped".formatted(number)));
        SegmentContext context = commitment.context();
        try {
            Bytes plain = SegmentCompression.decompress(
                    context.codec(),
                    compressed,
                    context.plainLength(),
                    genesis.limits().maxSegmentBytes());
            Segment segment = SegmentCodec.decode(plain, context.ledgerHashBefore(), genesis.limits());
            boolean isTheOne = segment.number() == number
                    && segment.firstSequence() == context.firstSequence()
                    && segment.ledgerHashAfter().equals(context.ledgerHashAfter());
            if (!isTheOne) {
                throw new WireFormatException("they are another segment's");
            }
            return segment;
        } catch (WireFormatException e) {
            throw new StoreCorruptException(
                    "archive: the full bytes of segment %d: %s".formatted(number, e.getMessage()), e);
        }
    }

    /** The first segment with an entry after a position: segments are in order, so by halving. */
    private long firstAfter(long sequence) throws StoreException {
        long low = 0;
        long high = archive.commitmentCount();
        while (low < high) {
            long middle = (low + high) >>> 1;
            Commitment commitment = archive.commitment(middle)
                    .orElseThrow(() -> new StoreCorruptException("archive: segment " + middle + " has no commitment"));
            if (commitment.context().lastSequence() > sequence) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }
}
