package io.sherd.archive.store;

import io.sherd.archive.store.ArchiveSchema.RecordType;
import io.sherd.archive.store.RocksDatabase.Entry;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;

/**
 * Finds damage in the records of an archive, saves what is right, and puts mended records in their place.
 *
 * <p>Rot in a table of RocksDB stays where it is whatever is written later, and hides its neighbours from every scan: so the family is
 * thrown away whole and written anew. What it will hold is made durable first, in the file {@code records} beside the database, and
 * the file goes when that is done: whoever opens the archive and finds it does it again.
 */
final class RecordRescue {

    private static final String FILE = "records";
    private static final int SCAN_LIMIT = 1024;

    private RecordRescue() {}

    /** What is wrong with the records; empty if each can be read and no commitment or closed epoch is missing. */
    static Optional<String> trouble(
            RocksDatabase database, long commitmentCount, long closedEpochCount, LongConsumer onRead)
            throws StoreException {
        long commitments = 0;
        long closedEpochs = 0;
        try {
            database.verifyBlocks(ArchiveSchema.RECORDS);
            Bytes from = Bytes.EMPTY;
            List<Entry> page;
            do {
                page = database.scan(ArchiveSchema.RECORDS, Bytes.EMPTY, from, SCAN_LIMIT);
                for (Entry entry : page) {
                    commitments += isOf(RecordType.COMMITMENT, entry.key()) ? 1 : 0;
                    closedEpochs += isOf(RecordType.CLOSED_EPOCH, entry.key()) ? 1 : 0;
                    from = ArchiveSchema.after(entry.key());
                }
                onRead.accept(page.stream()
                        .mapToLong(entry -> entry.key().size() + entry.value().size())
                        .sum());
            } while (page.size() == SCAN_LIMIT);
        } catch (StoreCorruptException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
        if (commitments != commitmentCount || closedEpochs != closedEpochCount) {
            return Optional.of("archive: %d commitments of %d, %d closed epochs of %d"
                    .formatted(commitments, commitmentCount, closedEpochs, closedEpochCount));
        }
        return Optional.empty();
    }

    /**
     * The records that are right. Which hints and full bytes are held is found out from those themselves, since a marker may be lost, or
     * one that was deleted may be back.
     *
     * @param database the archive's
     * @param commitmentCount how many commitments there must be
     * @param replicaCount how many pieces a segment has
     * @param ownIndex which of them is not a hint
     */
    static ArchiveRecords rescue(RocksDatabase database, long commitmentCount, int replicaCount, int ownIndex)
            throws StoreException {
        RocksDatabase.Rescue found = database.rescue(ArchiveSchema.RECORDS);
        ArchiveRecords records = new ArchiveRecords(commitmentCount, found.rotten());
        for (Entry entry : found.entries()) {
            if (!isOf(RecordType.HINT_HELD, entry.key()) && !isOf(RecordType.UNDROPPED_HELD, entry.key())) {
                records.put(entry.key(), entry.value());
            }
        }
        for (long segment = 0; segment < commitmentCount; segment++) {
            Bytes key = ArchiveSchema.segment(segment);
            if (isHeld(database, ArchiveSchema.UNDROPPED, key)) {
                records.put(RecordType.UNDROPPED_HELD.key(segment), Bytes.EMPTY);
            }
            for (int index = 0; index < replicaCount; index++) {
                if (index != ownIndex && isHeld(database, ArchiveSchema.HINTS, ArchiveSchema.piece(segment, index))) {
                    records.put(ArchiveSchema.hintHeld(segment, index), Bytes.EMPTY);
                }
            }
        }
        return records;
    }

    /** How many epochs the archive says were closed, where a scan does not answer: up to the first that is missing. */
    static long closedEpochs(RocksDatabase database) throws StoreException {
        long count = 0;
        for (Entry entry : database.rescue(ArchiveSchema.RECORDS).entries()) {
            if (entry.key().equals(RecordType.CLOSED_EPOCH.key(count))) {
                count++;
            }
        }
        return count;
    }

    /** Puts records in the place of those of an archive that is closed. */
    static void replace(Path archive, ArchiveRecords records) throws StoreException {
        try {
            DurableFiles.replace(archive.resolve(FILE), records.encoded());
        } catch (IOException e) {
            throw new StoreException("archive: the mended records cannot be written", e);
        }
        finish(archive);
    }

    /** Goes on with what a crash interrupted in {@link #replace}, if there is anything. */
    static void finish(Path archive) throws StoreException {
        Path file = archive.resolve(FILE);
        try {
            if (!Files.exists(file)) {
                return;
            }
            List<Entry> entries = ArchiveRecords.decode(Files.readAllBytes(file));
            RocksDatabase.replaceFamily(archive, ArchiveSchema.SCHEMA, ArchiveSchema.RECORDS, entries);
            DurableFiles.delete(file);
        } catch (IOException e) {
            throw new StoreException("archive: the mended records cannot be put in their place", e);
        } catch (WireFormatException e) {
            throw new StoreCorruptException(file + ": " + e.getMessage(), e);
        }
    }

    /** Rotten full bytes and hints are there all the same: whoever reads them says so. */
    private static boolean isHeld(RocksDatabase database, RocksDatabase.Family family, Bytes key)
            throws StoreException {
        try {
            return database.get(family, key).isPresent();
        } catch (StoreCorruptException e) {
            return true;
        }
    }

    private static boolean isOf(RecordType type, Bytes key) {
        return key.size() > 0 && key.at(0) == type.prefix().at(0);
    }
}
