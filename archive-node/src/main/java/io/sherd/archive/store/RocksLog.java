package io.sherd.archive.store;

import org.rocksdb.InfoLogLevel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes a database's warnings and errors to this program's log, so that it keeps no log file among the data. */
final class RocksLog extends org.rocksdb.Logger {

    private static final Logger LOG = LoggerFactory.getLogger(RocksLog.class);

    private final String store;

    RocksLog(String store) {
        super(InfoLogLevel.WARN_LEVEL);
        this.store = store;
    }

    @Override
    protected void log(InfoLogLevel level, String message) {
        switch (level) {
            case DEBUG_LEVEL, INFO_LEVEL, HEADER_LEVEL, NUM_INFO_LOG_LEVELS -> LOG.debug("{}: {}", store, message);
            case WARN_LEVEL -> LOG.warn("{}: {}", store, message);
            case ERROR_LEVEL, FATAL_LEVEL -> LOG.error("{}: {}", store, message);
        }
    }
}
