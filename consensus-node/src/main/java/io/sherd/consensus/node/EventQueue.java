package io.sherd.consensus.node;

import io.sherd.consensus.core.Event;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What waits for the core. Events from outside have a bound: peers' messages wait for room, so that the link is not read
 * further, and clients' requests are turned away. Events of the replica's own execution never wait, or execution and core
 * could wait for each other; the window bounds how many there can be. They come first. Thread-safe.
 */
final class EventQueue {

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition filled = lock.newCondition();
    private final Condition room = lock.newCondition();
    private final Queue<Event> own = new ArrayDeque<>();
    private final Queue<Event> outside = new ArrayDeque<>();
    private final int bound;
    private boolean closed;

    /**
     * An empty queue.
     *
     * @param bound how many events from outside may wait
     */
    EventQueue(int bound) {
        this.bound = bound;
    }

    /** Adds an event of this replica's own execution. */
    void addOwn(Event event) {
        lock.lock();
        try {
            own.add(event);
            filled.signal();
        } finally {
            lock.unlock();
        }
    }

    /** Adds an event from outside, after waiting for room; drops it once the queue is closed. */
    void put(Event event) throws InterruptedException {
        lock.lock();
        try {
            while (outside.size() >= bound && !closed) {
                room.await();
            }
            if (!closed) {
                outside.add(event);
                filled.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Adds an event from outside; false if there is no room. */
    boolean offer(Event event) {
        lock.lock();
        try {
            if (outside.size() >= bound || closed) {
                return false;
            }
            outside.add(event);
            filled.signal();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes what waits, at most {@code limit} events.
     *
     * @param limit at least 1
     * @param waitNanos how long to wait for the first one
     * @return none if nothing came in time
     */
    List<Event> take(int limit, long waitNanos) throws InterruptedException {
        lock.lock();
        try {
            long left = waitNanos;
            while (own.isEmpty() && outside.isEmpty() && left > 0) {
                left = filled.awaitNanos(left);
            }
            List<Event> taken = new ArrayList<>();
            while (taken.size() < limit && !own.isEmpty()) {
                taken.add(own.remove());
            }
            while (taken.size() < limit && !outside.isEmpty()) {
                taken.add(outside.remove());
            }
            room.signalAll();
            return taken;
        } finally {
            lock.unlock();
        }
    }

    /** Lets go whoever waits for room. */
    void close() {
        lock.lock();
        try {
            closed = true;
            room.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
