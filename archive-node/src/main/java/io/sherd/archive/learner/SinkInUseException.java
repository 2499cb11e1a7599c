package io.sherd.archive.learner;

import java.nio.file.Path;
import java.util.OptionalLong;

/** Another process is learning into the same place. Exit code 7. */
public final class SinkInUseException extends SinkException {

    private static final long serialVersionUID = 1L;

    /**
     * An exception that names the process which learns there, if it has said who it is.
     *
     * @param position the file with the learner's position
     * @param pid the process
     */
    SinkInUseException(Path position, OptionalLong pid) {
        super("%s: %s is learning into this place"
                .formatted(position, pid.isPresent() ? "process " + pid.getAsLong() : "another process"));
    }
}
