package io.sherd.cli;

import io.sherd.archive.learner.LedgerOutput;
import io.sherd.archive.state.KeyValueOperation;
import io.sherd.cli.output.Json;
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
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Base64;
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
 * <p>Keys and values that are not UTF-8 stand in {@code keyBase64} and {@code valueBase64}. A request that is in the ledger
 * twice is here twice, though it was executed once. The mark is the size of the file, 8 bytes.
 */
final class JsonLinesOutput implements LedgerOutput {
    private static final int BUFFER_BYTES = 1 << 16;

    private final Path file;
    private final FileChannel channel;
    private final OutputStream out;
    private long sizeBytes;

    private JsonLinesOutput(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
        this.out = new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER_BYTES);
    }

    /** Opens the file, or makes it. */
    static JsonLinesOutput open(Path file) throws IOException {
        return new JsonLinesOutput(file, FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE));
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
            throw new IOException(file + " holds something already, and nothing says that it was learned");
        }
        if (channel.size() < sizeBytes) {
            throw new IOException(
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
                describe(requests.get(index), line);
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

    private static void describe(Request request, Map<String, @Nullable Object> line) {
        switch (request) {
            case Request.Operation operation -> {
                line.put("client", operation.client().hex());
                line.put("id", operation.id());
                describe(operation.payload(), line);
            }
            case Request.Seal _ -> line.put("operation", "seal");
            case Request.Rejoin rejoin -> {
                line.put("operation", "rejoin");
                line.put("replica", rejoin.replica());
                line.put("incarnation", rejoin.incarnation());
                line.put("directory", rejoin.directory().bytes().hex());
            }
        }
    }

    private static void describe(Bytes payload, Map<String, @Nullable Object> line) {
        KeyValueOperation operation;
        try {
            operation = KeyValueOperation.decode(payload);
        } catch (WireFormatException e) {
            // It is in the ledger all the same: the state machine answered that it does not understand it.
            line.put("operation", "unknown");
            text(line, "payload", payload);
            return;
        }
        switch (operation) {
            case KeyValueOperation.Simple simple -> describe(simple, line);
            case KeyValueOperation.Many many -> {
                line.put("operation", "many");
                line.put(
                        "operations",
                        many.operations().stream()
                                .map(simple -> {
                                    Map<String, @Nullable Object> part = new LinkedHashMap<>();
                                    describe(simple, part);
                                    return part;
                                })
                                .toList());
            }
        }
    }

    private static void describe(KeyValueOperation.Simple operation, Map<String, @Nullable Object> line) {
        line.put(
                "operation",
                switch (operation) {
                    case KeyValueOperation.Put _ -> "put";
                    case KeyValueOperation.Get _ -> "get";
                    case KeyValueOperation.Delete _ -> "del";
                    case KeyValueOperation.Append _ -> "append";
                });
        text(line, "key", operation.key());
        switch (operation) {
            case KeyValueOperation.Put put -> text(line, "value", put.value());
            case KeyValueOperation.Append append -> text(line, "value", append.data());
            case KeyValueOperation.Get _, KeyValueOperation.Delete _ -> {}
        }
    }

    private static void text(Map<String, @Nullable Object> line, String name, Bytes bytes) {
        try {
            line.put(
                    name,
                    StandardCharsets.UTF_8
                            .newDecoder()
                            .decode(ByteBuffer.wrap(bytes.readOnlyArray()))
                            .toString());
        } catch (CharacterCodingException e) {
            // Not text: JSON has no other way to carry bytes.
            line.put(name + "Base64", Base64.getEncoder().encodeToString(bytes.readOnlyArray()));
        }
    }
}
