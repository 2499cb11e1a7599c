package io.sherd.archive.store;

import io.sherd.replication.segment.SegmentCompression;
import io.sherd.replication.wire.Bytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.rocksdb.NativeLibraryLoader;
import org.rocksdb.RocksDB;

/**
 * Loads the native code of RocksDB and LZ4 and leaves no file behind, however the process ends.
 *
 * <p>Both libraries copy their code (14 MB) to the temporary directory and delete it when the Java machine exits in order; one
 * that is killed leaves it there. Here the copies are deleted as soon as they are loaded: Linux keeps a file that is mapped until
 * the process ends. RocksDB is given a directory of its own; LZ4 takes none, so its copy is found among what this process has
 * mapped.
 */
public final class NativeLibraries {

    private static final Path MAPPED = Path.of("/proc/self/maps");
    private static final Pattern COMPRESSION = Pattern.compile("(/.*/liblz4-java-[^/]*\\.so)$");
    private static final String LOCK_OF_COPY = ".lck";

    private static boolean loaded;

    private NativeLibraries() {}

    /**
     * Loads them, if they are not loaded yet. Call before anything that compresses or stores.
     *
     * @throws IllegalStateException if that cannot be done on this machine
     */
    public static synchronized void load() {
        if (loaded) {
            return;
        }
        try {
            Path directory = Files.createTempDirectory("sherd-native-");
            try {
                NativeLibraryLoader.getInstance().loadLibrary(directory.toString());
                RocksDB.loadLibrary();
            } finally {
                DurableFiles.deleteTree(directory);
            }
            // Whoever compresses first loads it.
            var _ = SegmentCompression.compress(Bytes.wrap(new byte[1]));
            deleteCopiesOfCompression();
        } catch (IOException e) {
            throw new IllegalStateException("the native libraries cannot be loaded: " + e, e);
        }
        loaded = true;
    }

    private static void deleteCopiesOfCompression() throws IOException {
        if (!Files.isReadable(MAPPED)) {
            return;
        }
        for (String mapping : Files.readAllLines(MAPPED)) {
            Matcher copy = COMPRESSION.matcher(mapping);
            if (copy.find()) {
                Files.deleteIfExists(Path.of(copy.group(1)));
                Files.deleteIfExists(Path.of(copy.group(1) + LOCK_OF_COPY));
            }
        }
    }
}
