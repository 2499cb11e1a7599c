package io.sherd.cli.demo;

import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/**
 * One line of an input file, as it is appended to an account. Bytes, the tag in ASCII:
 *
 * <pre>
 *   "line" | line number 8 | ending 1 | content
 * </pre>
 *
 * @param line the line number, from 0
 * @param endsWithLineFeed false only for a last line that has none: the one byte in which two files may still differ
 * @param content the line without its line feed: any bytes but line feeds
 */
public record DemoTransaction(long line, boolean endsWithLineFeed, Bytes content) {
    /** Longest line that a transaction can carry, without its line feed. */
    public static final int MAX_LINE_BYTES = 1 << 20;

    /** Bytes around the content. */
    public static final int OVERHEAD_BYTES = 4 + 8 + 1;

    /** The most accounts that lines are appended to. */
    public static final int ACCOUNTS = 1000;

    private static final byte[] TAG = "line".getBytes(StandardCharsets.US_ASCII);
    private static final int WITH_LINE_FEED = 1;
    private static final int WITHOUT_LINE_FEED = 0;

    /** Checks the line's number and length. */
    public DemoTransaction {
        if (line < 0) {
            throw new IllegalArgumentException("line number " + line);
        }
        if (content.size() > MAX_LINE_BYTES) {
            throw new IllegalArgumentException(
                    "line %d has %d bytes, at most %d are allowed".formatted(line, content.size(), MAX_LINE_BYTES));
        }
    }

    /** {@return the key of the account that this line is appended to: a pure function of its content} */
    public Bytes account() {
        CRC32C hash = new CRC32C();
        hash.update(content.readOnlyArray());
        return Bytes.wrap("account/%03d".formatted(hash.getValue() % ACCOUNTS).getBytes(StandardCharsets.US_ASCII));
    }

    /** {@return the bytes to append} */
    public Bytes encoded() {
        return new ByteWriter(OVERHEAD_BYTES + content.size())
                .raw(TAG)
                .u64(line)
                .u8(endsWithLineFeed ? WITH_LINE_FEED : WITHOUT_LINE_FEED)
                .raw(content.readOnlyArray())
                .toBytes();
    }

    /**
     * {@return whether appended bytes claim to be a line}
     *
     * @param appended what was appended to an account, by anybody
     */
    public static boolean isLine(Bytes appended) {
        byte[] bytes = appended.readOnlyArray();
        return bytes.length >= TAG.length && java.util.Arrays.equals(bytes, 0, TAG.length, TAG, 0, TAG.length);
    }

    /**
     * Reads a line.
     *
     * @param appended what was appended to an account
     * @return the line
     * @throws WireFormatException if it is not the canonical bytes of one
     */
    public static DemoTransaction decode(Bytes appended) throws WireFormatException {
        if (!isLine(appended)) {
            throw new WireFormatException("not a line of an input: it does not start with its tag");
        }
        ByteReader reader = new ByteReader(appended);
        Bytes _ = reader.raw(TAG.length);
        long line = reader.u64();
        int ending = reader.u8();
        if (ending != WITH_LINE_FEED && ending != WITHOUT_LINE_FEED) {
            throw new WireFormatException("line %d has ending %d, expected 0 or 1".formatted(line, ending));
        }
        Bytes content = reader.rest();
        try {
            return new DemoTransaction(line, ending == WITH_LINE_FEED, content);
        } catch (IllegalArgumentException e) {
            throw new WireFormatException("line %d: %s".formatted(line, e.getMessage()), e);
        }
    }
}
