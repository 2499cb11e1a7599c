package io.sherd.archive.scrub;

import io.sherd.archive.store.RocksPieceStore;
import io.sherd.archive.store.StoreException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The archive of a running replica as its disk has it, apart from what the replica's process has in caches and open files. It is a picture
 * of one moment: files that compaction replaces later are missed in it. So it is opened anew now and then, and whenever something seems to
 * be wrong. Belongs to one thread.
 */
final class DiskView implements AutoCloseable {

    /** Read from one picture at most; it also keeps files that were deleted from giving their space back. */
    private static final long MOST_BYTES = 256L << 20;

    private final Path archive;
    private @Nullable RocksPieceStore open;
    private long bytesRead;

    DiskView(Path archive) {
        this.archive = archive;
    }

    /**
     * The archive, as it was a while ago.
     *
     * @throws StoreException if the disk has no archive that can be opened
     */
    RocksPieceStore pieces() throws StoreException {
        if (bytesRead >= MOST_BYTES) {
            close();
        }
        RocksPieceStore now = open;
        if (now == null) {
            now = RocksPieceStore.openOnDisk(archive);
            open = now;
        }
        return now;
    }

    /** The archive, as it is now. */
    RocksPieceStore afresh() throws StoreException {
        close();
        return pieces();
    }

    void read(long bytes) {
        bytesRead += bytes;
    }

    @Override
    public void close() throws StoreException {
        RocksPieceStore before = open;
        open = null;
        bytesRead = 0;
        if (before != null) {
            before.close();
        }
    }
}
