package io.sherd.cli.inspect;

import io.sherd.cli.output.ExitCode;
import java.util.Locale;

/**
 * Whether something that was looked at is what it must be.
 *
 * @param exit {@link ExitCode#DONE} if it is proved, {@link ExitCode#WARNINGS} if nothing is wrong and nothing is proved yet,
 *     else what is wrong
 * @param text why
 */
record Verdict(ExitCode exit, String text) {
    static Verdict proved(String pattern, Object... details) {
        return new Verdict(ExitCode.DONE, format(pattern, details));
    }

    static Verdict unproved(String pattern, Object... details) {
        return new Verdict(ExitCode.WARNINGS, format(pattern, details));
    }

    static Verdict bad(ExitCode exit, String pattern, Object... details) {
        return new Verdict(exit, format(pattern, details));
    }

    boolean isProved() {
        return exit == ExitCode.DONE;
    }

    /** This verdict, or another that is about more, if this one finds nothing wrong. */
    Verdict and(Verdict more) {
        return exit == ExitCode.DONE ? more : this;
    }

    /** The last line of what people read. */
    static String line(int exitCode, String text) {
        if (exitCode == ExitCode.DONE.code()) {
            return "ok   " + text;
        }
        return (exitCode == ExitCode.WARNINGS.code() ? "WARN " : "BAD  ") + text;
    }

    private static String format(String pattern, Object... details) {
        return details.length == 0 ? pattern : String.format(Locale.ROOT, pattern, details);
    }
}
