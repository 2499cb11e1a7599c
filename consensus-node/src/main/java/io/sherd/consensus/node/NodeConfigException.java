package io.sherd.consensus.node;

import java.nio.file.NoSuchFileException;

/** A node's configuration that cannot be read, or does not fit the genesis. The message names file, line and column. */
public final class NodeConfigException extends Exception {

    private static final long serialVersionUID = 1L;

    /** An exception whose message says where and what. */
    public NodeConfigException(String message) {
        super(message);
    }

    /** As {@link #NodeConfigException(String)}, with the refusal underneath. */
    public NodeConfigException(String message, Throwable cause) {
        super(message, cause);
    }

    /** Whether there is no such file, rather than one with something wrong in it. */
    public boolean isAbsent() {
        return getCause() instanceof NoSuchFileException;
    }
}
