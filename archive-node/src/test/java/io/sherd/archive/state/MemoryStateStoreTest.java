package io.sherd.archive.state;

final class MemoryStateStoreTest extends StateStoreContract {

    @Override
    StateStore emptyStore() {
        return new MemoryStateStore();
    }
}
