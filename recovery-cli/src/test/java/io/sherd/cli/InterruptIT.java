package io.sherd.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sherd.cli.cluster.ClusterLayout;
import io.sherd.cli.cluster.Founding;
import io.sherd.cli.cluster.LocalAddresses;
import io.sherd.replication.Quorums;
import io.sherd.replication.genesis.Limits;
import java.net.InetAddress;
import java.net.ServerSocket;
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
            assertThat(demo.err()).contains("interrupted: stopping the replicas", "stopped, and " + directory);
            // What is cut off proves nothing, and is no failed proof either.
            assertThat(demo.out()).doesNotContain("BAD");
            assertThat(replicas).hasSizeGreaterThanOrEqualTo(4);
            await().atMost(PATIENCE).until(() -> replicas.stream().noneMatch(ProcessHandle::isAlive));
            assertThat(directory).doesNotExist();
        }
    }

    @Test
    void aDemoThatIsTerminatedSaysSoAndKeepsTheDirectoryThatWasNamed() throws Exception {
        Path directory = temporary.resolve("kept");
        try (CliProcess demo = CliProcess.start(temporary, "demo", "--tx", 300_000, "--dir", directory)) {
            demo.awaitErr("[1/7] cluster: waiting until all replicas are ready");
            demo.awaitOut("[1/7]");
            List<ProcessHandle> replicas = demo.descendants();

            demo.terminate();

            assertThat(demo.awaitEnd()).isEqualTo(143);
            assertThat(demo.err())
                    .contains("interrupted: stopping the replicas", "stopped; what was made is in " + directory);
            assertThat(demo.out()).doesNotContain("BAD");
            await().atMost(PATIENCE).until(() -> replicas.stream().noneMatch(ProcessHandle::isAlive));
            assertThat(directory.resolve("genesis.json")).exists();
        }
    }

    @Test
    void aDemoOnATakenPortSaysWhichOne() throws Exception {
        LocalAddresses addresses = LocalAddresses.findFree(4, 21_400).orElseThrow();
        int port = addresses.basePort() + 3;
        try (ServerSocket _ = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            CliRun run = CliRun.of("demo", "--base-port", addresses.basePort());

            assertThat(run.exitCode()).isEqualTo(7);
            assertThat(run.err()).contains("error[demo.ports]: port " + port + " is taken");
        }
    }

    @Test
    void clustersThatPassTakeNoPortsOfThoseThatInitMakes() {
        for (int replicas : new int[] {4, 10, 256}) {
            int firstOfInit = LocalAddresses.DEFAULT_BASE_PORT;
            for (long seed = 0; seed < 5; seed++) {
                assertThat(LocalAddresses.findFreeForPassing(replicas, seed)
                                .orElseThrow()
                                .basePort())
                        .isGreaterThanOrEqualTo(firstOfInit + 2 * replicas);
            }
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
