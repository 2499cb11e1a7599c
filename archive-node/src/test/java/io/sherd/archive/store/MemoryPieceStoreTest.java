package io.sherd.archive.store;

final class MemoryPieceStoreTest extends PieceStoreContract {

    @Override
    PieceStore emptyStore() {
        return new MemoryPieceStore();
    }
}
