package io.sherd.consensus.node;

import java.util.BitSet;

/**
 * Which of one client's ids were executed: the session's window, a bit an id. An id below the window counts as executed, since
 * it never will be any more. Thread-safe.
 */
final class ExecutedIds {

    private final int window;
    private final BitSet executed;
    private long top;

    ExecutedIds(int window) {
        this.window = window;
        this.executed = new BitSet(window);
    }

    synchronized long top() {
        return top;
    }

    synchronized boolean contains(long id) {
        return id <= top && (id <= top - window || executed.get(place(id)));
    }

    /** Adds an id above the window's low end; one below changes nothing. */
    synchronized void add(long id) {
        if (id <= top - window || id < 1) {
            return;
        }
        if (id - top >= window) {
            executed.clear();
            top = id;
        }
        while (top < id) {
            top++;
            executed.clear(place(top));
        }
        executed.set(place(id));
    }

    private int place(long id) {
        return (int) (id % window);
    }
}
