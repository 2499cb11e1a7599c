package io.sherd.cli;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A piece of work that ends in order when the process is asked to end (SIGINT, SIGTERM): it is told to stop, and the process
 * waits until this is closed. Opened before the work begins and closed after everything that it used, and after the last word
 * about it is printed: what is printed later may be lost with the process, which ends with the signal's code in any case.
 */
final class ShutdownWork implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final CountDownLatch over = new CountDownLatch(1);
    private final Thread hook;
    private volatile boolean stopping;

    private ShutdownWork(Runnable stop) {
        this.hook = new Thread(() -> {
            stopping = true;
            stop.run();
            awaitOver();
        });
    }

    /**
     * Registers work.
     *
     * @param stop makes it end soon; called from another thread
     */
    static ShutdownWork stoppedBy(Runnable stop) {
        ShutdownWork work = new ShutdownWork(stop);
        Runtime.getRuntime().addShutdownHook(work.hook);
        return work;
    }

    /** {@return whether the process was asked to end} */
    boolean isStopping() {
        return stopping;
    }

    @Override
    public void close() {
        over.countDown();
        try {
            boolean _ = Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The process ends already: this hook is what made the work stop.
            return;
        }
    }

    private void awaitOver() {
        try {
            boolean _ = over.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            // The machine goes down faster than this waits.
            Thread.currentThread().interrupt();
        }
    }
}
