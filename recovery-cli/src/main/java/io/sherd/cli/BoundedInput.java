package io.sherd.cli;

import io.sherd.cli.output.CommandFailure;
import io.sherd.cli.output.ExitCode;
import io.sherd.replication.wire.Bytes;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** What a user gives a client to send: never more than a request of the cluster can carry. */
final class BoundedInput {
    private BoundedInput() {}

    /** The bytes of a text; {@code what} names it. */
    static Bytes ofText(String what, String text, long limitBytes) throws CommandFailure {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        requireFits(what, bytes.length, limitBytes);
        return Bytes.wrap(bytes);
    }

    /** The bytes of a file. One that is too large is refused by its size: none of it is read. */
    static Bytes ofFile(Path file, long limitBytes) throws CommandFailure, IOException {
        if (!Files.exists(file)) {
            throw new NoSuchFileException(file.toString());
        }
        if (Files.isDirectory(file)) {
            throw new CommandFailure(
                    ExitCode.USAGE, "value.file", file + " is a directory", "name a file; nothing was sent");
        }
        requireFits(file.toString(), Files.size(file), limitBytes);
        try (InputStream in = Files.newInputStream(file)) {
            return ofStream(in, limitBytes);
        }
    }

    /** All that comes out of a stream. */
    static Bytes ofStream(InputStream in, long limitBytes) throws CommandFailure, IOException {
        byte[] read = in.readNBytes((int) limitBytes + 1);
        if (read.length > limitBytes) {
            throw tooLarge("it has more than " + limitBytes + " bytes", limitBytes);
        }
        return Bytes.wrap(read);
    }

    /** Fails if something is larger than a request of this cluster can carry. */
    static void requireFits(String what, long sizeBytes, long limitBytes) throws CommandFailure {
        if (sizeBytes > limitBytes) {
            throw tooLarge("%s has %d bytes".formatted(what, sizeBytes), limitBytes);
        }
    }

    private static CommandFailure tooLarge(String what, long limitBytes) {
        return new CommandFailure(
                ExitCode.USAGE,
                "value.too-large",
                what + ", and a request of this cluster carries at most " + limitBytes,
                "split it, or found the cluster with a larger request-bytes in its genesis; nothing was sent");
    }
}
