package io.sherd.archive.restore;

import io.sherd.archive.store.DataDirectory;
import io.sherd.archive.store.DurableFiles;
import io.sherd.archive.store.StoreException;
import io.sherd.replication.wire.StoredRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The file {@code restoring} in a data directory: there from the directory's first moment until its restore is complete; and for ever once
 * a node finds that the directory is an older copy of itself. While it is there no node may run on the directory. An empty {@link StoredRecord} of kind
 * {@link StoredRecord.Kind#RESTORE_PROGRESS}; the progress itself is what is in the stores.
 */
public final class RestoreMark {

    private static final String FILE = "restoring";
    private static final int FORMAT_VERSION = 1;

    private RestoreMark() {}

    /** Whether a restore into the directory was begun and is not complete. */
    public static boolean isIn(DataDirectory.Layout layout) {
        return Files.exists(file(layout));
    }

    /**
     * From now on no node may run on the directory, until a restore into it is complete.
     *
     * @param layout of the directory
     * @throws StoreException if the disk refuses
     */
    public static void put(DataDirectory.Layout layout) throws StoreException {
        try {
            DurableFiles.replace(
                    file(layout), StoredRecord.encode(StoredRecord.Kind.RESTORE_PROGRESS, FORMAT_VERSION, new byte[0]));
        } catch (IOException e) {
            throw new StoreException(file(layout) + " cannot be written", e);
        }
    }

    static void remove(DataDirectory.Layout layout) throws StoreException {
        try {
            DurableFiles.delete(file(layout));
        } catch (IOException e) {
            throw new StoreException(file(layout) + " cannot be removed", e);
        }
    }

    private static Path file(DataDirectory.Layout layout) {
        return layout.root().resolve(FILE);
    }
}
