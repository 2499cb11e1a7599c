package io.sherd.archive.store;

import java.util.OptionalLong;

/** Another process has the data directory open. Exit code 7. */
public final class DirectoryInUseException extends StoreException {

    private static final long serialVersionUID = 1L;
    private static final long UNKNOWN = -1;

    private final long pid;

    /** An exception that names the process which holds the directory, if it has said who it is. */
    public DirectoryInUseException(String directory, OptionalLong pid) {
        super(directory + " is in use by "
                + (pid.isPresent() ? "process " + pid.getAsLong() : "another process, which has not said its id yet"));
        this.pid = pid.orElse(UNKNOWN);
    }

    /** The process that holds the directory; empty in the moment between its taking the lock and writing its id. */
    public OptionalLong pid() {
        return pid == UNKNOWN ? OptionalLong.empty() : OptionalLong.of(pid);
    }
}
