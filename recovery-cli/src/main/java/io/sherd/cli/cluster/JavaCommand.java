package io.sherd.cli.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** How another process of this very program is started: the same Java, the same class path, another command. */
public final class JavaCommand {
    private static final String MAIN = "io.sherd.cli.Sherd";

    private JavaCommand() {}

    /**
     * {@return the words that start a command of this program}
     *
     * @param maxHeapMiB how much heap it may use
     * @param words the command and its options
     */
    public static List<String> of(int maxHeapMiB, List<String> words) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("--enable-native-access=ALL-UNNAMED");
        if (words.getFirst().equals("node") && hasWidePermute()) {
            command.addAll(List.of("--add-modules", "jdk.incubator.vector"));
        }
        command.addAll(List.of(
                "-Xmx" + maxHeapMiB + "m",
                "-Xms64m",
                // Two cores for all processes of a cluster: a collector with threads of its own only takes turns with
                // them.
                "-XX:+UseSerialGC",
                // What is in flight lives for seconds: the longer between two collections, the less of it is copied.
                "-XX:NewRatio=1",
                "-XX:+ExitOnOutOfMemoryError",
                "-Xshare:auto",
                "-cp",
                System.getProperty("java.class.path"),
                MAIN));
        command.addAll(words);
        return List.copyOf(command);
    }

    /**
     * Whether the processor has what the vector kernel is made for, as the launcher {@code sherd} looks for it too: only there,
     * and only for a node, is that module worth the warning with which Java heads everything that uses it.
     */
    private static boolean hasWidePermute() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            return lines.anyMatch(line -> line.startsWith("flags") && line.contains(" avx512_vbmi "));
        } catch (IOException | UncheckedIOException e) {
            // Nothing is told of the processor here: the plain kernel works everywhere.
            return false;
        }
    }
}
