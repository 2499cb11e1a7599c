package io.sherd.archive.files;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * A file that is read as a whole because it is known to be small. What is not a plain file is refused by what it is: a pipe that
 * nobody writes to would be waited for without end, and a device has no end.
 */
public final class BoundedFile {

    private BoundedFile() {}

    /**
     * The content of a file, or its first bytes.
     *
     * @param file a plain file, or a link to one
     * @param limitBytes the most that such a file may hold; of a larger one, one byte more than this is read
     * @return the content; longer than {@code limitBytes} if the file is too large
     * @throws NoSuchFileException if there is nothing under this path
     * @throws IOException if it is not a plain file, or the system refuses to read it; the message says which
     */
    public static byte[] read(Path file, int limitBytes) throws IOException {
        if (!Files.exists(file)) {
            throw new NoSuchFileException(file.toString());
        }
        requirePlain(file);
        try (InputStream in = Files.newInputStream(file)) {
            return in.readNBytes(limitBytes + 1);
        }
    }

    /**
     * Refuses what is there and not a plain file.
     *
     * @param file what a user named
     * @throws IOException whose message says what it is
     */
    public static void requirePlain(Path file) throws IOException {
        if (Files.isDirectory(file)) {
            throw new IOException("it is a directory");
        }
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw new IOException("it is not a plain file");
        }
    }
}
