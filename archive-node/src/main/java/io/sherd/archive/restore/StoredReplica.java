package io.sherd.archive.restore;

import io.sherd.archive.state.StateReader;
import io.sherd.archive.store.FullBytes;
import io.sherd.archive.store.PieceStore;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * What the data directory of a replica that does not run holds, opened by somebody else and only read here. Nothing of it is trusted.
 * Thread-safe.
 */
public final class StoredReplica {

    /** More troubles than these are not kept. */
    private static final int MAX_TROUBLES = 100;

    private final String name;
    private final Stores stores;
    private final List<String> troubles = new CopyOnWriteArrayList<>();

    /**
     * The open stores of a directory.
     *
     * @param pieces the archive
     * @param states the state checkpoints that it can show
     * @param full the segments that it holds whole
     * @param voted the newest certificate that the votes have, which may be newer than the archive's
     * @param votedUpTo the highest position that the replica voted for, as far as that is known
     */
    public record Stores(
            PieceStore pieces,
            StateReader states,
            FullBytes full,
            Optional<CheckpointCertificate> voted,
            OptionalLong votedUpTo) {}

    /**
     * A directory.
     *
     * @param name for people: whose it is and where
     * @param stores its open stores
     */
    public StoredReplica(String name, Stores stores) {
        this.name = name;
        this.stores = stores;
    }

    /** Whose it is and where, for people. */
    public String name() {
        return name;
    }

    /** What was found to be wrong in it so far, as far as it was read. */
    public List<String> troubles() {
        return List.copyOf(troubles);
    }

    /** The highest position that the replica voted for, as far as that is known. */
    public OptionalLong votedUpTo() {
        return stores.votedUpTo();
    }

    Stores stores() {
        return stores;
    }

    /** Notes what is wrong, once. */
    void note(String trouble) {
        if (troubles.size() < MAX_TROUBLES && !troubles.contains(trouble)) {
            troubles.add(trouble);
        }
    }
}
