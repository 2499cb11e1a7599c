package io.sherd.archive.learner;

import java.io.IOException;

/** An output holds something that the learner did not write, or lacks what it wrote; it is left as it is. */
public final class OutputOccupiedException extends IOException {

    private static final long serialVersionUID = 1L;

    /**
     * An exception about an output.
     *
     * @param message names it and says what is there
     */
    public OutputOccupiedException(String message) {
        super(message);
    }
}
