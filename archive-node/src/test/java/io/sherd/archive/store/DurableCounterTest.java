package io.sherd.archive.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
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
    void hasTheDocumentedBytes() throws Exception {
        try (DurableCounter counter = DurableCounter.open(file)) {
            counter.raise(0x0102);
        }
        byte[] content = Files.readAllBytes(file);

        assertThat(content).hasSize(4096 + 24);
        assertThat(HexFormat.of().formatHex(content, 0, 20))
                .isEqualTo("53485244" + "0006" + "0001" + "00000008" + "0".repeat(16));
        assertThat(HexFormat.of().formatHex(content, 4096, 4096 + 20))
                .isEqualTo("53485244" + "0006" + "0001" + "00000008" + "0000000000000102");
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
