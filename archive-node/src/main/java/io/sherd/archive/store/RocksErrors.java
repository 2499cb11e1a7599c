package io.sherd.archive.store;

import org.rocksdb.RocksDBException;
import org.rocksdb.Status;

/** What RocksDB's exceptions say, in ours. */
final class RocksErrors {

    private RocksErrors() {}

    /** The failure of something that was asked of a store. */
    static StoreException failure(String store, String what, RocksDBException e) {
        String message = "%s: %s: %s".formatted(store, what, describe(e));
        return isCorruption(e) ? new StoreCorruptException(message, e) : new StoreException(message, e);
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
