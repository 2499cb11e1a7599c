package io.sherd.cli.bench;

import io.sherd.consensus.client.Committed;
import io.sherd.consensus.client.SherdClient;
import io.sherd.replication.wire.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;
import org.jspecify.annotations.Nullable;

/** Clients in a closed loop: each keeps a number of requests in flight until the load is closed. */
final class Load implements AutoCloseable {
    private static final int SIGNIFICANT_DIGITS = 3;
    private static final long JOIN_MILLIS = 60_000;

    private final Workload workload;
    private final int window;
    private final List<Thread> threads = new ArrayList<>();
    private final Recorder latencies = new Recorder(SIGNIFICANT_DIGITS);
    private final LongAdder requestBytes = new LongAdder();
    private final LongAdder replyBytes = new LongAdder();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private volatile boolean stopped;

    private Load(Workload workload, int window) {
        this.workload = workload;
        this.window = window;
    }

    /**
     * Starts the load.
     *
     * @param workload what is asked for
     * @param clients connected, one key each
     * @param window how many requests each keeps in flight
     * @param seed decides keys and values
     */
    static Load start(Workload workload, List<SherdClient> clients, int window, long seed) {
        Load load = new Load(workload, window);
        SplittableRandom seeds = new SplittableRandom(seed);
        for (SherdClient client : clients) {
            SplittableRandom random = seeds.split();
            load.threads.add(
                    Thread.ofPlatform().name("load").daemon().unstarted(() -> load.keepInFlight(client, random)));
        }
        load.threads.forEach(Thread::start);
        return load;
    }

    /**
     * What was answered since the last call.
     *
     * @param latencyMicros one value a request
     * @param requestBytes payloads of the requests that were answered
     * @param replyBytes results
     */
    record Answered(Histogram latencyMicros, long requestBytes, long replyBytes) {}

    /** {@return what was answered since the last call, or the start} */
    Answered take() {
        return new Answered(latencies.getIntervalHistogram(), requestBytes.sumThenReset(), replyBytes.sumThenReset());
    }

    /** {@return why the first request that failed did; null if none has} */
    @Nullable
    Throwable failure() {
        return failure.get();
    }

    /** Sends no more, and waits for what is in flight. */
    @Override
    public void close() {
        stopped = true;
        boolean interrupted = false;
        for (Thread thread : threads) {
            try {
                thread.join(JOIN_MILLIS);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void keepInFlight(SherdClient client, SplittableRandom random) {
        Semaphore slots = new Semaphore(window);
        try {
            while (!stopped && failure.get() == null) {
                slots.acquire();
                Bytes payload = workload.payload(random);
                long start = System.nanoTime();
                var _ = client.submit(payload).whenComplete((committed, why) -> {
                    if (why == null) {
                        answered(payload, committed, start);
                    } else {
                        failure.compareAndSet(null, why);
                    }
                    slots.release();
                });
            }
            boolean _ = slots.tryAcquire(window, JOIN_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void answered(Bytes payload, Committed committed, long start) {
        latencies.recordValue(TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - start));
        requestBytes.add(payload.size());
        replyBytes.add(committed.result().size());
    }
}
