package io.sherd.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.sherd.replication.ledger.SignedType;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.piece.SegmentContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** docs/FORMATS.md is kept true: it names every golden file with its size, every signed type, and the sizes that code fixes. */
final class FormatsPageTest {

    private final String page;

    FormatsPageTest() throws IOException {
        page = Files.readString(Path.of("../docs/FORMATS.md"));
    }

    @Test
    void everyGoldenFileIsNamedWithItsSize() throws IOException {
        List<Path> files;
        try (Stream<Path> listed = Files.list(Path.of("src/test/resources/golden"))) {
            files = listed.sorted().toList();
        }
        assertThat(files).hasSizeGreaterThan(30);
        for (Path file : files) {
            String name = file.getFileName().toString().replace(".hex", "");
            boolean inARange = name.equals("piece-1") || name.equals("piece-2");
            assertThat(inARange || page.contains("`" + name + "`")).as(name).isTrue();
            String size = Integer.toString(GoldenFiles.read(name).length);
            assertThat(page).as("%s has %s bytes", name, size).containsPattern("[(: ]" + size + "[ ,)]");
        }
    }

    @Test
    void everySignedTypeIsListedWithItsId() {
        for (SignedType type : SignedType.values()) {
            assertThat(page).contains(type.name()).containsPattern("[ ,]" + type.id() + "[ ,]");
        }
    }

    @Test
    void sizesThatTheCodeFixesAreTheOnesOnThePage() {
        assertThat(page)
                .contains(SegmentContext.SIZE_BYTES + " bytes in all")
                .contains("context (%d) ‖ root (32): %d bytes"
                        .formatted(SegmentContext.SIZE_BYTES, Commitment.SIZE_BYTES));
    }
}
