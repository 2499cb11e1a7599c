package io.sherd.archive.restore;

/** A restore that would harm: the replica is alive, or the directory is one that speaks for it. Nothing was changed. Exit code 8. */
public final class RestoreRefusedException extends Exception {

    private static final long serialVersionUID = 1L;

    /** What is in the way. */
    public enum Kind {
        /** The replica runs, and answers as itself. */
        ALIVE,
        /** The directory has signed for the replica. */
        HAS_SIGNED
    }

    private final Kind kind;

    /**
     * An exception whose message says what is in the way.
     *
     * @param kind what kind of thing it is
     * @param message the same with its name, for people
     */
    public RestoreRefusedException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    /** What kind of thing is in the way. */
    public Kind kind() {
        return kind;
    }
}
