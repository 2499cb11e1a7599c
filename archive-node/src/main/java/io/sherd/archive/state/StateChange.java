package io.sherd.archive.state;

import io.sherd.replication.wire.Bytes;
import java.util.Optional;

/**
 * What a key's value becomes.
 *
 * @param space what kind of key it is, see {@link StateLeaf}
 * @param key the key
 * @param value the value; empty to take it away
 */
public record StateChange(int space, Bytes key, Optional<Bytes> value) {}
