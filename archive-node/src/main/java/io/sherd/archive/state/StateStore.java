package io.sherd.archive.state;

import io.sherd.archive.store.StoreException;
import io.sherd.merkle.Digest;
import io.sherd.replication.wire.Bytes;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * Port: the state as of its latest state checkpoint, and the checkpoints that are still servable. One thread commits; reads
 * come from any.
 */
public interface StateStore extends StateReader, AutoCloseable {

    /**
     * How many state checkpoints stay servable: the two latest certified ones, and the newest, which is not certified before
     * the next closing binds it.
     */
    int KEPT_CHECKPOINTS = 3;

    /** The latest state checkpoint: of position 0, the empty state, in a new store. */
    StateCheckpoint latest();

    /** The checkpoints that can be read, ascending: at least the latest, at most {@link #KEPT_CHECKPOINTS}. */
    List<StateCheckpoint> checkpoints();

    /** The value of a key at the latest checkpoint. */
    Optional<Bytes> get(int space, Bytes key) throws StoreException;

    /**
     * Makes the next state checkpoint, all or nothing, durable when this returns, and forgets the oldest one if there are
     * more than {@link #KEPT_CHECKPOINTS}. The cost follows the number of changes.
     *
     * @param sequence its position, above the latest checkpoint's
     * @param changes what is different from the latest checkpoint; at most one of each key
     * @return the root
     */
    Digest commit(long sequence, Collection<StateChange> changes) throws StoreException;

    /**
     * A proof of a key's value, or that it has none, at a checkpoint.
     *
     * @return empty if that checkpoint is not held
     */
    Optional<StateProof> prove(long sequence, Digest root, int space, Bytes key) throws StoreException;

    @Override
    void close() throws StoreException;
}
