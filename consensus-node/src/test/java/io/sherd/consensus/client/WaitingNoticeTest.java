package io.sherd.consensus.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class WaitingNoticeTest {
    private final List<String> told = new ArrayList<>();
    private long now = Long.MAX_VALUE - TimeUnit.SECONDS.toNanos(5);
    private final WaitingNotice notice = new WaitingNotice(told::add, () -> now);

    @Test
    void aShortWaitIsNotWorthAWord() {
        long started = now;
        now += WaitingNotice.LONG_NANOS - 1;
        notice.since(started, Long::toString);
        assertThat(told).isEmpty();
    }

    @Test
    void aLongWaitIsToldOnceInAPeriodWithItsSeconds() {
        long started = now;
        // The clock's number wraps meanwhile.
        for (int second = 1; second <= 24; second++) {
            now += TimeUnit.SECONDS.toNanos(1);
            notice.since(started, Long::toString);
        }
        assertThat(told).containsExactly("3", "13", "23");
    }
}
