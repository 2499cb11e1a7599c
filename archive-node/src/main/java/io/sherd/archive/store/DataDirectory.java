package io.sherd.archive.store;

import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.StoredRecord;
import io.sherd.replication.wire.WireFormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * The directory of one replica, held by one process at a time.
 *
 * <pre>
 *   identity   whose it is and what it may sign, {@link DirectoryIdentity}
 *   lock       locked by the process that has the directory open, which writes its id into it
 *   archive/   pieces, commitments, certificates: {@link RocksPieceStore}
 *   state/     the state and its latest checkpoints
 *   votes/     what must be durable before it is spoken
 *   scrub      how far everything here was read again, once that was begun
 * </pre>
 *
 * <p>A directory is made whole or not at all ({@link #create}), and {@link #open} creates nothing: a part that is missing is
 * refused by whoever opens that part. Not thread-safe.
 */
public final class DataDirectory implements AutoCloseable {

    private static final String IDENTITY = "identity";
    private static final String LOCK = "lock";
    private static final int VERSION_OFFSET_BYTES = 6;

    private final Path root;
    private final LockFile lock;
    private DirectoryIdentity identity;

    private DataDirectory(Path root, LockFile lock, DirectoryIdentity identity) {
        this.root = root;
        this.lock = lock;
        this.identity = identity;
    }

    /** Makes what a new directory holds besides its identity. */
    @FunctionalInterface
    public interface Content {

        /** Creates the stores, and closes them again. */
        void makeIn(Layout layout) throws StoreException;
    }

    /**
     * Where things are in a data directory.
     *
     * @param root the directory
     */
    public record Layout(Path root) {

        /** The directory of the piece store. */
        public Path archive() {
            return root.resolve("archive");
        }

        /** The directory of the state store. */
        public Path state() {
            return root.resolve("state");
        }

        /** The directory of the votes. */
        public Path votes() {
            return root.resolve("votes");
        }
    }

    /**
     * Makes a directory: built aside and renamed, so that a crash leaves nothing under this name. Readable by its owner only.
     *
     * @param root where; absent, or an empty directory
     * @param identity whose it will be
     * @param content makes its stores
     * @throws UnsafeDirectoryException if something is there
     */
    public static void create(Path root, DirectoryIdentity identity, Content content) throws StoreException {
        Path aside = DurableFiles.aside(root);
        try {
            DurableFiles.requireVacant(root);
            DurableFiles.deleteTree(aside);
            Files.createDirectories(
                    aside, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            content.makeIn(new Layout(aside));
            DurableFiles.replace(aside.resolve(IDENTITY), identity.encoded());
            DurableFiles.rename(aside, root);
        } catch (IOException e) {
            throw new StoreException("data directory " + root + " cannot be made", e);
        }
    }

    /**
     * Opens a directory and holds it until {@link #close}, or until the process ends however it ends.
     *
     * @param owner whose it must be
     * @throws DirectoryAbsentException if there is no data directory
     * @throws IdentityMissingException if its stores are there, and its identity is not
     * @throws DirectoryInUseException if another process has it, or this one a second time
     * @throws UnsafeDirectoryException if it is another replica's or another cluster's
     * @throws UnsupportedFormatException if its identity is of another format
     * @throws StoreCorruptException if its identity is not what was written
     */
    public static DataDirectory open(Path root, StoreOwner owner) throws StoreException {
        requireOwner(root, readIdentity(root), owner);
        try {
            LockFile taken = takeLock(root);
            try {
                // Again, now that nobody else changes it.
                DirectoryIdentity identity = readIdentity(root);
                requireOwner(root, identity, owner);
                return new DataDirectory(root, taken, identity);
            } catch (StoreException e) {
                taken.close();
                throw e;
            }
        } catch (IOException e) {
            throw new StoreException("data directory " + root + " cannot be locked", e);
        }
    }

    /** Whether a replica's data directory is there: it has an identity, whatever that says. */
    public static boolean isAt(Path root) {
        return Files.exists(root.resolve(IDENTITY));
    }

    /**
     * Checks that a part of a data directory is there. A directory that has an identity lost the part, which is damage; elsewhere
     * nothing was ever there.
     *
     * @param store the part's name in messages
     * @param part the part's directory
     * @throws StoreCorruptException if the data directory has lost it
     * @throws DirectoryAbsentException if there is no data directory around it either
     */
    public static void requirePart(String store, Path part) throws StoreException {
        if (Files.isDirectory(part)) {
            return;
        }
        Path root = part.toAbsolutePath().getParent();
        if (root != null && isAt(root)) {
            throw new StoreCorruptException(
                    "%s: data directory %s has lost its directory %s".formatted(store, root, part.getFileName()));
        }
        throw new DirectoryAbsentException("%s: there is no directory %s".formatted(store, part));
    }

    /** Reads whose directory this is, without locking or writing anything. Fails as {@link #open} does. */
    public static DirectoryIdentity readIdentity(Path root) throws StoreException {
        Path file = root.resolve(IDENTITY);
        try {
            byte[] content = Files.readAllBytes(file);
            requireKnownFormat(file, content);
            return DirectoryIdentity.decode(content);
        } catch (NoSuchFileException e) {
            throw noIdentity(root);
        } catch (WireFormatException e) {
            throw new StoreCorruptException(file + ": " + e.getMessage(), e);
        } catch (IOException e) {
            throw new StoreException(file + " cannot be read", e);
        }
    }

    /**
     * The process that has a directory open; empty if none has, or none has said so yet. Nothing is changed, so it also works
     * where nothing can be: on a disk that is mounted for reading only.
     */
    public static OptionalLong holder(Path root) throws StoreException {
        Path file = root.resolve(LOCK);
        try {
            return LockFile.holder(file);
        } catch (IOException e) {
            throw new StoreException(file + " cannot be examined", e);
        }
    }

    /** Whose directory this is and what it may sign. */
    public DirectoryIdentity identity() {
        return identity;
    }

    /**
     * Replaces the identity, durably when this returns: before the first signature, before a REJOIN is sent, after a new
     * epoch has begun.
     *
     * @param next of the same owner
     */
    public void replaceIdentity(DirectoryIdentity next) throws StoreException {
        if (!next.owner().equals(identity.owner())) {
            throw new IllegalArgumentException(
                    "a directory of %s cannot become one of %s".formatted(identity.owner(), next.owner()));
        }
        replace(IDENTITY, next.encoded());
        identity = next;
    }

    /** Where things are. */
    public Layout layout() {
        return new Layout(root);
    }

    /** Replaces a file directly in this directory, atomically and durably. */
    public void replace(String fileName, byte[] content) throws StoreException {
        try {
            DurableFiles.replace(root.resolve(fileName), content);
        } catch (IOException e) {
            throw new StoreException(root.resolve(fileName) + " cannot be replaced", e);
        }
    }

    /** Lets the directory go. */
    @Override
    public void close() throws StoreException {
        try {
            lock.close();
        } catch (IOException e) {
            throw new StoreException("data directory " + root + " cannot be let go", e);
        }
    }

    /** Without its identity a directory whose stores are there has lost what says whose it is and what it may sign. */
    private static StoreException noIdentity(Path root) {
        if (!Files.exists(root)) {
            return new DirectoryAbsentException("there is no directory " + root);
        }
        Layout layout = new Layout(root);
        boolean hasStores =
                Stream.of(layout.archive(), layout.state(), layout.votes()).anyMatch(Files::isDirectory);
        return hasStores
                ? new IdentityMissingException(
                        "%s holds a replica's data, and its file %s is gone: nothing else says whose it is and what it may sign"
                                .formatted(root, IDENTITY))
                : new DirectoryAbsentException(root + " is not a data directory: it has no file " + IDENTITY);
    }

    private static LockFile takeLock(Path root) throws IOException, StoreException {
        Path file = root.resolve(LOCK);
        Optional<LockFile> lock = LockFile.take(file);
        if (lock.isEmpty()) {
            throw new DirectoryInUseException(root.toString(), LockFile.holder(file));
        }
        return lock.get();
    }

    /**
     * Refuses a directory that is not its owner's.
     *
     * @param root the directory, for the message
     * @param identity what it says of itself
     * @param owner whose it must be
     * @throws UnsafeDirectoryException if it is another replica's or another cluster's
     */
    public static void requireOwner(Path root, DirectoryIdentity identity, StoreOwner owner)
            throws UnsafeDirectoryException {
        if (!identity.owner().equals(owner)) {
            throw new UnsafeDirectoryException(
                    "%s is the data directory of %s, not of %s".formatted(root, identity.owner(), owner));
        }
    }

    /** Tells a file of another version from one whose version rotted: the envelope is the same in every version. */
    private static void requireKnownFormat(Path file, byte[] content)
            throws UnsupportedFormatException, WireFormatException {
        if (content.length < VERSION_OFFSET_BYTES + 2) {
            return;
        }
        int version = new ByteReader(content, VERSION_OFFSET_BYTES, VERSION_OFFSET_BYTES + 2).u16();
        ByteReader _ = StoredRecord.open(content, StoredRecord.Kind.IDENTITY, version);
        if (version != DirectoryIdentity.FORMAT_VERSION) {
            throw new UnsupportedFormatException("%s has format version %d, this program reads %d"
                    .formatted(file, version, DirectoryIdentity.FORMAT_VERSION));
        }
    }
}
