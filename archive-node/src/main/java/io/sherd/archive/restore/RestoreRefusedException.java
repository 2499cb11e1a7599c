package io.sherd.archive.restore;

/** A restore that would harm: the replica is alive, or the directory is one that speaks for it. Nothing was changed. Exit code 8. */
public final class RestoreRefusedException extends Exception {

    private static final long serialVersionUID = 1L;

    /** An exception whose message says what is in the way. */
    public RestoreRefusedException(String message) {
        super(message);
    }
}
