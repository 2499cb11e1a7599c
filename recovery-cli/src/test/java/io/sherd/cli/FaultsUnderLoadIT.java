package io.sherd.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sherd.cli.cluster.ClusterLayout;
import io.sherd.cli.cluster.LocalAddresses;
import io.sherd.cli.cluster.LocalCluster;
import io.sherd.consensus.rpc.GetStatusResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Four replica processes under a client's load, and what an operator cannot prevent: a process that is killed, one that stands
 * still, a power failure of all machines. {@code -Dsherd.stopped.seconds} tells how long one stands still.
 */
class FaultsUnderLoadIT {
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final int HEAP_MIB = 512;
    private static final int SOME_WRITES = 300;
    private static final Duration STOPPED = Duration.ofSeconds(Integer.getInteger("sherd.stopped.seconds", 10));

    @TempDir
    private Path temporary;

    private LocalCluster cluster;

    @BeforeEach
    void start() throws Exception {
        ClusterLayout layout = new ClusterLayout(temporary.resolve("cluster"));
        LocalAddresses addresses = LocalAddresses.findFree(4, 21_600).orElseThrow();
        CliRun init = CliRun.of("init", "--out", layout.root(), "--base-port", addresses.basePort());
        assertThat(init.exitCode()).as(init.err()).isZero();
        cluster = new LocalCluster(layout, HEAP_MIB);
        startInOrder(cluster.replicas());
    }

    @AfterEach
    void stop() throws Exception {
        for (int replica : cluster.replicas()) {
            cluster.kill(replica);
        }
        cluster.close();
    }

    @Test
    void clientsOfAKilledPrimaryMeetAPauseAndNoError() throws Exception {
        try (SteadyWriter writer = SteadyWriter.start(cluster.layout(), PATIENCE)) {
            awaitWrites(writer, SOME_WRITES);
            int primary = cluster.replicas().stream()
                    .flatMap(replica -> cluster.status(replica).stream())
                    .findFirst()
                    .orElseThrow()
                    .getPrimary();

            cluster.kill(primary);

            awaitWrites(writer, writer.count() + SOME_WRITES);
            startInOrder(List.of(primary));
            writer.finish();
            assertThat(writer.failures()).isEmpty();
            System.out.printf("primary killed: the longest pause of a client was %s%n", writer.longestPause());
        }
    }

    @Test
    void aReplicaThatStoodStillCatchesUpAndTheOthersWentOn() throws Exception {
        int stopped = 3;
        try (SteadyWriter writer = SteadyWriter.start(cluster.layout(), PATIENCE)) {
            awaitWrites(writer, SOME_WRITES);
            signal(stopped, "STOP");
            int before = writer.count();
            long thaw = System.nanoTime() + STOPPED.toNanos();
            await().atMost(PATIENCE)
                    .until(() -> System.nanoTime() - thaw >= 0 && writer.count() >= before + SOME_WRITES);
            signal(stopped, "CONT");
            long reached = cluster.status(0).orElseThrow().getExecuted();

            await().atMost(PATIENCE)
                    .until(() -> cluster.status(stopped)
                            .map(GetStatusResponse::getExecuted)
                            .filter(executed -> executed >= reached)
                            .isPresent());
            writer.finish();
            assertThat(writer.failures()).isEmpty();
        }
        assertThat(CliRun.of("status", "--genesis", cluster.layout().genesisFile())
                        .out())
                .doesNotContain("unreachable");
    }

    @Test
    void afterAPowerFailureOfAllEveryAcknowledgedWriteIsThere() throws Exception {
        long seed = Long.getLong("sherd.seed", System.nanoTime());
        System.out.printf("power failure: -Dsherd.seed=%d starts the replicas in this order again%n", seed);
        Set<Integer> acknowledged;
        try (SteadyWriter writer = SteadyWriter.start(cluster.layout(), PATIENCE)) {
            awaitWrites(writer, SOME_WRITES);
            for (int replica : cluster.replicas()) {
                cluster.kill(replica);
            }
            acknowledged = writer.abandon();
        }
        List<Integer> order = new ArrayList<>(cluster.replicas());
        Collections.shuffle(order, new Random(seed));

        startInOrder(order);

        assertThat(SteadyWriter.missing(cluster.layout(), acknowledged)).isEmpty();
    }

    private void startInOrder(List<Integer> replicas) throws Exception {
        for (int replica : replicas) {
            cluster.start(replica, List.of());
        }
        cluster.awaitReady(replicas, PATIENCE);
    }

    private void signal(int replica, String name) throws Exception {
        long pid = cluster.running(replica).orElseThrow().pid();
        assertThat(new ProcessBuilder("kill", "-" + name, Long.toString(pid))
                        .start()
                        .waitFor())
                .isZero();
    }

    private static void awaitWrites(SteadyWriter writer, int count) {
        await().atMost(PATIENCE)
                .until(() -> writer.count() >= count || !writer.failures().isEmpty());
        assertThat(writer.failures()).isEmpty();
    }
}
