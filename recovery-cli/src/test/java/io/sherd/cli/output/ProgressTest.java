package io.sherd.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ProgressTest {
    private final StringWriter err = new StringWriter();
    private long now = 1_000_000_000_000L;

    @Test
    void aTerminalsLineIsRewrittenFourTimesASecond() {
        try (Progress progress = progress(Progress.Mode.TERMINAL, 20_000)) {
            for (int millis = 0; millis < 1000; millis += 50) {
                progress.update(millis);
                now += TimeUnit.MILLISECONDS.toNanos(50);
            }
        }
        assertThat(err.toString().split("\r\u001b\\[K", -1))
                .containsExactly(
                        "",
                        "order [....................] 0% 0/20000 tx 0/s",
                        "order [....................] 1% 250/20000 tx 1.0k/s ETA 19.8 s",
                        "order [....................] 2% 500/20000 tx 1.0k/s ETA 19.5 s",
                        "order [....................] 3% 750/20000 tx 1.0k/s ETA 19.3 s",
                        "");
    }

    @Test
    void aLogGetsALineEveryTenSeconds() {
        try (Progress progress = progress(Progress.Mode.LOG, 60)) {
            for (int second = 0; second <= 25; second++) {
                progress.update(second);
                now += TimeUnit.SECONDS.toNanos(1);
            }
        }
        assertThat(err.toString().lines())
                .containsExactly(
                        "order [###.................] 16% 10/60 tx 1/s ETA 50.0 s",
                        "order [######..............] 33% 20/60 tx 1/s ETA 40.0 s");
    }

    @Test
    void anUnknownTotalHasNoBar() {
        try (Progress progress =
                new Progress(new PrintWriter(err), Progress.Mode.LOG, () -> now, "learn", 0, Progress.Unit.BYTES)) {
            now += TimeUnit.SECONDS.toNanos(10);
            progress.update(10 << 20);
        }
        assertThat(err.toString().lines()).containsExactly("learn 10.0 MiB 1.00 MiB/s");
    }

    @Test
    void replicasThatStartTogetherAreCountedWithoutARate() {
        try (Progress progress =
                new Progress(new PrintWriter(err), Progress.Mode.LOG, () -> now, "up", 4, Progress.Unit.REPLICAS)) {
            now += TimeUnit.SECONDS.toNanos(10);
            progress.update(2);
        }
        assertThat(err.toString().lines()).containsExactly("up [##########..........] 50% 2/4 replicas, 10.0 s");
    }

    @Test
    void phasesAreLinesInALogAndOneRewrittenLineOnATerminal() {
        for (Progress.Mode mode : Progress.Mode.values()) {
            try (Phases phases = new Phases(new PrintWriter(err), mode, "[4/7] learn")) {
                phases.enter("reading");
                phases.enter("comparing");
            }
        }
        assertThat(err)
                .hasToString("\r\u001b[K[4/7] learn: reading\r\u001b[K[4/7] learn: comparing\r\u001b[K"
                        + "[4/7] learn: reading\n[4/7] learn: comparing\n");
    }

    @Test
    void nothingIsShownWhereNothingIsWanted() {
        try (Progress progress = progress(Progress.Mode.NONE, 10)) {
            now += TimeUnit.HOURS.toNanos(1);
            progress.update(5);
        }
        assertThat(err.toString()).isEmpty();
    }

    private Progress progress(Progress.Mode mode, long total) {
        return new Progress(new PrintWriter(err), mode, () -> now, "order", total, Progress.Unit.TRANSACTIONS);
    }
}
