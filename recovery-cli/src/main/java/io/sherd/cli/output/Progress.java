package io.sherd.cli.output;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Tells how far one long piece of work is. On a terminal it rewrites one line four times a second; elsewhere it prints a
 * line every ten seconds, so that a log stays short. Whoever works calls {@link #update}, as often as he likes.
 *
 * <pre>
 *   order the input [#####.....] 51% 10200/20000 tx 3.1k/s ETA 3.2 s
 * </pre>
 *
 * <p>Thread-safe.
 */
public final class Progress implements AutoCloseable {
    private static final Duration TERMINAL_PERIOD = Duration.ofMillis(250);
    private static final Duration LOG_PERIOD = Duration.ofSeconds(10);
    private static final int BAR_CELLS = 20;
    static final String ERASE_LINE = "\r\u001b[K";

    /** How progress is shown. */
    public enum Mode {
        /** Rewrites one line. */
        TERMINAL,
        /** Prints lines, rarely. */
        LOG,
        /** Prints nothing. */
        NONE
    }

    /** What is counted. */
    public enum Unit {
        /** Bytes, shown with binary prefixes. */
        BYTES,
        /** Transactions. */
        TRANSACTIONS,
        /** Segments. */
        SEGMENTS,
        /** Seeds of the simulator. */
        SEEDS,
        /** Replicas. */
        REPLICAS
    }

    private final PrintWriter err;
    private final Mode mode;
    private final LongSupplier nanoTime;
    private final String label;
    private long total;
    private final Unit unit;
    private final long started;
    private long shown;

    /**
     * Starts to show the progress of one piece of work.
     *
     * @param err where it is shown
     * @param mode how it is shown
     * @param nanoTime a monotonic clock, in nanoseconds
     * @param label what is being done
     * @param total how much there is to do; 0 or less if that is not known
     * @param unit what is counted
     */
    public Progress(PrintWriter err, Mode mode, LongSupplier nanoTime, String label, long total, Unit unit) {
        this.err = err;
        this.mode = mode;
        this.nanoTime = nanoTime;
        this.label = label;
        this.total = total;
        this.unit = unit;
        this.started = nanoTime.getAsLong();
        this.shown = mode == Mode.TERMINAL ? started - TERMINAL_PERIOD.toNanos() : started;
    }

    /**
     * Shows how much is done, if it is time to.
     *
     * @param done in units, of the total
     */
    public synchronized void update(long done) {
        if (mode == Mode.NONE) {
            return;
        }
        long now = nanoTime.getAsLong();
        Duration period = mode == Mode.TERMINAL ? TERMINAL_PERIOD : LOG_PERIOD;
        if (now - shown < period.toNanos()) {
            return;
        }
        shown = now;
        String line = line(done, Duration.ofNanos(now - started));
        if (mode == Mode.TERMINAL) {
            err.print(ERASE_LINE + line);
        } else {
            err.println(line);
        }
        err.flush();
    }

    /**
     * As {@link #update(long)}, with a total that is only known now, or better than before.
     *
     * @param done in units, of the total
     * @param newTotal how much there is to do; 0 or less if that is not known
     */
    public synchronized void update(long done, long newTotal) {
        total = newTotal;
        update(done);
    }

    /** Leaves the terminal's line empty again. */
    @Override
    public synchronized void close() {
        if (mode == Mode.TERMINAL) {
            err.print(ERASE_LINE);
            err.flush();
        }
    }

    private String line(long done, Duration elapsed) {
        double seconds = Math.max(elapsed.toNanos(), 1) / 1e9;
        double rate = (double) done / seconds;
        StringBuilder line = new StringBuilder(label).append(' ');
        if (total > 0) {
            double part = Math.min(1.0, (double) done / total);
            int cells = (int) (part * BAR_CELLS);
            line.append('[').repeat("#", cells).repeat(".", BAR_CELLS - cells).append("] ");
            line.append((int) (part * 100)).append("% ");
        }
        line.append(amount(done));
        if (total > 0) {
            line.append('/').append(amount(total));
        }
        line.append(nameAfterAmount());
        if (unit == Unit.REPLICAS) {
            // They start together: the first ones say nothing about when the last one is there.
            return line.append(", ").append(Units.duration(elapsed)).toString();
        }
        line.append(' ').append(perSecond(rate));
        if (total > done && rate > 0) {
            line.append(" ETA ")
                    .append(Units.duration(Duration.ofMillis((long) ((double) (total - done) / rate * 1000))));
        }
        return line.toString();
    }

    private String amount(long count) {
        return unit == Unit.BYTES ? Units.bytes((double) count) : Long.toString(count);
    }

    private String nameAfterAmount() {
        return switch (unit) {
            case BYTES -> "";
            case TRANSACTIONS -> " tx";
            case SEGMENTS -> " segments";
            case SEEDS -> " seeds";
            case REPLICAS -> " replicas";
        };
    }

    private String perSecond(double rate) {
        return (unit == Unit.BYTES ? Units.bytes(rate) : Units.count(rate)) + "/s";
    }
}
