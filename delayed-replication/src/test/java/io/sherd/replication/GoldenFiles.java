package io.sherd.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.sherd.replication.wire.Bytes;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.apache.commons.codec.DecoderException;
import org.apache.commons.codec.binary.Hex;

/**
 * Golden bytes: what a format's bytes were when it was released. A released format is frozen; a change is a new version
 * beside the old one, with files of its own, and these stay and are still read.
 *
 * <p>Each file is hexadecimal text, 32 bytes a line. To write those of a format that is new, run
 *
 * <pre>mvn -pl delayed-replication -am test -Dtest=GoldenFormatsTest -Dsherd.golden.write=true</pre>
 *
 * <p>which writes the missing files to {@code src/test/resources/golden} and never changes one that is there. To replace
 * one before the first release, delete it first.
 */
final class GoldenFiles {

    private static final int BYTES_A_LINE = 32;
    private static final boolean WRITE = Boolean.getBoolean("sherd.golden.write");

    private GoldenFiles() {}

    /** The bytes of a golden file. */
    static byte[] read(String name) throws IOException {
        if (WRITE) {
            return decode(name, Files.readString(file(name), StandardCharsets.US_ASCII));
        }
        try (InputStream file = GoldenFiles.class.getResourceAsStream("/golden/" + name + ".hex")) {
            assertThat(file).as("golden file %s.hex; see GoldenFiles", name).isNotNull();
            return decode(name, new String(Objects.requireNonNull(file).readAllBytes(), StandardCharsets.US_ASCII));
        }
    }

    private static byte[] decode(String name, String text) throws IOException {
        try {
            return Hex.decodeHex(text.replace("\n", ""));
        } catch (DecoderException e) {
            throw new IOException(name + " is not hexadecimal", e);
        }
    }

    private static Path file(String name) {
        return Path.of("src/test/resources/golden", name + ".hex");
    }

    /** Checks that these bytes are the golden ones. */
    static void check(String name, Bytes actual) throws IOException {
        if (WRITE) {
            writeIfMissing(name, actual);
        } else {
            assertThat(actual.hex()).as(name).isEqualTo(Bytes.wrap(read(name)).hex());
        }
    }

    private static void writeIfMissing(String name, Bytes bytes) throws IOException {
        Path file = file(name);
        if (!Files.exists(file)) {
            Files.createDirectories(file.getParent());
            StringBuilder text = new StringBuilder();
            String hex = bytes.hex();
            for (int i = 0; i < hex.length(); i += 2 * BYTES_A_LINE) {
                text.append(hex, i, Math.min(i + 2 * BYTES_A_LINE, hex.length()))
                        .append('\n');
            }
            Files.writeString(file, text, StandardCharsets.US_ASCII);
        }
    }
}
