package io.sherd.consensus.ledger;

import io.sherd.archive.store.PieceStore;
import io.sherd.archive.store.StoreException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicInteger;

/** An archive whose disk refuses to seal from some segment on. */
final class RefusingPieceStore {

    private RefusingPieceStore() {}

    /**
     * Seals so many segments.
     *
     * @param store where they go
     * @param seals how many before it refuses
     * @param tooLate whether the first one refused is stored nevertheless: the crash came after the write
     */
    static PieceStore afterSeals(PieceStore store, int seals, boolean tooLate) {
        AtomicInteger left = new AtomicInteger(seals);
        return (PieceStore) Proxy.newProxyInstance(
                PieceStore.class.getClassLoader(), new Class<?>[] {PieceStore.class}, (_, method, arguments) -> {
                    boolean refuses = method.getName().equals("putSealed") && left.getAndDecrement() <= 0;
                    if (refuses && !(tooLate && left.get() == -1)) {
                        throw new StoreException("refused by the test");
                    }
                    try {
                        Object result = method.invoke(store, arguments);
                        if (refuses) {
                            throw new StoreException("refused by the test");
                        }
                        return result;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }
}
