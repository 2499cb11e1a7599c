package io.sherd.archive.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/**
 * File operations of which the outcome is known after a crash: a file has its old content or its new one, and what returned
 * is on the disk.
 */
public final class DurableFiles {

    private static final String ASIDE = ".new";

    private DurableFiles() {}

    /**
     * Replaces a file's content, or makes the file: written aside, synced, renamed, and the directory synced.
     *
     * @param file the file; its directory exists
     * @param content the new content
     */
    public static void replace(Path file, byte[] content) throws IOException {
        Path aside = aside(file);
        try (FileChannel channel = FileChannel.open(
                aside, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            ByteBuffer buffer = ByteBuffer.wrap(content);
            while (buffer.hasRemaining()) {
                int _ = channel.write(buffer);
            }
            channel.force(true);
        }
        rename(aside, file);
    }

    /** The name under which something is built that gets its own name once it is whole. */
    public static Path aside(Path path) {
        return path.resolveSibling(path.getFileName() + ASIDE);
    }

    /** Renames atomically and makes the rename durable. Source and target are in one directory. */
    public static void rename(Path source, Path target) throws IOException {
        Files.move(source, target, StandardCopyOption.ATOMIC_MOVE);
        syncDirectory(parent(target));
    }

    /** Deletes a file, if it is there, and makes that durable. */
    public static void delete(Path file) throws IOException {
        if (Files.deleteIfExists(file)) {
            syncDirectory(parent(file));
        }
    }

    /** Makes durable which names a directory has. */
    public static void syncDirectory(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** Deletes a directory and all that is in it, if it is there. Not durable by itself, and not atomic. */
    public static void deleteTree(Path root) throws IOException {
        if (!Files.exists(root)) {
            return;
        }
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
                    throws IOException {
                if (failure != null) {
                    throw failure;
                }
                Files.delete(directory);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    /**
     * The space that the files under a directory take: each file's size, rounded up to whole blocks of the file system.
     *
     * <p>Java does not tell how many blocks a file has. The rounded size is that number as long as no file has holes or
     * space allocated beyond its end, and nothing that Sherd stores has either: preallocation is off in every database.
     * Directories are not counted. A file that is deleted during the walk counts as nothing.
     *
     * @param root a directory; 0 if it is not there
     */
    public static long allocatedBytes(Path root) throws IOException {
        if (!Files.exists(root)) {
            return 0;
        }
        long block = Files.getFileStore(root).getBlockSize();
        long[] sum = {0};
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                sum[0] += (attributes.size() + block - 1) / block * block;
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
                if (failure instanceof NoSuchFileException) {
                    return FileVisitResult.CONTINUE;
                }
                throw failure;
            }
        });
        return sum[0];
    }

    /**
     * Makes way for a new directory: an empty one is removed, anything else is refused.
     *
     * @throws UnsafeDirectoryException if something is there
     */
    static void requireVacant(Path directory) throws IOException, UnsafeDirectoryException {
        if (Files.exists(directory) && !Files.isDirectory(directory)) {
            throw new UnsafeDirectoryException(directory + " is a file; nothing was changed");
        }
        try {
            Files.deleteIfExists(directory);
        } catch (DirectoryNotEmptyException e) {
            throw new UnsafeDirectoryException(directory + " is there already and not empty; nothing was changed");
        }
    }

    private static Path parent(Path path) {
        Path parent = path.toAbsolutePath().getParent();
        if (parent == null) {
            throw new IllegalArgumentException(path + " has no parent directory");
        }
        return parent;
    }
}
