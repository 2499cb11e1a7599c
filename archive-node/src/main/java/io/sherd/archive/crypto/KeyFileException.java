package io.sherd.archive.crypto;

/** A key or certificate file that cannot be used: it is missing, others can read it, or it holds something else. */
public final class KeyFileException extends Exception {

    private static final long serialVersionUID = 1L;

    /** What is wrong, in a word that programs can rely on. */
    public enum Kind {
        /** The file is not there, or the system does not let us read or write it. */
        UNREADABLE,
        /** Others than the owner can read or write it. */
        MODE,
        /** It does not hold what it should. */
        CONTENT,
        /** It is there already, and is not overwritten. */
        EXISTS
    }

    private final Kind kind;
    private final String hint;

    /**
     * An exception that names the file and what is wrong, never what is in it.
     *
     * @param kind what is wrong
     * @param message the file and what is wrong with it
     * @param hint what the user can do
     */
    public KeyFileException(Kind kind, String message, String hint) {
        super(message);
        this.kind = kind;
        this.hint = hint;
    }

    /** As {@link #KeyFileException(Kind, String, String)}, with the system's refusal as the cause. */
    public KeyFileException(Kind kind, String message, String hint, Throwable cause) {
        super(message, cause);
        this.kind = kind;
        this.hint = hint;
    }

    /** What is wrong. */
    public Kind kind() {
        return kind;
    }

    /** What the user can do about it, as one short sentence or command. */
    public String hint() {
        return hint;
    }
}
