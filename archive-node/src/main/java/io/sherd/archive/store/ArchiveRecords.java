package io.sherd.archive.store;

import io.sherd.archive.store.ArchiveSchema.RecordType;
import io.sherd.archive.store.RocksDatabase.Entry;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.ClosedEpoch;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.StoredRecord;
import io.sherd.replication.wire.WireFormatException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The records of an archive, in memory: what was saved of damaged ones, and what others gave in the place of those that are lost.
 * Commitments and closed epochs cannot be done without; of certificates the newest is enough; receipts that are lost count as absent,
 * and what is held for others shows in the pieces themselves. Not thread-safe.
 */
public final class ArchiveRecords {

    private static final int VERSION = 1;

    private final TreeMap<Bytes, Bytes> entries = new TreeMap<>(ArchiveRecords::compare);
    private final long commitmentCount;
    private final long rotten;

    /**
     * Some records.
     *
     * @param commitmentCount how many commitments there must be
     * @param rotten how many values could not be read, as far as that is known
     */
    ArchiveRecords(long commitmentCount, long rotten) {
        this.commitmentCount = commitmentCount;
        this.rotten = rotten;
    }

    /** How many commitments there must be. */
    public long commitmentCount() {
        return commitmentCount;
    }

    /** How many values were not what was written, as far as that is known: one that was never found is not counted. */
    public long rotten() {
        return rotten;
    }

    /** The segments whose commitment is lost, ascending. */
    public List<Long> missingCommitments() {
        List<Long> missing = new ArrayList<>();
        for (long segment = 0; segment < commitmentCount; segment++) {
            if (!entries.containsKey(RecordType.COMMITMENT.key(segment))) {
                missing.add(segment);
            }
        }
        return missing;
    }

    /** The commitment of a segment, if it is here. */
    public Optional<Commitment> commitment(long segment) throws StoreCorruptException {
        return decoded(RecordType.COMMITMENT.key(segment), Commitment::decode);
    }

    /** The closing of an epoch, if it is here. */
    public Optional<ClosedEpoch> closedEpoch(long epoch) throws StoreCorruptException {
        return decoded(RecordType.CLOSED_EPOCH.key(epoch), reader -> ClosedEpoch.decode(reader.rest()));
    }

    /** All certificates that are here, ascending. */
    public List<CheckpointCertificate> certificates() throws StoreCorruptException {
        List<CheckpointCertificate> certificates = new ArrayList<>();
        for (var entry : ofType(RecordType.CERTIFICATE).entrySet()) {
            certificates.add(
                    ArchiveSchema.decode(new Entry(entry.getKey(), entry.getValue()), CheckpointCertificate::decode));
        }
        return certificates;
    }

    /** Adds a commitment, or exchanges it. */
    public void put(Commitment commitment) {
        entries.put(RecordType.COMMITMENT.key(commitment.context().segmentNumber()), commitment.encoded());
    }

    /** Adds the closing of an epoch, or exchanges it. */
    public void put(ClosedEpoch closed) {
        entries.put(RecordType.CLOSED_EPOCH.key(closed.epoch()), closed.encoded());
    }

    /** Adds a certificate, or exchanges that of its position. */
    public void put(CheckpointCertificate certificate) {
        entries.put(RecordType.CERTIFICATE.key(certificate.statement().sequence()), certificate.encoded());
    }

    /** Takes the closings of epochs from one on away: what does not verify. */
    public void dropClosedEpochsFrom(long epoch) {
        ofType(RecordType.CLOSED_EPOCH)
                .tailMap(RecordType.CLOSED_EPOCH.key(epoch))
                .clear();
    }

    void put(Bytes key, Bytes value) {
        entries.put(key, value);
    }

    List<Entry> entries() {
        return entries.entrySet().stream()
                .map(entry -> new Entry(entry.getKey(), entry.getValue()))
                .toList();
    }

    /**
     * The file that makes putting them in the place of others safe from a crash: kind {@code ARCHIVE_RECORDS}, version 1, payload
     * {@code count (4) | count * (sized key | sized value)}, ascending by key.
     */
    byte[] encoded() {
        ByteWriter writer = new ByteWriter().u32(entries.size());
        entries.forEach((key, value) -> writer.sized(key.readOnlyArray()).sized(value.readOnlyArray()));
        return StoredRecord.encode(StoredRecord.Kind.ARCHIVE_RECORDS, VERSION, writer.toByteArray());
    }

    /** The entries of such a file. */
    static List<Entry> decode(byte[] file) throws WireFormatException {
        ByteReader reader = StoredRecord.open(file, StoredRecord.Kind.ARCHIVE_RECORDS, VERSION);
        int count = reader.u32();
        List<Entry> entries = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Bytes key = reader.sized(file.length);
            entries.add(new Entry(key, reader.sized(file.length)));
            if (i > 0 && compare(entries.get(i - 1).key(), key) >= 0) {
                throw new WireFormatException("keys out of order");
            }
        }
        reader.end();
        return entries;
    }

    private SortedMap<Bytes, Bytes> ofType(RecordType type) {
        return entries.subMap(type.key(0), true, type.key(Long.MAX_VALUE), true);
    }

    private <T> Optional<T> decoded(Bytes key, ArchiveSchema.Decoder<T> decoder) throws StoreCorruptException {
        Bytes value = entries.get(key);
        return value == null ? Optional.empty() : Optional.of(ArchiveSchema.decode(new Entry(key, value), decoder));
    }

    private static int compare(Bytes one, Bytes other) {
        return java.util.Arrays.compareUnsigned(one.readOnlyArray(), other.readOnlyArray());
    }
}
