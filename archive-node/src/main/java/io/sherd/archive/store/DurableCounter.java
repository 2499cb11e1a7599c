package io.sherd.archive.store;

import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.StoredRecord;
import io.sherd.replication.wire.WireFormatException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/**
 * A number in a file of its own that only grows: how much a database beside it must hold. A database that lost its
 * write-ahead log opens without a word and is emptier; this number is how it is noticed.
 *
 * <p>The file has two slots, at 0 and at 4096, each a {@link StoredRecord} of kind {@code COUNTER}, version 1, with the payload
 * {@code value (8)}. They are in different sectors and written in turn, so that a torn write spoils only the slot that was not yet
 * the answer. The value is the larger valid one. Not thread-safe.
 */
public final class DurableCounter implements AutoCloseable {

    private static final int SLOT_DISTANCE_BYTES = 4096;
    private static final int VERSION = 1;
    private static final int SLOT_BYTES = 8 + StoredRecord.OVERHEAD_BYTES;

    private final Path file;
    private final FileChannel channel;
    private int nextSlot;
    private long value;

    private DurableCounter(Path file, FileChannel channel, long value, int nextSlot) {
        this.file = file;
        this.channel = channel;
        this.value = value;
        this.nextSlot = nextSlot;
    }

    /** Makes the file of a counter that is 0. */
    public static void create(Path file) throws IOException {
        byte[] content = new byte[SLOT_DISTANCE_BYTES + SLOT_BYTES];
        System.arraycopy(slot(0), 0, content, 0, SLOT_BYTES);
        DurableFiles.replace(file, content);
    }

    /**
     * Opens a counter.
     *
     * @throws StoreCorruptException if the file is missing or no slot of it is valid
     */
    public static DurableCounter open(Path file) throws StoreException {
        long first = requireValue(file);
        try {
            byte[] content = Files.readAllBytes(file);
            // The slot that does not hold the value is written next.
            int next = valueAt(content, 0) == first ? 1 : 0;
            return new DurableCounter(file, FileChannel.open(file, StandardOpenOption.WRITE), first, next);
        } catch (IOException e) {
            throw new StoreException(file + " cannot be opened", e);
        }
    }

    /** Reads a counter without opening it for writing; fails as {@link #open} does. */
    public static long requireValue(Path file) throws StoreException {
        if (!Files.exists(file)) {
            throw new StoreCorruptException(file + " is missing: it says how much its store must hold");
        }
        try {
            byte[] content = Files.readAllBytes(file);
            long value = Math.max(valueAt(content, 0), valueAt(content, SLOT_DISTANCE_BYTES));
            if (value < 0) {
                throw new StoreCorruptException(file + ": neither of its two values has its checksum");
            }
            return value;
        } catch (IOException e) {
            throw new StoreException(file + " cannot be read", e);
        }
    }

    /** The number. */
    public long value() {
        return value;
    }

    /**
     * Raises the number and makes that durable; a smaller or equal number changes nothing.
     *
     * @throws StoreException if the disk refuses; the number is then the old one or the new one
     */
    public void raise(long newValue) throws StoreException {
        if (newValue <= value) {
            return;
        }
        try {
            ByteBuffer buffer = ByteBuffer.wrap(slot(newValue));
            long position = (long) nextSlot * SLOT_DISTANCE_BYTES;
            while (buffer.hasRemaining()) {
                position += channel.write(buffer, position);
            }
            channel.force(false);
        } catch (IOException e) {
            throw new StoreException(file + " cannot be raised to " + newValue, e);
        }
        value = newValue;
        nextSlot = 1 - nextSlot;
    }

    @Override
    public void close() throws StoreException {
        try {
            channel.close();
        } catch (IOException e) {
            throw new StoreException(file + " cannot be closed", e);
        }
    }

    private static byte[] slot(long value) {
        return StoredRecord.encode(
                StoredRecord.Kind.COUNTER, VERSION, new ByteWriter(8).u64(value).toByteArray());
    }

    /** The value of the slot at an offset, or -1 if the slot is not there or not valid. */
    private static long valueAt(byte[] content, int offset) {
        if (content.length < offset + SLOT_BYTES) {
            return -1;
        }
        byte[] slot = Arrays.copyOfRange(content, offset, offset + SLOT_BYTES);
        try {
            ByteReader payload = StoredRecord.open(slot, StoredRecord.Kind.COUNTER, VERSION);
            long value = payload.u64();
            payload.end();
            return value;
        } catch (WireFormatException e) {
            // Rot, half of a write, or the slot that was never written.
            return -1;
        }
    }
}
