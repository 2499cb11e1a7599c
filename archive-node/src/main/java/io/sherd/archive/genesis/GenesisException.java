package io.sherd.archive.genesis;

import java.nio.file.NoSuchFileException;

/** A genesis file that cannot be read or does not hold a genesis. */
public final class GenesisException extends Exception {

    private static final long serialVersionUID = 1L;

    private final int line;
    private final int column;

    /**
     * An exception whose message names the file, the place and what is wrong.
     *
     * @param message what is wrong, for people
     * @param line the line, from 1; 0 if there is none to name
     * @param column the column, from 1; 0 if there is none to name
     */
    public GenesisException(String message, int line, int column) {
        super(message);
        this.line = line;
        this.column = column;
    }

    /** As {@link #GenesisException(String, int, int)}, without a place and with the refusal underneath. */
    public GenesisException(String message, Throwable cause) {
        super(message, cause);
        this.line = 0;
        this.column = 0;
    }

    /** Whether there is no such file, rather than one with something wrong in it. */
    public boolean isAbsent() {
        return getCause() instanceof NoSuchFileException;
    }

    /** The line of the mistake, from 1; 0 if there is none to name. */
    public int line() {
        return line;
    }

    /** The column of the mistake, from 1; 0 if there is none to name. */
    public int column() {
        return column;
    }
}
