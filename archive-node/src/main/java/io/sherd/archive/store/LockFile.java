package io.sherd.archive.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A file that one process at a time has locked, and in which that process writes its id. The lock goes with the process,
 * however it ends; the file stays, and what stands in it then means nothing.
 */
public final class LockFile implements AutoCloseable {

    private final FileChannel channel;

    private LockFile(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * Locks a file, which is made if it is not there.
     *
     * @return empty if another process has it, or this one a second time
     */
    public static Optional<LockFile> take(Path file) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            if (tryLock(channel, false) == null) {
                channel.close();
                return Optional.empty();
            }
            channel.truncate(0);
            int _ = channel.write(
                    ByteBuffer.wrap(Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.US_ASCII)));
            return Optional.of(new LockFile(channel));
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    /**
     * The process that has a file locked; empty if none has, or none has said so yet. Nothing is changed, so it also works where
     * nothing can be: on a disk that is mounted for reading only.
     */
    public static OptionalLong holder(Path file) throws IOException {
        if (!Files.exists(file)) {
            return OptionalLong.empty();
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
                @Nullable FileLock free = tryLock(channel, true)) {
            return free == null ? writtenPid(file) : OptionalLong.empty();
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    /** A shared lock excludes an exclusive one as well, and needs no more than leave to read. */
    private static @Nullable FileLock tryLock(FileChannel channel, boolean shared) throws IOException {
        try {
            return channel.tryLock(0, Long.MAX_VALUE, shared);
        } catch (OverlappingFileLockException e) {
            // This process has it.
            return null;
        }
    }

    private static OptionalLong writtenPid(Path file) throws IOException {
        String text = Files.readString(file, StandardCharsets.ISO_8859_1);
        return text.matches("[0-9]{1,18}") ? OptionalLong.of(Long.parseLong(text)) : OptionalLong.empty();
    }
}
