package io.sherd.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sherd.cli.cluster.ClusterLayout;
import io.sherd.cli.cluster.Founding;
import io.sherd.cli.cluster.LocalAddresses;
import io.sherd.replication.Quorums;
import io.sherd.replication.genesis.Limits;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ctrl-C in the middle of long commands that need no cluster of others; {@link EndToEndIT} has those that do. */
class InterruptIT {
    private static final Duration PATIENCE = Duration.ofSeconds(40);

    @TempDir
    private Path temporary;

    @Test
    void aDemoThatIsInterruptedLeavesNoProcessAndNoDirectory() throws Exception {
        try (CliProcess demo = CliProcess.start(temporary, "demo", "--tx", 300_000, "--progress", "none")) {
            demo.awaitOut("[1/7]");
            List<ProcessHandle> replicas = demo.descendants();
            Path directory = Path.of(demo.err()
                    .lines()
                    .filter(line -> line.startsWith("in "))
                    .findFirst()
                    .orElseThrow()
                    .substring(3));

            demo.interrupt();

            assertThat(demo.awaitEnd()).isEqualTo(130);
            assertThat(replicas).hasSizeGreaterThanOrEqualTo(4);
            await().atMost(PATIENCE).until(() -> replicas.stream().noneMatch(ProcessHandle::isAlive));
            assertThat(directory).doesNotExist();
        }
    }

    @Test
    void aRestoreThatIsInterruptedSaysThatTheSameCommandGoesOn() throws Exception {
        ClusterLayout cluster = new ClusterLayout(temporary.resolve("cluster"));
        LocalAddresses nobody = LocalAddresses.findFree(4, 20_400).orElseThrow();
        var _ = new Founding("asleep", new Quorums(4, 1), 3, Limits.DEFAULT, nobody, 1).make(cluster.root());
        Path target = temporary.resolve("restored");
        try (CliProcess restore = CliProcess.start(
                temporary,
                "restore",
                "--replica",
                "r2",
                "--data-dir",
                target,
                "--genesis",
                cluster.genesisFile(),
                "--progress",
                "line")) {
            restore.awaitErr("restore r2");

            restore.interrupt();

            assertThat(restore.awaitEnd()).isEqualTo(130);
            assertThat(restore.err()).contains("interrupted; the same command goes on where it was");
            assertThat(restore.out()).isEmpty();
            assertThat(Files.exists(target)).isFalse();
        }
    }
}
