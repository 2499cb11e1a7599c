package io.sherd.samples.tokens;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sherd.archive.genesis.GenesisFile;
import io.sherd.archive.machine.MachineJar;
import io.sherd.cli.Sherd;
import io.sherd.cli.cluster.ClusterLayout;
import io.sherd.cli.cluster.LocalAddresses;
import io.sherd.cli.cluster.LocalCluster;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The jar of the sample in a cluster of four processes, as docs/state-machine.md tells it. */
final class TokenClusterIT {

    private static final Path JAR = Path.of("target", "token-ledger.jar").toAbsolutePath();
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int VICTIM = 3;

    @TempDir
    private Path directory;

    private ClusterLayout layout;
    private LocalCluster cluster;

    /** A command that was run in this process. */
    private record Ended(int exitCode, String out, String err) {}

    @BeforeEach
    void start() throws Exception {
        layout = new ClusterLayout(directory.resolve("cluster"));
        LocalAddresses addresses = LocalAddresses.findFree(4, 22_000).orElseThrow();
        Ended init = sherd(
                "init",
                "--out",
                layout.root(),
                "--base-port",
                addresses.basePort(),
                "--clients",
                2,
                "--state-machine-jar",
                JAR);
        assertThat(init.exitCode()).as(init.err()).isZero();
        cluster = new LocalCluster(layout, 256);
        for (int replica : cluster.replicas()) {
            // One of them executes everything twice.
            cluster.start(replica, replica == 0 ? List.of("--check-determinism") : List.of());
        }
        cluster.awaitReady(cluster.replicas(), PATIENCE);
    }

    @AfterEach
    void stop() throws Exception {
        for (int replica : cluster.replicas()) {
            cluster.kill(replica);
        }
        cluster.close();
    }

    @Test
    void tokensAreTransferredAnotherJarIsRefusedAndTheLedgerIsExecutedAgain() throws Exception {
        tokensAreTransferredAndRefusalsAreResults();
        commandsForKeysAndValuesAreRefusedBeforeTheySendAnything();
        aReplicaWithAnotherJarIsRefusedAndLosesNothing();
        aLearnerReadsTheOperations();
        aReplayNeedsTheJar();
    }

    private void tokensAreTransferredAndRefusalsAreResults() throws Exception {
        assertThat(GenesisFile.read(layout.genesisFile()).stateMachine())
                .isEqualTo(
                        "token-ledger/1@sha256:" + MachineJar.read(JAR).digest().hex());
        assertThat(send(0, "open alice")).contains("\"result\":\"ok 0\"");
        assertThat(send(0, "mint alice 100")).contains("\"result\":\"ok 100\"");
        assertThat(send(1, "open bob")).contains("\"result\":\"ok 0\"");
        assertThat(send(0, "transfer alice bob 30")).contains("\"result\":\"ok 70\"");
        assertThat(send(1, "transfer alice bob 30")).contains("\"result\":\"refused: alice is another client's\"");
        assertThat(send(1, "balance bob")).contains("\"result\":\"ok 30\"");
    }

    private void commandsForKeysAndValuesAreRefusedBeforeTheySendAnything() {
        Ended put =
                sherd("client", "put", "--genesis", layout.genesisFile(), "--key-file", layout.clientKey(), "a", "b");

        assertThat(put.exitCode()).isEqualTo(2);
        assertThat(put.err()).contains("error[machine.other]", "sherd client send", "nothing was sent");
    }

    private void aReplicaWithAnotherJarIsRefusedAndLosesNothing() throws Exception {
        assertThat(cluster.stop(VICTIM, PATIENCE)).isTrue();
        Path other = otherJar();

        Ended refused =
                sherd("node", "run", "--config", layout.configurationFile(VICTIM), "--state-machine-jar", other);
        assertThat(refused.exitCode()).isEqualTo(3);
        assertThat(refused.out()).doesNotContain("ready");
        assertThat(refused.err())
                .contains(
                        "error[machine.other-jar]: " + other + " has the SHA-256 ",
                        MachineJar.read(JAR).digest().hex(),
                        "nothing was started");
        Ended absent = sherd(
                "node",
                "run",
                "--config",
                layout.configurationFile(VICTIM),
                "--state-machine-jar",
                directory.resolve("no"));
        assertThat(absent.exitCode()).isEqualTo(6);
        assertThat(absent.err()).contains("error[machine.absent]");

        assertThat(send(0, "transfer alice bob 20")).contains("\"result\":\"ok 50\"");
        cluster.start(VICTIM, List.of());
        cluster.awaitReady(List.of(VICTIM), PATIENCE);
    }

    private void aLearnerReadsTheOperations() {
        Path learned = directory.resolve("learned");
        await().atMost(PATIENCE).untilAsserted(() -> {
            // Until the last entry is sealed, a learner cannot see it.
            Ended learn = sherd("learn", "--genesis", layout.genesisFile(), "--out", learned, "--progress", "none");
            assertThat(learn.exitCode()).as(learn.err()).isZero();
            assertThat(Files.readString(learned.resolve("ledger.jsonl")))
                    .contains("\"operation\":\"application\",\"payload\":\"transfer alice bob 20\"");
        });
    }

    private void aReplayNeedsTheJar() throws Exception {
        for (int replica : cluster.replicas()) {
            assertThat(cluster.stop(replica, PATIENCE)).isTrue();
        }
        Ended without = replay();
        assertThat(without.exitCode()).isEqualTo(3);
        assertThat(without.err()).contains("error[machine.no-jar]", "--state-machine-jar");

        Ended replay = replay("--state-machine-jar", JAR);
        assertThat(replay.exitCode()).as(replay.out() + replay.err()).isZero();
        assertThat(replay.out()).contains("0 findings").containsPattern("executed again up to seq [1-9]");
    }

    private Ended replay(Object... more) {
        Object[] words = {
            "verify",
            "--data-dir",
            layout.data(0),
            "--genesis",
            layout.genesisFile(),
            "--progress",
            "none",
            "--level",
            "replay",
            "--source",
            "dir:" + layout.data(1),
            "--source",
            "dir:" + layout.data(2)
        };
        Object[] all = Arrays.copyOf(words, words.length + more.length);
        System.arraycopy(more, 0, all, words.length, more.length);
        return sherd(all);
    }

    /** As a user sends an operation; the JSON that is printed. */
    private String send(int client, String operation) {
        Ended sent = sherd(
                "client",
                "send",
                "--genesis",
                layout.genesisFile(),
                "--key-file",
                layout.clientKey(client),
                "--json",
                operation);
        assertThat(sent.exitCode()).as(sent.err()).isZero();
        return sent.out();
    }

    /** A jar that is not the one that the genesis names. */
    private Path otherJar() throws IOException {
        Path other = directory.resolve("other.jar");
        try (OutputStream out = Files.newOutputStream(other);
                JarOutputStream jar = new JarOutputStream(out)) {
            jar.putNextEntry(new JarEntry("README"));
            jar.write("built by somebody else".getBytes(StandardCharsets.UTF_8));
            jar.closeEntry();
        }
        return other;
    }

    private static Ended sherd(Object... words) {
        String[] args = new String[words.length];
        for (int i = 0; i < words.length; i++) {
            args[i] = String.valueOf(words[i]);
        }
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine line =
                Sherd.commandLine(Map.of()).setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
        int exitCode = line.execute(args);
        line.getOut().flush();
        line.getErr().flush();
        return new Ended(exitCode, out.toString(), err.toString());
    }
}
