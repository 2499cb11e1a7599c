package io.sherd.archive.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DurableCounterTest {

    @TempDir
    private Path temporary = Path.of("");

    private Path file = Path.of("");

    @BeforeEach
    void create() throws Exception {
        file = temporary.resolve("high-water");
        DurableCounter.create(file);
    }

    @Test
    void startsAtZeroAndOnlyGrows() throws Exception {
        try (DurableCounter counter = DurableCounter.open(file)) {
            assertThat(counter.value()).isZero();
            counter.raise(5);
            counter.raise(3);
            assertThat(counter.value()).isEqualTo(5);
        }
        assertThat(DurableCounter.requireValue(file)).isEqualTo(5);
    }

    @Test
    void everyValueIsThereAfterReopening() throws Exception {
        for (long value = 1; value < 20; value++) {
            try (DurableCounter counter = DurableCounter.open(file)) {
                counter.raise(value);
            }
            assertThat(DurableCounter.requireValue(file)).isEqualTo(value);
        }
    }

    @Test
    void tornWriteLeavesTheValueBefore() throws Exception {
        try (DurableCounter counter = DurableCounter.open(file)) {
            for (long value = 1; value < 6; value++) {
                byte[] before = Files.readAllBytes(file);
                counter.raise(value);
                byte[] after = Files.readAllBytes(file);
                int changed = java.util.Arrays.mismatch(before, after);
                assertThat(changed).isGreaterThanOrEqualTo(0);

                // All the old bytes but one of the new ones.
                before[changed] = after[changed];
                Path torn = temporary.resolve("torn" + value);
                Files.write(torn, before);

                assertThat(DurableCounter.requireValue(torn)).isEqualTo(value - 1);
            }
        }
    }

    @Test
    void fileThatIsMissingOrRottenIsRefused() throws Exception {
        byte[] content = Files.readAllBytes(file);
        content[11] ^= 1;
        content[4096 + 11] ^= 1;
        Files.write(file, content);

        assertThatThrownBy(() -> DurableCounter.open(file))
                .isInstanceOf(StoreCorruptException.class)
                .hasMessageContaining("neither of its two values");
        Files.delete(file);
        assertThatThrownBy(() -> DurableCounter.open(file))
                .isInstanceOf(StoreCorruptException.class)
                .hasMessageContaining("is missing");
        assertThat(file).doesNotExist();
    }
}
