package io.sherd.cli;

import java.time.Duration;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads durations as people write them: {@code 500ms}, {@code 30s}, {@code 5m}, {@code 2h}. */
final class DurationConverter implements ITypeConverter<Duration> {
    /** Made by picocli. */
    DurationConverter() {}

    @Override
    public Duration convert(String text) {
        String digits = text.replaceFirst("(ms|s|m|h)$", "");
        if (!digits.matches("[0-9]{1,9}") || digits.length() == text.length()) {
            throw new TypeConversionException("\"" + text + "\" is not a duration such as 500ms, 30s, 5m or 2h");
        }
        long amount = Long.parseLong(digits);
        return switch (text.substring(digits.length())) {
            case "ms" -> Duration.ofMillis(amount);
            case "s" -> Duration.ofSeconds(amount);
            case "m" -> Duration.ofMinutes(amount);
            default -> Duration.ofHours(amount);
        };
    }
}
