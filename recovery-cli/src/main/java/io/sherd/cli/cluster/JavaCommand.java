package io.sherd.cli.cluster;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

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
        command.addAll(List.of(
                "--enable-native-access=ALL-UNNAMED",
                "--add-modules",
                "jdk.incubator.vector",
                "-Xmx" + maxHeapMiB + "m",
                "-Xms64m",
                // Two cores for all processes of a cluster: a collector with threads of its own only takes turns with
                // them.
                "-XX:+UseSerialGC",
                "-XX:+ExitOnOutOfMemoryError",
                "-Xshare:auto",
                "-cp",
                System.getProperty("java.class.path"),
                MAIN));
        command.addAll(words);
        return List.copyOf(command);
    }
}
