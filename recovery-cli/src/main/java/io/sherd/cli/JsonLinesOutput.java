package io.sherd.cli;

import io.sherd.archive.learner.LedgerOutput;
import io.sherd.archive.learner.OutputOccupiedException;
import io.sherd.cli.output.Json;
import io.sherd.cli.output.RequestJson;
import io.sherd.replication.genesis.Genesis;
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
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A file of JSON lines, one for each request of the ledger, in the ledger's order:
 *
 * <pre>
 *   {"sequence":7,"index":0,"segment":0,"client":"5c1e…","id":12,"operation":"put","key":"a","value":"b"}
 * </pre>
 *
 * <p>What a request says is {@link RequestJson}'s. One that is in the ledger twice is here twice, though it was executed once. The mark is the size of the file, 8 bytes.
 */
final class JsonLinesOutput implements LedgerOutput {
    private static final int BUFFER_BYTES = 1 << 16;

    private final Genesis genesis;
    private final Path file;
    private final FileChannel channel;
    private final OutputStream out;
    private long sizeBytes;

    private JsonLinesOutput(Genesis genesis, Path file, FileChannel channel) {
        this.genesis = genesis;
        this.file = file;
        this.channel = channel;
        this.out = new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER_BYTES);
    }

    /** Opens the file, or makes it. */
    static JsonLinesOutput open(Genesis genesis, Path file) throws IOException {
        return new JsonLinesOutput(
                genesis, file, FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE));
    }

    @Override
    public void cutBackTo(Bytes mark) throws IOException {
        try {
            if (!mark.isEmpty()) {
                ByteReader reader = new ByteReader(mark);
                sizeBytes = reader.u64();
                reader.end();
            }
        } catch (WireFormatException e) {
            throw new IOException("the mark of " + file + " cannot be read", e);
        }
        if (mark.isEmpty() && channel.size() > 0) {
            throw new OutputOccupiedException(file + " holds something already, and nothing says that it was learned");
        }
        if (channel.size() < sizeBytes) {
            throw new OutputOccupiedException(
                    "%s has %d bytes, but %d were written and made durable".formatted(file, channel.size(), sizeBytes));
        }
        channel.truncate(sizeBytes);
        channel.position(sizeBytes);
    }

    @Override
    public void write(Segment segment, Commitment commitment) throws IOException {
        for (LedgerEntry entry : segment.entries()) {
            List<Request> requests = entry.batch().requests();
            for (int index = 0; index < requests.size(); index++) {
                Map<String, @Nullable Object> line = new LinkedHashMap<>();
                line.put("sequence", entry.sequence());
                line.put("index", index);
                line.put("segment", segment.number());
                line.putAll(RequestJson.fields(genesis, requests.get(index)));
                byte[] bytes = (Json.of(line) + "\n").getBytes(StandardCharsets.UTF_8);
                out.write(bytes);
                sizeBytes += bytes.length;
            }
        }
    }

    @Override
    public Bytes sync() throws IOException {
        out.flush();
        channel.force(true);
        return new ByteWriter(8).u64(sizeBytes).toBytes();
    }

    @Override
    public void close() throws IOException {
        try (channel) {
            out.flush();
        }
    }
}
