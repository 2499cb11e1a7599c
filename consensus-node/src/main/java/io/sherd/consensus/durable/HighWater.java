package io.sherd.consensus.durable;

import io.sherd.archive.store.DurableFiles;
import io.sherd.archive.store.StoreCorruptException;
import io.sherd.archive.store.StoreException;
import io.sherd.archive.store.UnsafeDirectoryException;
import io.sherd.replication.ledger.DirectoryId;
import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.StoredRecord;
import io.sherd.replication.wire.StoredRecord.Kind;
import io.sherd.replication.wire.WireFormatException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * How much the log must hold, outside the database that holds it.
 *
 * <p>Every append to the log raises a counter, which is written in the same batch. After a synced append returned, the counter
 * is written here too: so this record is never ahead of what is durable there, and a database with a lower counter has lost
 * something. The write costs one system call and no sync: it survives whatever does not take the machine down with it. Every
 * {@value #SYNC_EVERY} writes, and when closed, the record is synced, so a power failure that takes a log file with it is
 * noticed too, unless fewer appends than that are gone.
 *
 * <pre>
 *   slot at 0     StoredRecord of kind HIGH_WATER, version 1
 *   slot at 4096  the same; they are written in turn, so that a torn write spoils only the one that was not yet the answer
 *   payload       directory id 16 | appends 8 | epoch 8 | view 8 | sequence 8
 * </pre>
 *
 * <p>Not thread-safe.
 */
final class HighWater implements AutoCloseable {

    /** Writes of the record between two syncs of it. */
    static final int SYNC_EVERY = 256;

    private static final int VERSION = 1;
    private static final int SLOT_DISTANCE_BYTES = 4096;
    private static final int PAYLOAD_BYTES = DirectoryId.SIZE_BYTES + 4 * 8;
    private static final int SLOT_BYTES = PAYLOAD_BYTES + StoredRecord.OVERHEAD_BYTES;

    private final Path file;
    private final FileChannel channel;
    private final DirectoryId directory;
    private Mark mark;
    private int nextSlot;
    private int unsynced;

    private HighWater(Path file, FileChannel channel, DirectoryId directory, Mark mark, int nextSlot) {
        this.file = file;
        this.channel = channel;
        this.directory = directory;
        this.mark = mark;
        this.nextSlot = nextSlot;
    }

    /**
     * How far a log has come.
     *
     * @param appends synced appends, and those before them
     * @param epoch the highest epoch that was spoken of
     * @param view the highest view in it
     * @param sequence the highest position
     */
    record Mark(long appends, long epoch, long view, long sequence) {

        /** Of an empty log. */
        static final Mark NONE = new Mark(0, 0, 0, 0);

        /** This mark after one more append, which speaks of a place. */
        Mark after(long ofEpoch, long ofView, long ofSequence) {
            boolean later = ofEpoch > epoch || (ofEpoch == epoch && ofView > view);
            return new Mark(appends, later ? ofEpoch : epoch, later ? ofView : view, Math.max(ofSequence, sequence));
        }

        /** This mark with another count. */
        Mark counted(long appendCount) {
            return new Mark(appendCount, epoch, view, sequence);
        }

        @Override
        public String toString() {
            return "%d appends, up to position %d, view %d of epoch %d".formatted(appends, sequence, view, epoch);
        }
    }

    /** Makes the file of an empty log. */
    static void create(Path file, DirectoryId directory) throws IOException {
        byte[] content = new byte[SLOT_DISTANCE_BYTES + SLOT_BYTES];
        System.arraycopy(encode(directory, Mark.NONE), 0, content, 0, SLOT_BYTES);
        DurableFiles.replace(file, content);
    }

    /**
     * What the file says.
     *
     * @param directory the data directory whose log it is about
     * @param mark the latest mark
     * @param slot which of the two slots has it
     */
    record Latest(DirectoryId directory, Mark mark, int slot) {}

    /**
     * Opens the file.
     *
     * @throws StoreCorruptException if it is missing, or neither slot holds a record
     * @throws UnsafeDirectoryException if it is another directory's
     */
    static HighWater open(Path file, DirectoryId directory) throws StoreException {
        Latest latest = read(file);
        if (!latest.directory.equals(directory)) {
            throw new UnsafeDirectoryException(
                    "%s is of data directory %s, not of %s".formatted(file, latest.directory, directory));
        }
        try {
            return new HighWater(
                    file, FileChannel.open(file, StandardOpenOption.WRITE), directory, latest.mark, 1 - latest.slot);
        } catch (IOException e) {
            throw new StoreException(file + " cannot be opened", e);
        }
    }

    /**
     * Reads the file without opening it for writing.
     *
     * @throws StoreCorruptException if it is missing, or neither slot holds a record
     */
    static Latest read(Path file) throws StoreException {
        if (!Files.exists(file)) {
            throw new StoreCorruptException(file + " is missing: it says how much the votes must hold");
        }
        try {
            byte[] content = Files.readAllBytes(file);
            return Stream.of(slotAt(content, 0), slotAt(content, 1))
                    .flatMap(Optional::stream)
                    .max(Comparator.comparingLong(found -> found.mark.appends))
                    .orElseThrow(() -> new StoreCorruptException(file + ": neither of its two records is whole"));
        } catch (IOException e) {
            throw new StoreException(file + " cannot be read", e);
        }
    }

    /** The latest mark. */
    Mark mark() {
        return mark;
    }

    /** Writes a mark that is durable in the log. */
    void raise(Mark newMark) throws StoreException {
        try {
            ByteBuffer buffer = ByteBuffer.wrap(encode(directory, newMark));
            long position = (long) nextSlot * SLOT_DISTANCE_BYTES;
            while (buffer.hasRemaining()) {
                position += channel.write(buffer, position);
            }
            mark = newMark;
            nextSlot = 1 - nextSlot;
            unsynced++;
            if (unsynced >= SYNC_EVERY) {
                sync();
            }
        } catch (IOException e) {
            throw new StoreException(file + " cannot be written", e);
        }
    }

    @Override
    public void close() throws StoreException {
        if (!channel.isOpen()) {
            return;
        }
        try (channel) {
            sync();
        } catch (IOException e) {
            throw new StoreException(file + " cannot be closed", e);
        }
    }

    private void sync() throws IOException {
        channel.force(false);
        unsynced = 0;
    }

    private static byte[] encode(DirectoryId directory, Mark mark) {
        ByteWriter payload = new ByteWriter(PAYLOAD_BYTES);
        directory.encode(payload);
        payload.u64(mark.appends).u64(mark.epoch).u64(mark.view).u64(mark.sequence);
        return StoredRecord.encode(Kind.HIGH_WATER, VERSION, payload.toByteArray());
    }

    /** What a slot says; empty if it was never written, or is half of a write. */
    private static Optional<Latest> slotAt(byte[] content, int slot) {
        int offset = slot * SLOT_DISTANCE_BYTES;
        if (content.length < offset + SLOT_BYTES) {
            return Optional.empty();
        }
        try {
            byte[] record = Arrays.copyOfRange(content, offset, offset + SLOT_BYTES);
            ByteReader reader = StoredRecord.open(record, Kind.HIGH_WATER, VERSION);
            DirectoryId directory = DirectoryId.decode(reader);
            Mark mark = new Mark(reader.u64(), reader.u64(), reader.u64(), reader.u64());
            reader.end();
            return Optional.of(new Latest(directory, mark, slot));
        } catch (WireFormatException e) {
            return Optional.empty();
        }
    }
}
