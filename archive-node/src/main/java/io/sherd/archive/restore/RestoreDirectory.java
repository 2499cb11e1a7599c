package io.sherd.archive.restore;

import io.sherd.archive.crypto.RandomIds;
import io.sherd.archive.state.RocksStateStore;
import io.sherd.archive.store.DataDirectory;
import io.sherd.archive.store.DirectoryIdentity;
import io.sherd.archive.store.DirectoryInUseException;
import io.sherd.archive.store.RocksPieceStore;
import io.sherd.archive.store.StoreException;
import io.sherd.archive.store.StoreOwner;
import io.sherd.replication.genesis.Member;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/**
 * Makes the directory that a restore goes into, or sees to it that one which is there may be restored into: it is its replica's,
 * and was never used, or is being restored. In any case it is marked as being restored and will rejoin under a fresh name.
 */
final class RestoreDirectory {

    private RestoreDirectory() {}

    /**
     * Opens the directory of a restore.
     *
     * @param root the directory
     * @param owner the replica
     * @param member its row of today's member table
     * @param more makes what a data directory holds besides archive and state
     * @throws RestoreRefusedException if it is a directory that has signed
     * @throws io.sherd.archive.store.UnsafeDirectoryException if it is another replica's or another cluster's
     */
    static DataDirectory open(Path root, StoreOwner owner, Member member, DataDirectory.Content more)
            throws StoreException, RestoreRefusedException {
        if (isVacant(root)) {
            DirectoryIdentity identity = DirectoryIdentity.unused(owner, RandomIds.directoryId())
                    .rejoining(RandomIds.directoryId(), member.incarnation());
            DataDirectory.create(root, identity, layout -> {
                RocksPieceStore.create(layout.archive(), owner);
                RocksStateStore.create(layout.state(), owner);
                more.makeIn(layout);
                RestoreMark.put(layout);
            });
        }
        DataDirectory directory = DataDirectory.open(root, owner);
        try {
            admit(directory, member);
            return directory;
        } catch (StoreException | RestoreRefusedException e) {
            directory.close();
            throw e;
        }
    }

    /**
     * Refuses a directory that may not be restored into, whatever the cluster says: all that the disk alone can tell. Nothing is
     * changed.
     *
     * @throws RestoreRefusedException if it is a directory that has signed
     * @throws io.sherd.archive.store.UnsafeDirectoryException if it is another replica's or another cluster's
     * @throws io.sherd.archive.store.DirectoryInUseException if a process has it open
     */
    static void requireRestorable(Path root, StoreOwner owner) throws StoreException, RestoreRefusedException {
        if (isVacant(root)) {
            return;
        }
        DirectoryIdentity identity = DataDirectory.readIdentity(root);
        DataDirectory.requireOwner(root, identity, owner);
        OptionalLong holder = DataDirectory.holder(root);
        if (holder.isPresent()) {
            throw new DirectoryInUseException(root.toString(), holder);
        }
        if (identity.standing() instanceof DirectoryIdentity.Standing.Member) {
            throw hasSigned(root, identity);
        }
    }

    /** The incarnation that the directory's REJOIN will replace. */
    static long replacedIncarnation(DirectoryIdentity identity) {
        return switch (identity.standing()) {
            case DirectoryIdentity.Standing.Rejoining(long incarnation) -> incarnation;
            case DirectoryIdentity.Standing.Member _, DirectoryIdentity.Standing.Unused _ ->
                throw new IllegalStateException("a restored directory that does not rejoin");
        };
    }

    private static void admit(DataDirectory directory, Member member) throws StoreException, RestoreRefusedException {
        DirectoryIdentity identity = directory.identity();
        switch (identity.standing()) {
            case DirectoryIdentity.Standing.Member _ ->
                throw hasSigned(directory.layout().root(), identity);
            case DirectoryIdentity.Standing.Unused _ -> {
                RestoreMark.put(directory.layout());
                rejoinAfresh(directory, member);
            }
            case DirectoryIdentity.Standing.Rejoining rejoining -> {
                RestoreMark.put(directory.layout());
                boolean hasRejoined = member.directory().equals(identity.directoryId());
                if (!hasRejoined && rejoining.replacedIncarnation() != member.incarnation()) {
                    // Another directory has rejoined since, or keys were changed: this one replaces what there is
                    // today.
                    rejoinAfresh(directory, member);
                }
            }
        }
    }

    private static RestoreRefusedException hasSigned(Path root, DirectoryIdentity identity) {
        return new RestoreRefusedException(
                RestoreRefusedException.Kind.HAS_SIGNED,
                "%s is a directory of %s that has signed; move it away to restore".formatted(root, identity.owner()));
    }

    private static void rejoinAfresh(DataDirectory directory, Member member) throws StoreException {
        directory.replaceIdentity(directory.identity().rejoining(RandomIds.directoryId(), member.incarnation()));
    }

    private static boolean isVacant(Path root) throws StoreException {
        if (!Files.exists(root)) {
            return true;
        }
        if (!Files.isDirectory(root)) {
            return false;
        }
        try (DirectoryStream<Path> content = Files.newDirectoryStream(root)) {
            return !content.iterator().hasNext();
        } catch (IOException e) {
            throw new StoreException(root + " cannot be read", e);
        }
    }
}
