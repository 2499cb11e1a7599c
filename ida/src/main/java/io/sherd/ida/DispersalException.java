package io.sherd.ida;

import java.io.Serial;

/**
 * The pieces decode to something that no encoder makes: the data is bad, not the call.
 *
 * <p>It is checked because an honest caller meets it: whoever committed to these pieces did not make them by encoding.
 * The source they stand for is to be treated as corrupt. The message names the piece and the byte.
 */
public final class DispersalException extends Exception {

    @Serial
    private static final long serialVersionUID = 1L;

    /** Makes an exception with a message that names what was found and where. */
    DispersalException(String message) {
        super(message);
    }
}
