package io.sherd.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.sherd.archive.store.StoreException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Stores that are closed together. */
final class ClosingTest {

    @Test
    void aStoreThatCannotBeClosedKeepsNoOtherOpenAndAllFailuresAreTold() {
        List<String> closed = new ArrayList<>();
        Closing stores = new Closing();
        stores.add(() -> closed.add("first"));
        stores.add(() -> fail("second"));
        stores.add(() -> closed.add("third"));
        stores.add(() -> fail("fourth"));

        Throwable thrown = catchThrowable(stores::close);

        assertThat(closed).containsExactly("third", "first");
        assertThat(thrown).isInstanceOf(StoreException.class).hasMessage("fourth");
        assertThat(thrown.getSuppressed()).extracting(Throwable::getMessage).containsExactly("second");
        assertThat(catchThrowable(stores::close)).as("closed once").isNull();
    }

    private static void fail(String name) throws StoreException {
        throw new StoreException(name);
    }
}
