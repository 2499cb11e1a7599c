package io.sherd.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * A run of segments as a user gives it: {@code 17}, {@code 10..20} with both ends, or {@code 10..} to the last one there is.
 *
 * @param first the first one
 * @param end the one behind the last; {@link Long#MAX_VALUE} for all from the first on
 */
record SegmentRange(long first, long end) {

    /** All segments. */
    static final SegmentRange ALL = new SegmentRange(0, Long.MAX_VALUE);

    /** Reads one from the command line. */
    static final class Converter implements ITypeConverter<SegmentRange> {

        /** Made by picocli. */
        Converter() {}

        @Override
        public SegmentRange convert(String text) {
            if (!text.matches("[0-9]{1,18}(\\.\\.([0-9]{1,18})?)?")) {
                throw new TypeConversionException("\"" + text + "\" is no run of segments such as 17, 10..20 or 10..");
            }
            int dots = text.indexOf("..");
            long first = Long.parseLong(dots < 0 ? text : text.substring(0, dots));
            if (dots >= 0 && dots + 2 == text.length()) {
                return new SegmentRange(first, Long.MAX_VALUE);
            }
            long last = dots < 0 ? first : Long.parseLong(text.substring(dots + 2));
            if (last < first) {
                throw new TypeConversionException("\"" + text + "\" ends before it begins");
            }
            return new SegmentRange(first, last + 1);
        }
    }
}
