package io.sherd.archive.state;

import io.sherd.archive.store.StoreException;
import io.sherd.replication.wire.Bytes;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What the latest checkpoint has under the keys that were used last, within a bound in bytes: reading the store costs a search
 * through its levels, since it keeps several checkpoints. Not thread-safe.
 */
final class RecentValues {

    /** What an entry takes in memory besides key and value, about. */
    private static final long ENTRY_BYTES = 160;

    private final long limitBytes;

    /** Least recently used first. */
    private final LinkedHashMap<Bytes, Optional<Bytes>> values = new LinkedHashMap<>(16, 0.75f, true);

    private long sizeBytes;

    /**
     * An empty cache.
     *
     * @param limitBytes how much memory it may take, about
     */
    RecentValues(long limitBytes) {
        this.limitBytes = limitBytes;
    }

    /** Where a value is read that is not known here. */
    @FunctionalInterface
    interface Source {
        /** {@return what a key has; empty if nothing} */
        Optional<Bytes> get(Bytes key) throws StoreException;
    }

    /** {@return what a key has, and remembers it; empty if nothing} */
    Optional<Bytes> get(Bytes key, Source source) throws StoreException {
        Optional<Bytes> value = values.get(key);
        if (value == null) {
            value = source.get(key);
            put(key, value);
        }
        return value;
    }

    /** Remembers what a key has. */
    void put(Bytes key, Optional<Bytes> value) {
        Optional<Bytes> before = values.put(key, value);
        if (before != null) {
            sizeBytes -= weight(key, before);
        }
        sizeBytes += weight(key, value);
        while (sizeBytes > limitBytes) {
            Map.Entry<Bytes, Optional<Bytes>> oldest = values.pollFirstEntry();
            sizeBytes -= weight(oldest.getKey(), oldest.getValue());
        }
    }

    /** About how much memory it takes. */
    long sizeBytes() {
        return sizeBytes;
    }

    private static long weight(Bytes key, Optional<Bytes> value) {
        return ENTRY_BYTES + key.size() + value.map(Bytes::size).orElse(0);
    }
}
