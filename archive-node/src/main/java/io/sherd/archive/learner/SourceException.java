package io.sherd.archive.learner;

/** A source did not answer a question, or not with what was asked for. Ordinary weather: another source is asked. */
public final class SourceException extends Exception {

    private static final long serialVersionUID = 1L;

    /** What kind of no it was. */
    public enum Kind {
        /** It answers that it has not got it, or that its copy is damaged. */
        NOT_FOUND,
        /** It could not be reached, is not who it should be, or did not answer in time. */
        UNREACHABLE,
        /** It refuses: too busy, not permitted, or the question is not one that it knows. */
        REFUSED,
        /** The answer is not of the format that was asked for, or too large. */
        MALFORMED
    }

    private final Kind kind;

    /**
     * An exception for one question to one source.
     *
     * @param kind what kind of no it was
     * @param message the source and what it said, for people
     */
    public SourceException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    /** As {@link #SourceException(Kind, String)}, with the refusal underneath. */
    public SourceException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    /** What kind of no it was. */
    public Kind kind() {
        return kind;
    }
}
