package io.sherd.archive.scrub;

import io.sherd.archive.store.StoreException;
import java.nio.channels.ClosedByInterruptException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Scrubs one directory again and again: begins a pass when it is due, keeps the rate, remembers where it is, and does what an operator says.
 * {@link #run} belongs to one thread; everything else is for any.
 */
public final class ScrubDriver {

    private static final Logger LOG = LoggerFactory.getLogger(ScrubDriver.class);
    private static final long SAVE_NANOS = TimeUnit.SECONDS.toNanos(2);
    private static final long LONGEST_WAIT_NANOS = TimeUnit.HOURS.toNanos(1);
    private static final long NANOS_PER_SECOND = TimeUnit.SECONDS.toNanos(1);

    /** What was not read in time may be read later, but not more than this. */
    private static final long MOST_ARREARS_NANOS = NANOS_PER_SECOND / 4;

    private static final int RECENT_FINDINGS = 32;

    private final ScrubGround ground;
    private final ScrubSettings settings;
    private final ScrubTime time;
    private final Lock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ArrayDeque<ScrubFinding> recent = new ArrayDeque<>();

    // Guarded by the lock.
    private ScrubRecord record;
    private boolean asked;
    private boolean stopped;

    // Of the thread that runs.
    private long savedAt;
    private long nextReadAt;

    /** Why {@link #run} came back. */
    public enum End {
        /** It was stopped. */
        STOPPED,
        /** Records of the archive are damaged: they are mended while nothing runs, then another driver goes on. */
        MENDING_NEEDED
    }

    /**
     * A driver that goes on where an earlier one on the same directory was.
     *
     * @param ground what is scrubbed
     * @param settings how
     * @param time the clocks
     */
    public ScrubDriver(ScrubGround ground, ScrubSettings settings, ScrubTime time) {
        this.ground = ground;
        this.settings = settings;
        this.time = time;
        this.record = ScrubRecord.load(ground.layout(), time.now());
    }

    /**
     * Scrubs until it is stopped.
     *
     * @return why it ended
     * @throws StoreException if something cannot be written; what cannot be read is a finding
     * @throws InterruptedException if the thread is interrupted
     */
    public End run() throws StoreException, InterruptedException {
        save();
        while (awaitDue()) {
            if (runPass() == ScrubPass.Next.MENDING) {
                return End.MENDING_NEEDED;
            }
        }
        return End.STOPPED;
    }

    /** Begins a pass now, or goes on with the one that was paused. */
    public void start() throws StoreException {
        lock.lock();
        try {
            asked = true;
            record = record.withPaused(false);
            record.save(ground.layout());
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Reads nothing more until {@link #start}, also after a restart. */
    public void pause() throws StoreException {
        lock.lock();
        try {
            asked = false;
            record = record.withPaused(true);
            record.save(ground.layout());
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Makes {@link #run} come back soon. */
    public void stop() {
        lock.lock();
        try {
            stopped = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Where it stands. */
    public ScrubStatus status() {
        lock.lock();
        try {
            ScrubStatus.State state = record.paused()
                    ? ScrubStatus.State.PAUSED
                    : asked || record.running().isPresent() ? ScrubStatus.State.RUNNING : ScrubStatus.State.WAITING;
            Optional<Duration> remaining = record.running()
                    .map(pass -> Duration.ofSeconds(
                            Math.max(0, pass.bytesTotal() - pass.bytesRead()) / settings.bytesPerSecond()));
            return new ScrubStatus(state, record.running(), remaining, record.last(), due(), List.copyOf(recent));
        } finally {
            lock.unlock();
        }
    }

    private Instant due() {
        return record.running()
                .map(ScrubProgress::started)
                .or(() -> record.last().map(ScrubRecord.CompletedPass::started))
                .orElse(record.since())
                .plus(settings.period());
    }

    /** Waits until a pass is to begin or to go on; false if it was stopped. */
    private boolean awaitDue() throws InterruptedException {
        lock.lock();
        try {
            while (!stopped) {
                Instant now = time.now();
                boolean isDue = asked || record.running().isPresent() || !due().isAfter(now);
                if (isDue && !record.paused()) {
                    return true;
                }
                long untilDue = Math.max(1, Duration.between(now, due()).toMillis());
                time.await(
                        changed,
                        record.paused()
                                ? LONGEST_WAIT_NANOS
                                : Math.min(LONGEST_WAIT_NANOS, TimeUnit.MILLISECONDS.toNanos(untilDue)));
            }
            return false;
        } finally {
            lock.unlock();
        }
    }

    /** Does a pass, or a part of one: until its end, a pause or a stop. */
    private ScrubPass.Next runPass() throws StoreException, InterruptedException {
        nextReadAt = time.nanoTime();
        try (ScrubPass pass = new ScrubPass(ground, settings.repairs(), beginning(), this::note)) {
            ScrubPass.Next next = ScrubPass.Next.STEP;
            try {
                while (next == ScrubPass.Next.STEP && goesOn()) {
                    next = pass.step(this::spend);
                    keep(pass.progress());
                }
            } catch (InterruptedException e) {
                if (goesOn()) {
                    throw e;
                }
            } finally {
                keep(pass.progress());
                save();
            }
            if (next == ScrubPass.Next.END) {
                complete();
            }
            return next;
        }
    }

    private ScrubProgress beginning() throws StoreException {
        Instant now = time.now();
        long bytes = ScrubPass.bytesInAll(ground);
        lock.lock();
        try {
            asked = false;
            if (record.running().isEmpty()) {
                LOG.info("a scrub of about {} bytes begins", bytes);
                record = record.running(ScrubProgress.begin(now, bytes));
                record.save(ground.layout());
            }
            return record.running().orElseThrow();
        } finally {
            lock.unlock();
        }
    }

    private boolean goesOn() {
        lock.lock();
        try {
            return !stopped && !record.paused();
        } finally {
            lock.unlock();
        }
    }

    /** Waits until what was read is paid for. */
    private void spend(long bytes) throws InterruptedException {
        long now = time.nanoTime();
        nextReadAt = Math.max(nextReadAt, now - MOST_ARREARS_NANOS)
                + (long) ((double) bytes * NANOS_PER_SECOND / settings.bytesPerSecond());
        lock.lock();
        try {
            while (!stopped && !record.paused() && time.nanoTime() < nextReadAt) {
                time.await(changed, nextReadAt - time.nanoTime());
            }
            if (stopped) {
                throw new InterruptedException("the scrub is stopped");
            }
        } finally {
            lock.unlock();
        }
    }

    private void keep(ScrubProgress progress) throws StoreException {
        lock.lock();
        try {
            record = record.running(progress);
        } finally {
            lock.unlock();
        }
        if (time.nanoTime() - savedAt >= SAVE_NANOS) {
            save();
        }
    }

    private void save() throws StoreException {
        lock.lock();
        try {
            record.save(ground.layout());
            savedAt = time.nanoTime();
        } catch (StoreException e) {
            if (!stopped || !(e.getCause() instanceof ClosedByInterruptException)) {
                throw e;
            }
            // Whoever stops it does not wait for peers that are asked: what was saved before this counts.
            LOG.debug("the last steps of the scrub are done again: {}", e.getMessage());
        } finally {
            lock.unlock();
        }
    }

    private void complete() throws StoreException {
        lock.lock();
        try {
            record = record.completed(time.now());
            record.save(ground.layout());
            record.last()
                    .ifPresent(pass -> LOG.info(
                            "a scrub of {} bytes has ended: {} bad, {} of them repaired",
                            pass.bytesRead(),
                            pass.found(),
                            pass.repaired()));
        } finally {
            lock.unlock();
        }
    }

    private void note(ScrubFinding finding) {
        if (finding.repaired()) {
            LOG.warn(
                    "scrub: {} of segment {}: {}: {}",
                    finding.kind(),
                    finding.segment(),
                    finding.detail(),
                    finding.remedy());
        } else {
            LOG.error(
                    "scrub: {} of segment {}: {}: {}",
                    finding.kind(),
                    finding.segment(),
                    finding.detail(),
                    finding.remedy());
        }
        lock.lock();
        try {
            recent.add(finding);
            while (recent.size() > RECENT_FINDINGS) {
                recent.remove();
            }
        } finally {
            lock.unlock();
        }
    }
}
