package io.sherd.consensus.transport;

import io.netty.buffer.ByteBuf;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a stream of bytes into frames. A length is compared with the limit before anything is allocated for it, and a frame's
 * memory grows with the bytes that arrive: whoever announces much and sends little holds little. Not thread-safe.
 */
final class FrameReader {

    /** Bytes of the length before a frame's content. */
    static final int LENGTH_BYTES = 4;

    private static final int FIRST_ALLOCATION_BYTES = 64 * 1024;

    private final Sink sink;
    private int limitBytes;
    private int lengthBytesRead;
    private int length;
    private byte @Nullable [] content;
    private int filled;

    /** Takes frames. */
    @FunctionalInterface
    interface Sink {
        void frame(Bytes content) throws WireFormatException;
    }

    FrameReader(int limitBytes, Sink sink) {
        this.limitBytes = limitBytes;
        this.sink = sink;
    }

    /** Sets the most content that the next frames may have. */
    void limit(int bytes) {
        limitBytes = bytes;
    }

    /**
     * Takes all readable bytes.
     *
     * @throws WireFormatException if a frame is too long, or the sink says so: nothing more can be read then
     */
    void read(ByteBuf in) throws WireFormatException {
        while (in.isReadable()) {
            byte[] body = content;
            if (body == null) {
                readLength(in);
            } else {
                readContent(in, body);
            }
        }
    }

    private void readLength(ByteBuf in) throws WireFormatException {
        if (lengthBytesRead == 0 && in.readableBytes() >= LENGTH_BYTES) {
            length = in.readInt();
        } else {
            length = length << 8 | in.readUnsignedByte();
            lengthBytesRead++;
            if (lengthBytesRead < LENGTH_BYTES) {
                return;
            }
        }
        lengthBytesRead = 0;
        if (length < 0 || length > limitBytes) {
            throw new WireFormatException("a frame of %d bytes, at most %d are allowed"
                    .formatted(Integer.toUnsignedLong(length), limitBytes));
        }
        if (length == 0) {
            sink.frame(Bytes.EMPTY);
            return;
        }
        content = new byte[Math.min(length, Math.max(FIRST_ALLOCATION_BYTES, in.readableBytes()))];
        filled = 0;
    }

    private void readContent(ByteBuf in, byte[] body) throws WireFormatException {
        if (filled == body.length) {
            body = Arrays.copyOf(body, (int) Math.min(length, 2L * body.length));
            content = body;
        }
        int size = Math.min(in.readableBytes(), body.length - filled);
        in.readBytes(body, filled, size);
        filled += size;
        if (filled == length) {
            content = null;
            length = 0;
            sink.frame(Bytes.wrap(body));
        }
    }
}
