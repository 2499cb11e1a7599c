package io.sherd.archive.state;

import io.sherd.archive.store.StoreException;
import io.sherd.merkle.Digest;
import io.sherd.replication.wire.Bytes;
import java.util.Optional;

/** Port: the servable state checkpoints of a replica, the latest {@link StateStore#KEPT_CHECKPOINTS}. Thread-safe. */
public interface StateReader {

    /**
     * The part of a state checkpoint under a prefix.
     *
     * @param sequence the position of the state checkpoint
     * @param root its root, so that an answer is never of another state
     * @param prefix nibbles, one a byte, 0 to 64 of them
     * @param limitBytes leaves are answered when all of them take at most so many bytes, or there is only one
     * @return empty if that checkpoint is not held, or nothing is under the prefix
     */
    Optional<StateChunk> chunk(long sequence, Digest root, Bytes prefix, int limitBytes) throws StoreException;
}
