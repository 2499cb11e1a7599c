package io.sherd.cli.demo;

import io.sherd.replication.wire.Bytes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/**
 * Reads any bytes as lines: only a line feed ends one. A carriage return, bytes that are not UTF-8 and empty lines are kept
 * as they are, and so is a last line without a line feed. Memory: one buffer and one line. Not thread-safe.
 */
public final class LineReader implements AutoCloseable {
    private static final int BUFFER_BYTES = 1 << 16;

    private final InputStream in;
    private final int maxLineBytes;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private int start;
    private int end;
    private long line;

    /** A line that is longer than a transaction can carry. */
    public static final class LineTooLongException extends Exception {
        private static final long serialVersionUID = 1L;
        private final long line;

        LineTooLongException(long line, int maxLineBytes) {
            super("line %d is longer than %d bytes".formatted(line + 1, maxLineBytes));
            this.line = line;
        }

        /** {@return the line's number, from 0} */
        public long line() {
            return line;
        }
    }

    /**
     * A reader that has read nothing yet.
     *
     * @param in the bytes; closed with this reader
     * @param maxLineBytes longest line, without its line feed
     */
    public LineReader(InputStream in, int maxLineBytes) {
        this.in = in;
        this.maxLineBytes = maxLineBytes;
    }

    /**
     * Reads the next line.
     *
     * @return empty behind the last line
     * @throws LineTooLongException if it is too long; nothing more can be read then
     */
    public Optional<DemoTransaction> next() throws IOException, LineTooLongException {
        ByteArrayOutputStream part = new ByteArrayOutputStream(0);
        while (true) {
            if (start == end && !fill()) {
                return part.size() == 0 ? Optional.empty() : Optional.of(transaction(part, false));
            }
            int lineFeed = start;
            while (lineFeed < end && buffer[lineFeed] != '\n') {
                lineFeed++;
            }
            if (part.size() + (lineFeed - start) > maxLineBytes) {
                throw new LineTooLongException(line, maxLineBytes);
            }
            part.write(buffer, start, lineFeed - start);
            start = lineFeed;
            if (lineFeed < end) {
                start++;
                return Optional.of(transaction(part, true));
            }
        }
    }

    @Override
    public void close() throws IOException {
        in.close();
    }

    private boolean fill() throws IOException {
        start = 0;
        end = Math.max(0, in.read(buffer));
        return end > 0;
    }

    private DemoTransaction transaction(ByteArrayOutputStream content, boolean endsWithLineFeed) {
        return new DemoTransaction(line++, endsWithLineFeed, Bytes.wrap(content.toByteArray()));
    }
}
