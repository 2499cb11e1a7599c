package io.sherd.consensus.node;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.concurrent.atomic.AtomicLong;

/** How much room directories take on disk. */
final class DirectorySizes {

    /** Java does not tell how many blocks a file has, so its length is rounded up to these. */
    private static final long BLOCK_BYTES = 4096;

    private DirectorySizes() {}

    /** The bytes of all files below a directory, each rounded up to whole blocks. A file that goes away meanwhile counts nothing. */
    static long allocatedBytes(Path directory) throws IOException {
        AtomicLong bytes = new AtomicLong();
        Files.walkFileTree(directory, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                bytes.addAndGet((attributes.size() + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
                if (Files.exists(file)) {
                    throw e;
                }
                return FileVisitResult.CONTINUE;
            }
        });
        return bytes.get();
    }
}
