package io.sherd.archive.machine;

/** The state machine of a genesis cannot be had. Nothing was started or changed. */
public final class MachineException extends Exception {

    private static final long serialVersionUID = 1L;

    private final Kind kind;

    /** What has to be looked at. */
    public enum Kind {
        /** The genesis wants a jar, and none was named. */
        NO_JAR,
        /** The genesis wants no jar, and one was named. */
        UNWANTED_JAR,
        /** There is no such file. */
        ABSENT,
        /** The file cannot be read, or is too large. */
        UNREADABLE,
        /** The file is another one than the genesis names. */
        OTHER_JAR,
        /** The file is no jar, or holds no state machine that can be made. */
        BROKEN,
        /** The classes are of a later Java. */
        LATER_JAVA,
        /** No state machine has the name. */
        NO_SUCH_MACHINE
    }

    /**
     * Says why.
     *
     * @param kind what has to be looked at
     * @param message what was expected and what was found
     */
    public MachineException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    /**
     * Says why.
     *
     * @param kind what has to be looked at
     * @param message what was expected and what was found
     * @param cause what refused
     */
    public MachineException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    /** What has to be looked at. */
    public Kind kind() {
        return kind;
    }
}
