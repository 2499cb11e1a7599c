package io.sherd.archive.edge;

import io.grpc.Status;
import java.util.Objects;

/** What a failed call to a replica's public edge says to people. */
public final class CallFailures {
    private static final int INLINE_DESCRIPTION_CHARACTERS = 200;

    private CallFailures() {}

    /**
     * {@return the code and what the replica or the connection says, cut short and without anything that could disturb a
     * terminal or a log}
     *
     * @param status how the call ended
     */
    public static String describe(Status status) {
        String description = Objects.requireNonNullElse(status.getDescription(), "");
        for (Throwable cause = status.getCause(); cause != null; cause = cause.getCause()) {
            // Of a broken connection only the innermost cause tells anything.
            description = Objects.requireNonNullElse(cause.getMessage(), description);
        }
        // What follows the first line is about the insides of the transport.
        String first = description.lines().findFirst().orElse("");
        if (first.isEmpty()) {
            return status.getCode().toString();
        }
        String clean = first.replaceAll("[^\\x20-\\x7e…]", "?");
        return status.getCode() + ", " + clean.substring(0, Math.min(clean.length(), INLINE_DESCRIPTION_CHARACTERS));
    }
}
