package io.sherd.cli;

import java.time.Duration;

/**
 * What is done when the process is asked to end (SIGINT, SIGTERM) while a piece of work runs: the work is told to stop, and the
 * process waits for it, so that it ends in order. Closed when the work is over.
 */
final class ShutdownWork implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final Thread hook;

    private ShutdownWork(Thread hook) {
        this.hook = hook;
    }

    /**
     * Registers work.
     *
     * @param worker the thread that works; ends by itself soon after {@code stop}
     * @param stop tells it to
     */
    static ShutdownWork before(Thread worker, Runnable stop) {
        Thread hook = new Thread(() -> {
            stop.run();
            join(worker);
        });
        Runtime.getRuntime().addShutdownHook(hook);
        return new ShutdownWork(hook);
    }

    @Override
    public void close() {
        try {
            boolean _ = Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The process ends already: this hook is what made the work stop.
            return;
        }
    }

    private static void join(Thread worker) {
        try {
            boolean _ = worker.join(PATIENCE);
        } catch (InterruptedException e) {
            // The machine goes down faster than this waits.
            Thread.currentThread().interrupt();
        }
    }
}
