package io.sherd.cli.demo;

import io.sherd.archive.learner.LedgerOutput;
import io.sherd.archive.learner.OutputOccupiedException;
import io.sherd.archive.state.KeyValueOperation;
import io.sherd.merkle.Digest;
import io.sherd.merkle.Sha256;
import io.sherd.replication.ledger.LedgerEntry;
import io.sherd.replication.ledger.Request;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.segment.Segment;
import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.TreeMap;

/**
 * A file of lines, written again from a ledger in which they stand in the order they were decided in. A line that comes
 * early waits in memory until those before it are there; one that comes twice counts once.
 *
 * <p>Lines wait only as long as the client that sent them had them in flight together, so a bound on what may wait is a
 * bound on what a client may have in flight, and passing it is an error of the ledger's, not of memory.
 *
 * <p>It survives a crash. A mark says how long the file was and which line came next; lines that waited at the mark are in a
 * file of their own beside it, {@code NAME.waiting.G}, since their segments are not delivered again. The mark, the state
 * behind it:
 *
 * <pre>
 *   version 1 | size of the file 8 | next line 8 | generation G 8 | SHA-256 of the waiting file 32
 *   waiting file: count 4 | (length 4 | appended bytes of one line)*
 * </pre>
 *
 * <p>Not thread-safe.
 */
public final class LinesFile implements LedgerOutput {
    /** The most bytes of lines that may wait for those before them. */
    public static final long MAX_WAITING_BYTES = 256L << 20;

    /** The most lines that may wait. */
    public static final int MAX_WAITING_LINES = 1 << 20;

    private static final int VERSION = 1;
    private static final byte LINE_FEED = '\n';

    private final Path file;
    private final FileChannel channel;
    private final OutputStream out;
    private final TreeMap<Long, DemoTransaction> waiting = new TreeMap<>();
    private long waitingBytes;
    private long nextLine;
    private long sizeBytes;
    private long generation;

