package io.sherd.cli;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What picocli has filled in: options and parameters that are required are there when a command is called. */
final class Given {
    private Given() {}

    /**
     * {@return the value of a required option or parameter}
     *
     * @param value what picocli filled in
     * @param <T> its type
     */
    static <T> T required(@Nullable T value) {
        return Objects.requireNonNull(value, "picocli called a command without one of its required options");
    }
}
