package io.sherd.archive.edge;

import io.sherd.archive.store.PieceStore;
import io.sherd.replication.piece.Piece;
import io.sherd.replication.wire.Bytes;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Optional;

/** The store of a replica that lies: everything is right, but each piece has one bit flipped. */
public final class LyingStore {

    private LyingStore() {}

    /** A store that lies about another one's pieces. */
    public static PieceStore over(PieceStore honest) {
        return (PieceStore) Proxy.newProxyInstance(
                LyingStore.class.getClassLoader(), new Class<?>[] {PieceStore.class}, (_, method, arguments) -> {
                    Object answer;
                    try {
                        answer = method.invoke(honest, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                    return method.getName().equals("piece") ? ((Optional<?>) answer).map(LyingStore::flipped) : answer;
                });
    }

    private static Object flipped(Object piece) {
        Piece honest = (Piece) piece;
        byte[] bytes = honest.bytes().toByteArray();
        bytes[bytes.length / 2] ^= 1;
        return new Piece(honest.segmentNumber(), honest.index(), honest.siblings(), Bytes.wrap(bytes));
    }
}
