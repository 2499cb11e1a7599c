package io.sherd.consensus.ledger;

import io.sherd.archive.store.StoreException;
import java.util.ArrayDeque;
import java.util.function.Consumer;

/**
 * One thread that runs tasks in the order in which they came, with a bound on those that wait. It is never interrupted: an
 * interrupt would close files that a task is writing.
 */
final class Worker implements AutoCloseable {

    /** A step of work on the disk. */
    @FunctionalInterface
    interface Task {

        /**
         * Does it.
         *
         * @throws StoreException if the disk does not; the worker stops then
         */
        void run() throws StoreException;
    }

    private final int capacity;
    private final ArrayDeque<Task> tasks = new ArrayDeque<>();
    private final Thread thread;
    private boolean stopped;

    /**
     * A worker that waits for {@link #start}.
     *
     * @param name of its thread
     * @param capacity how many tasks may wait
     * @param failed told once what a task threw, when the worker has stopped because of it
     */
    Worker(String name, int capacity, Consumer<Throwable> failed) {
        this.capacity = capacity;
        this.thread = Thread.ofPlatform()
                .name(name)
                .uncaughtExceptionHandler((_, violation) -> {
                    stop();
                    failed.accept(violation);
                })
                .unstarted(() -> run(failed));
    }

    void start() {
        thread.start();
    }

    /**
     * Hands in a task; waits while the queue is full.
     *
     * @param task what to do
     * @return whether it was taken; false if the worker has stopped
     */
    synchronized boolean put(Task task) {
        while (tasks.size() >= capacity && !stopped) {
            try {
                wait();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
        return offer(task);
    }

    /**
     * Hands in a task unless the queue is full.
     *
     * @param task what to do
     * @return whether it was taken
     */
    synchronized boolean offer(Task task) {
        if (stopped || tasks.size() >= capacity) {
            return false;
        }
        tasks.addLast(task);
        notifyAll();
        return true;
    }

    synchronized int waiting() {
        return tasks.size();
    }

    /** Takes no more tasks, forgets those that wait, and returns when the one under way has ended. */
    @Override
    public void close() {
        stop();
        Threads.awaitEnd(thread);
    }

    private void run(Consumer<Throwable> failed) {
        try {
            Task task = next();
            while (task != null) {
                task.run();
                task = next();
            }
        } catch (StoreException e) {
            stop();
            failed.accept(e);
        }
    }

    private synchronized @org.jspecify.annotations.Nullable Task next() {
        while (tasks.isEmpty() && !stopped) {
            try {
                wait();
            } catch (InterruptedException e) {
                stopped = true;
                Thread.currentThread().interrupt();
            }
        }
        if (stopped) {
            return null;
        }
        Task task = tasks.removeFirst();
        notifyAll();
        return task;
    }

    private synchronized void stop() {
        stopped = true;
        tasks.clear();
        notifyAll();
    }
}
