package io.sherd.cli;

import io.sherd.archive.store.StoreException;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** Stores that are closed together, the last one first: one that fails does not keep the others open. */
final class Closing implements AutoCloseable {

    /** Something whose closing a disk may refuse. */
    interface Store {
        /** Closes it. */
        void close() throws StoreException;
    }

    private final Deque<Store> opened = new ArrayDeque<>();

    /** Adds one. */
    void add(Store store) {
        opened.push(store);
    }

    /** Closes all; the first failure is thrown when all were tried, and has the others with it. */
    @Override
    public void close() throws StoreException {
        @Nullable StoreException first = null;
        while (!opened.isEmpty()) {
            try {
                opened.pop().close();
            } catch (StoreException e) {
                if (first == null) {
                    first = e;
                } else {
                    first.addSuppressed(e);
                }
            }
        }
        if (first != null) {
            throw first;
        }
    }
}
