package io.sherd.archive.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.sherd.replication.segment.SegmentCompression;
import java.io.File;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class NativeLibrariesTest {

    private static final int HALTED = 9;

    @Test
    void aProcessThatIsEndedAtOnceLeavesNothingInTheTemporaryDirectory(@TempDir Path temporary) throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-XX:-UsePerfData",
                        "--enable-native-access=ALL-UNNAMED",
                        "-Djava.io.tmpdir=" + temporary,
                        "-cp",
                        System.getProperty("java.class.path"),
                        Halting.class.getName())
                .redirectErrorStream(true)
                .redirectOutput(Redirect.INHERIT)
                .redirectInput(Redirect.from(new File("/dev/null")))
                .start();

        assertThat(process.waitFor()).isEqualTo(HALTED);
        try (Stream<Path> left = Files.walk(temporary)) {
            assertThat(left).containsExactly(temporary);
        }
    }

    /** Uses both libraries, and ends as a killed process does: without deleting anything. */
    static final class Halting {

        private Halting() {}

        /** Takes no arguments. */
        public static void main(String[] arguments) throws Exception {
            NativeLibraries.load();
            SegmentCompression.selfTest();
            Path store = Files.createTempDirectory("store");
            RocksPieceStore.create(store.resolve("archive"), new TestLedger(1).owner);
            DurableFiles.deleteTree(store);
            Runtime.getRuntime().halt(HALTED);
        }
    }
}