    private LinesFile(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
        this.out = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16);
    }

    /**
     * Opens a file, or makes it. Nothing is changed before {@link #cutBackTo}.
     *
     * @param file the file
     * @throws IOException if it cannot be opened for writing
     */
    public static LinesFile open(Path file) throws IOException {
        if (file.getFileName() == null) {
            throw new IllegalArgumentException(file + " is not a file");
        }
        return new LinesFile(file, FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE));
    }

    @Override
    public void cutBackTo(Bytes mark) throws IOException {
        if (mark.isEmpty()) {
            if (channel.size() > 0) {
                throw new OutputOccupiedException(
                        file + " holds something already, and nothing says that it was learned");
            }
            return;
        }
        try {
            ByteReader reader = new ByteReader(mark);
            int version = reader.u8();
            if (version != VERSION) {
                throw new WireFormatException("version %d, this program reads %d".formatted(version, VERSION));
            }
            sizeBytes = reader.u64();
            nextLine = reader.u64();
            generation = reader.u64();
            Digest expected = reader.digest();
            reader.end();
            readWaiting(expected);
        } catch (WireFormatException e) {
            throw new IOException("the mark of %s cannot be read: %s".formatted(file, e.getMessage()), e);
        }
        if (channel.size() < sizeBytes) {
            throw new IOException(
                    "%s has %d bytes, but %d were written and made durable".formatted(file, channel.size(), sizeBytes));
        }
        channel.truncate(sizeBytes);
        channel.position(sizeBytes);
    }

    /** {@return how many lines are written: the number of the first one that is not} */
    public long lines() {
        return nextLine;
    }

    /** {@return the file's size so far} */
    public long sizeBytes() {
        return sizeBytes;
    }

    /** {@return how many lines wait for others before them} */
    public int waitingLines() {
        return waiting.size();
    }

    /**
     * Takes one line.
     *
     * @param transaction the line
     * @throws IOException if it cannot be written, or more waits than may
     */
    public void accept(DemoTransaction transaction) throws IOException {
        if (transaction.line() < nextLine || waiting.containsKey(transaction.line())) {
            return;
        }
        waiting.put(transaction.line(), transaction);
        waitingBytes += transaction.content().size();
        while (!waiting.isEmpty() && waiting.firstKey() == nextLine) {
            DemoTransaction next = waiting.pollFirstEntry().getValue();
            waitingBytes -= next.content().size();
            write(next);
        }
        if (waitingBytes > MAX_WAITING_BYTES || waiting.size() > MAX_WAITING_LINES) {
            throw new IOException("line %d does not come: %d later lines of %d bytes wait for it"
                    .formatted(nextLine + 1, waiting.size(), waitingBytes));
        }
    }

    /** Takes the lines among the appended data; whatever else is in the ledger is somebody else's. */
    @Override
    public void write(Segment segment, Commitment commitment) throws IOException {
        for (LedgerEntry entry : segment.entries()) {
            for (Request request : entry.batch().requests()) {
                if (request instanceof Request.Operation operation) {
                    acceptIfLine(operation.payload());
                }
            }
        }
    }

    /** {@inheritDoc} Until the next call of this, the mark before stays valid too. */
    @Override
    public Bytes sync() throws IOException {
        out.flush();
        channel.force(true);
        Digest digest = writeWaiting(generation + 1);
        Files.deleteIfExists(waitingFile(generation - 1));
        generation++;
        return new ByteWriter()
                .u8(VERSION)
                .u64(sizeBytes)
                .u64(nextLine)
                .u64(generation)
                .digest(digest)
                .toBytes();
    }

    /** Closes the file. What was not synced is taken again after the mark. */
    @Override
    public void close() throws IOException {
        try (channel) {
            out.flush();
        }
    }

    private void acceptIfLine(Bytes payload) throws IOException {
        DemoTransaction line;
        try {
            if (!(KeyValueOperation.decode(payload) instanceof KeyValueOperation.Append append)
                    || !DemoTransaction.isLine(append.data())) {
                return;
            }
            line = DemoTransaction.decode(append.data());
        } catch (WireFormatException e) {
            // A client may have anything ordered; what is not a line is not in this file.
            return;
        }
        accept(line);
    }

    private void write(DemoTransaction transaction) throws IOException {
        Bytes content = transaction.content();
        out.write(content.readOnlyArray(), 0, content.size());
        sizeBytes += content.size();
        if (transaction.endsWithLineFeed()) {
            out.write(LINE_FEED);
            sizeBytes++;
        }
        nextLine++;
    }

    /** Writes what waits; no file where nothing does. */
    private Digest writeWaiting(long number) throws IOException {
        ByteWriter writer = new ByteWriter().u32(waiting.size());
        waiting.values().forEach(line -> writer.sized(line.encoded()));
        byte[] content = writer.toByteArray();
        if (!waiting.isEmpty()) {
            try (FileChannel side = FileChannel.open(
                    waitingFile(number),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.WRITE,
                    StandardOpenOption.TRUNCATE_EXISTING)) {
                ByteBuffer buffer = ByteBuffer.wrap(content);
                while (buffer.hasRemaining()) {
                    int _ = side.write(buffer);
                }
                side.force(true);
            }
        }
        return Sha256.of(content);
    }

    private void readWaiting(Digest expected) throws IOException, WireFormatException {
        Path side = waitingFile(generation);
        byte[] content = Files.exists(side)
                ? Files.readAllBytes(side)
                : new ByteWriter().u32(0).toByteArray();
        if (!Sha256.of(content).equals(expected)) {
            throw new IOException(side + " is not what was written there");
        }
        ByteReader reader = new ByteReader(content);
        int count = reader.count(MAX_WAITING_LINES, "waiting lines");
        for (int i = 0; i < count; i++) {
            DemoTransaction line = DemoTransaction.decode(
                    reader.sized(DemoTransaction.MAX_LINE_BYTES + DemoTransaction.OVERHEAD_BYTES));
            waiting.put(line.line(), line);
            waitingBytes += line.content().size();
        }
        reader.end();
    }

    private Path waitingFile(long number) {
        return file.resolveSibling(file.getFileName() + ".waiting." + number);
    }
}
