package io.sherd.archive.export;

import io.sherd.archive.store.StoreException;

/** A file that is not, or is no longer, an exported archive of this cluster. */
public final class ExportException extends StoreException {

    private static final long serialVersionUID = 1L;

    private final Kind kind;

    /** What is wrong with it. */
    public enum Kind {
        /** It does not begin as an exported archive does. */
        OTHER_FILE,
        /** It is one, and not as it was written. */
        DAMAGED,
        /** It is of another cluster. */
        FOREIGN
    }

    ExportException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    ExportException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    /** {@return what is wrong with it} */
    public Kind kind() {
        return kind;
    }
}
