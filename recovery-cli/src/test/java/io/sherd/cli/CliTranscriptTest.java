package io.sherd.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.sherd.cli.cluster.ClusterLayout;
import io.sherd.cli.cluster.Founding;
import io.sherd.cli.cluster.LocalAddresses;
import io.sherd.replication.Quorums;
import io.sherd.replication.genesis.Limits;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/**
 * What a user sees, word for word: every help page, and every error that needs no running cluster. The files in
 * {@code src/test/resources/transcripts} hold commands and what they print:
 *
 * <pre>
 *   $ sherd client get           the command; {dir} is a directory with what {@link #prepare} makes
 *   text                         a line of standard output
 *   2&gt; error[usage]: …           a line of standard error
 *   exit 2                       the exit code
 * </pre>
 *
 * <p>After a wanted change of the words, {@code -Dsherd.transcripts=write} writes what is printed into the files, for a person
 * to read as a diff. A new error is a new file with the line of its command, run once that way.
 */
class CliTranscriptTest {
    private static final Path TRANSCRIPTS = Path.of("src/test/resources/transcripts");
    private static final boolean WRITE = "write".equals(System.getProperty("sherd.transcripts"));
    private static final String COMMAND = "$ sherd";
    private static final long TWO_GIB = 1L << 31;

    @TempDir
    private static Path directory;

    @BeforeAll
    static void prepare() throws Exception {
        ClusterLayout cluster = found("cluster");
        ClusterLayout other = found("other");
        Files.delete(other.data(1).resolve("identity"));

        Path config = cluster.configurationFile(0);
        String right = Files.readString(config);
        Files.writeString(config.resolveSibling("misspelt.yaml"), right.replace("data-dir:", "data-dri:"));
        Files.writeString(config.resolveSibling("incomplete.yaml"), "replica: 0\ngenesis: ../../genesis.json\n");
        Files.writeString(config.resolveSibling("no-number.yaml"), right.replace("replica: 0", "replica: zero"));
        Files.writeString(config.resolveSibling("no-replica.yaml"), right.replace("replica: 0", "replica: 7"));
        Files.writeString(config.resolveSibling("others-data.yaml"), right.replace("../../r0", "../../r1"));
        Files.writeString(config.resolveSibling("others-key.yaml"), right.replace("ledger.key", "../r1/ledger.key"));
        Files.writeString(
                config.resolveSibling("other-cluster.yaml"),
                right.replace("../../genesis.json", "../../../other/genesis.json"));
        Files.writeString(config.resolveSibling("no-data.yaml"), right.replace("../../r0", "../../nowhere"));

        Path wide = Files.copy(cluster.clientKey(), directory.resolve("wide.key"));
        Files.setPosixFilePermissions(wide, PosixFilePermissions.fromString("rw-r--r--"));
        Files.writeString(directory.resolve("not-a-genesis.json"), "{\"name\": \"x\", \"nmae\": 1}\n");
        Files.writeString(directory.resolve("plain.txt"), "just text\n");
        Files.createFile(directory.resolve("empty"));
        Files.createDirectory(directory.resolve("no-replica"));
        try (RandomAccessFile huge =
                new RandomAccessFile(directory.resolve("huge").toFile(), "rw")) {
            // Sparse: it takes no space.
            huge.setLength(TWO_GIB);
        }
        Files.writeString(directory.resolve("bad.jsonl"), "{\"op\":\"put\",\"key\":\"a\"}\n");
    }

    @TestFactory
    Stream<DynamicTest> whatIsPrintedIsWhatIsWrittenDown() throws IOException {
        try (Stream<Path> all = Files.walk(TRANSCRIPTS)) {
            return all.filter(file -> file.toString().endsWith(".txt")).sorted().toList().stream()
                    .map(file ->
                            DynamicTest.dynamicTest(TRANSCRIPTS.relativize(file).toString(), () -> compare(file)));
        }
    }

    @Test
    void everyCommandHasAHelpPageThatIsWrittenDown() throws IOException {
        List<String> missing = new ArrayList<>();
        for (String command : commands(Sherd.commandLine(Map.of()), "")) {
            Path file =
                    TRANSCRIPTS.resolve("help/" + (command.isEmpty() ? "sherd" : command.replace(' ', '-')) + ".txt");
            if (WRITE && !Files.exists(file)) {
                Files.createDirectories(file.getParent());
                Files.writeString(file, COMMAND + " help" + (command.isEmpty() ? "" : " " + command) + "\n");
                compare(file);
            }
            if (!Files.exists(file)) {
                missing.add(file.toString());
            }
        }
        assertThat(missing).as("make them with -Dsherd.transcripts=write").isEmpty();
    }

    private static ClusterLayout found(String name) throws Exception {
        Path root = directory.resolve(name);
        var _ = new Founding(name, new Quorums(4, 1), 3, Limits.DEFAULT, new LocalAddresses(20_200, 4), 1).make(root);
        return new ClusterLayout(root);
    }

    private static List<String> commands(CommandLine command, String name) {
        List<String> names = new ArrayList<>(List.of(name));
        command.getSubcommands().forEach((word, subcommand) -> {
            if (subcommand.getCommandName().equals(word)) {
                names.addAll(commands(subcommand, (name + " " + word).strip()));
            }
        });
        return names;
    }

    private static void compare(Path file) throws IOException {
        String expected = Files.readString(file);
        StringBuilder found = new StringBuilder();
        for (String line : expected.lines().filter(l -> l.startsWith(COMMAND)).toList()) {
            found.append(found.isEmpty() ? "" : "\n")
                    .append(line.strip())
                    .append('\n')
                    .append(printed(line));
        }
        if (WRITE) {
            Files.writeString(file, found, StandardOpenOption.TRUNCATE_EXISTING);
        } else {
            assertThat(found).hasToString(expected);
        }
    }

    private static String printed(String line) {
        String words = line.substring(COMMAND.length()).strip().replace("{dir}", directory.toString());
        CliRun run = CliRun.of(words.isEmpty() ? new Object[0] : (Object[]) words.split(" +"));
        StringBuilder printed = new StringBuilder();
        run.out().lines().forEach(text -> printed.append(text).append('\n'));
        run.err().lines().forEach(text -> printed.append("2> ").append(text).append('\n'));
        return printed.append("exit ")
                .append(run.exitCode())
                .append('\n')
                .toString()
                .replace(directory.toString(), "{dir}")
                .replaceAll("\\b[0-9a-f]{32,}\\b", "{hex}")
                .replaceAll("\\b[0-9a-f]{8,}…", "{hex}…")
                // Spaces at the end of a line would be seen by no reader.
                .replaceAll(" +\n", "\n");
    }
}
