package io.sherd.cli.output;

import java.time.Duration;
import java.util.Locale;

/** Numbers as people read them. Powers of 1024 carry the names KiB, MiB, GiB. */
public final class Units {
    private static final String[] BYTES = {"B", "KiB", "MiB", "GiB", "TiB"};
    private static final int STEP = 1024;

    private Units() {}

    /**
     * {@return a size: {@code 512 B}, {@code 3.5 MiB}}
     *
     * @param bytes at least 0
     */
    public static String bytes(double bytes) {
        double value = bytes;
        int unit = 0;
        while (value >= STEP && unit < BYTES.length - 1) {
            value /= STEP;
            unit++;
        }
        return unit == 0
                ? "%d B".formatted((long) value)
                : String.format(Locale.ROOT, value < 10 ? "%.2f %s" : "%.1f %s", value, BYTES[unit]);
    }

    /**
     * {@return a count or rate in short: {@code 850}, {@code 9.8k}, {@code 1.2M}}
     *
     * @param count at least 0
     */
    public static String count(double count) {
        if (count < 1_000) {
            return String.format(Locale.ROOT, "%.0f", count);
        }
        return count < 1_000_000
                ? String.format(Locale.ROOT, "%.1fk", count / 1_000)
                : String.format(Locale.ROOT, "%.1fM", count / 1_000_000);
    }

    /**
     * {@return a duration: {@code 2.1 s}, {@code 1 min 05 s}}
     *
     * @param duration at least zero
     */
    public static String duration(Duration duration) {
        return duration.toSeconds() < 60
                ? String.format(Locale.ROOT, "%.1f s", duration.toMillis() / 1000.0)
                : "%d min %02d s".formatted(duration.toMinutes(), duration.toSecondsPart());
    }

    /**
     * {@return a fixed number of digits after the point, with a point in every language}
     *
     * @param value any number
     * @param digits digits after the point
     */
    public static String decimal(double value, int digits) {
        return String.format(Locale.ROOT, "%." + digits + "f", value);
    }
}
