package io.sherd.archive.store;

import io.sherd.archive.files.BoundedFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;

/** What RocksDB's exceptions say, in ours. */
final class RocksErrors {

    /** Of the file that holds nothing but a manifest's name. */
    private static final int MAX_CURRENT_BYTES = 64;

    private RocksErrors() {}

    /** The failure of something that was asked of a store. */
    static StoreException failure(String store, String what, RocksDBException e) {
        return failure(store, what, e, UnaryOperator.identity());
    }

    /**
     * The failure of something that was asked of a store.
     *
     * @param namer gives files the names that they have for others
     */
    static StoreException failure(String store, String what, RocksDBException e, UnaryOperator<String> namer) {
        String message = "%s: %s: %s".formatted(store, what, namer.apply(describe(e)));
        return isCorruption(e) ? new StoreCorruptException(message, e) : new StoreException(message, e);
    }

    /** The failure to open a database: damage, too, where RocksDB finds a trouble of the disk because its manifest is gone. */
    static StoreException openFailure(String store, Path directory, RocksDBException e, UnaryOperator<String> namer) {
        if (!isCorruption(e) && hasLostManifest(directory)) {
            return new StoreCorruptException(
                    "%s: %s has lost the manifest that CURRENT names: %s"
                            .formatted(store, directory, namer.apply(describe(e))),
                    e);
        }
        return failure(store, directory + " cannot be opened", e, namer);
    }

    private static boolean hasLostManifest(Path directory) {
        try {
            byte[] name = BoundedFile.read(directory.resolve("CURRENT"), MAX_CURRENT_BYTES);
            String manifest = new String(name, StandardCharsets.ISO_8859_1).strip();
            return manifest.startsWith("MANIFEST-") && !Files.exists(directory.resolve(manifest));
        } catch (IOException | InvalidPathException unreadable) {
            // What RocksDB says of the directory says more.
            return false;
        }
    }

    /** Whether what is on the disk is not what was written, and not merely out of reach. */
    static boolean isCorruption(RocksDBException e) {
        Status status = e.getStatus();
        return status != null && status.getCode() == Status.Code.Corruption;
    }

    /** Code and message. */
    static String describe(RocksDBException e) {
        Status status = e.getStatus();
        return (status == null ? "" : status.getCodeString() + ": ") + e.getMessage();
    }
}
