package io.sherd.consensus.durable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sherd.consensus.wire.TestCluster;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What only a process of its own shows: being killed, and reading tables that no cache of the writer answers for. */
class VoteLogProcessTest {

    private static final int KILLS = 2;
    private static final int VOTES_BEFORE_A_KILL = 150;

    @TempDir
    private Path temporary;

    private Path votes;
    private Path output;

    @BeforeEach
    void create() throws Exception {
        votes = temporary.resolve("votes");
        output = temporary.resolve("output");
        VoteLog.create(
                votes, new TestCluster(4).genesis(), VoteLogProcess.SELF, TestCluster.directory(VoteLogProcess.SELF));
    }

    @Test
    void noVoteThatWasSpokenIsMissingAfterAKill() throws Exception {
        long spoken = 0;
        for (int kill = 0; kill < KILLS; kill++) {
            long enough = spoken + VOTES_BEFORE_A_KILL;
            Process process = VoteLogProcess.start(output, "speak", votes.toString());
            try {
                await().atMost(Duration.ofSeconds(30)).until(() -> lastNumber() >= enough || !process.isAlive());
            } finally {
                process.destroyForcibly();
                process.waitFor();
            }
            spoken = lastNumber();
            assertThat(spoken).isGreaterThanOrEqualTo(enough);
            assertThat(run("count")).isZero();
            assertThat(lastNumber()).as("votes after kill %d", kill).isBetween(spoken, spoken + 1);
        }
    }

    @Test
    void aFlippedBitInTheTableOfVotesIsRefusedEachTime() throws Exception {
        Process process = VoteLogProcess.start(output, "speak", votes.toString());
        try {
            await().atMost(Duration.ofSeconds(30)).until(() -> lastNumber() >= 100 || !process.isAlive());
        } finally {
            process.destroyForcibly();
            process.waitFor();
        }
        // Opening writes what is in the write-ahead log to tables.
        assertThat(run("count")).isZero();
        flip(largestTable(), 40);
        for (int i = 0; i < 2; i++) {
            assertThat(run("count")).isEqualTo(VoteLogProcess.REFUSED);
            assertThat(Files.readString(output)).contains("checksum");
        }
    }

    private int run(String mode) throws IOException, InterruptedException {
        return VoteLogProcess.start(output, mode, votes.toString()).waitFor();
    }

    private long lastNumber() throws IOException {
        String text = Files.readString(output);
        // What stands behind the last line feed is half a line.
        List<String> lines =
                text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
        return lines.isEmpty() ? 0 : Long.parseLong(lines.getLast());
    }

    private Path largestTable() throws IOException {
        try (Stream<Path> files = Files.list(votes)) {
            return files.filter(f -> f.toString().endsWith(".sst"))
                    .max(Comparator.comparingLong(table -> table.toFile().length()))
                    .orElseThrow();
        }
    }

    private static void flip(Path file, long at) throws IOException {
        try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
            access.seek(at);
            int value = access.read();
            access.seek(at);
            access.write(value ^ 0x10);
        }
    }
}
