package io.sherd.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sherd.archive.crypto.KeyFile;
import io.sherd.archive.state.KeyValueOperation;
import io.sherd.archive.state.KeyValueResult;
import io.sherd.cli.DiskFaults.Mounted;
import io.sherd.cli.DiskFaults.Watched;
import io.sherd.cli.cluster.ClusterLayout;
import io.sherd.cli.cluster.Founding;
import io.sherd.cli.cluster.LocalAddresses;
import io.sherd.cli.cluster.LocalCluster;
import io.sherd.cli.cluster.OwnedCluster;
import io.sherd.consensus.client.ClientOptions;
import io.sherd.consensus.client.Committed;
import io.sherd.consensus.client.SherdClient;
import io.sherd.consensus.rpc.GetStatusResponse;
import io.sherd.replication.Quorums;
import io.sherd.replication.genesis.Limits;
import io.sherd.replication.wire.Bytes;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Four replica processes, one of which has a disk that refuses. It must end with the code for input and output and say what, where
 * and what to do; the others go on; and once the disk is good, a plain start goes on with everything that was answered.
 */
class FailingDiskIT {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int VICTIM = 3;
    private static final int HEAP_MIB = 256;
    private static final int DISK_REFUSED = 15;

    private static final List<Fault> FAULTS = List.of(
            // One that fails is enough: whoever tries a sync again may be told yes, and nothing was written.
            new Fault("votes", ".log", "fdatasync", "EIO:when=1"),
            new Fault("votes", "high-water", "pwrite64", "EIO:when=1"),
            new Fault("archive", ".log", "fdatasync", "EIO:when=1"),
            new Fault("state", ".log", "fdatasync", "EIO:when=1"),
            // What a file system answers that was remounted read-only under its files, as ext4 does after an error.
            new Fault("votes", ".log", "write,fdatasync", "EROFS"));

    private static final List<Bytes> ANSWERED = new ArrayList<>();

    @TempDir
    private static Path temporary;

    private static OwnedCluster owned;
    private static LocalCluster cluster;
    private static ClusterLayout layout;
    private static SherdClient client;
    private static long lastPosition;

    /**
     * What fails from now on.
     *
     * @param store the directory of which store
     * @param file how the name of the file ends
     * @param calls the system calls
     * @param error what they answer
     */
    private record Fault(String store, String file, String calls, String error) {}

    @BeforeAll
    static void startTheOthers() throws Exception {
        Founding founding = new Founding(
                "failing",
                new Quorums(4, 1),
                3,
                Limits.DEFAULT,
                LocalAddresses.findFree(4, 20_800).orElseThrow(),
                1);
        owned = OwnedCluster.found(founding, temporary.resolve("cluster"), true, HEAP_MIB, System.err::println);
        cluster = owned.cluster();
        layout = cluster.layout();
        for (int replica = 0; replica < VICTIM; replica++) {
            cluster.start(replica, OwnedCluster.replicaOptions());
        }
        cluster.awaitReady(List.of(0, 1, 2), PATIENCE);
        client = SherdClient.connect(
                cluster.genesis(), KeyFile.read(layout.clientKey()), ClientOptions.DEFAULT.withDeadline(PATIENCE));
    }

    @AfterAll
    static void stop() {
        client.close();
        owned.close();
    }

    @Test
    void aCallThatFailsOnceEndsTheReplicaAndTheNextStartGoesOn() throws Exception {
        DiskFaults.assumeStrace();
        for (Fault fault : FAULTS) {
            try (CliProcess victim = startVictim()) {
                Path store = layout.data(VICTIM).resolve(fault.store());
                List<Path> files = files(store, fault.file());
                try (Watched injected =
                        DiskFaults.inject(victim.pid(), fault.calls(), fault.error(), files, temporary)) {
                    assertEndsBecauseOfItsDisk(victim, store);
                    assertThat(injected.failed()).as("%s", fault).isNotEmpty();
                }
            }
        }
        assertGoesOn();
    }

    @Test
    void aFullOrReadOnlyDiskEndsTheReplicaAtEachStartUntilItIsGoodAgain() throws Exception {
        try (Mounted disk = DiskFaults.assumeSmallDisk(temporary.resolve("small"), "64m")) {
            Path home = layout.data(VICTIM);
            Path data = move(home, disk.at().resolve("data"));
            Path ballast;
            try (CliProcess victim = startVictim()) {
                write(5);
                ballast = disk.fill();
                assertEndsBecauseOfItsDisk(victim, data);
                assertThat(victim.err()).contains("No space left on device");
            }
            assertIsRefused(data, "No space left on device");
            Files.delete(ballast);
            disk.setReadOnly(true);
            assertIsRefused(data, "Read-only file system");
            disk.setReadOnly(false);
            assertGoesOn();
            Path _ = move(data, home);
        }
    }

    /** The replica ends and says why, while the others go on. */
    private static void assertEndsBecauseOfItsDisk(CliProcess victim, Path where) throws Exception {
        await().atMost(PATIENCE).until(() -> {
            write(5);
            return !victim.isAlive();
        });
        assertThat(victim.awaitEnd()).as(victim.err()).isEqualTo(DISK_REFUSED);
        assertThat(victim.err())
                .containsPattern("(?m)^error\\[store\\.io\\]: .*\\Q%s\\E".formatted(where))
                .contains("  hint: look at the disk's space and health, then start this again");
    }

    private static void assertIsRefused(Path data, String reason) throws Exception {
        try (CliProcess refused = node()) {
            assertThat(refused.awaitEnd()).as(refused.err()).isEqualTo(DISK_REFUSED);
            assertThat(refused.err()).contains("error[store.io]", data.toString(), reason);
        }
    }

    /** A plain start is enough; then one of the others stops, so that nothing is decided without the one that failed. */
    private static void assertGoesOn() throws Exception {
        try (CliProcess victim = startVictim()) {
            await().atMost(PATIENCE)
                    .until(() -> cluster.status(VICTIM)
                                    .map(GetStatusResponse::getExecuted)
                                    .orElse(0L)
                            >= lastPosition);
            cluster.kill(0);
            write(5);
            for (Bytes key : ANSWERED) {
                assertThat(KeyValueResult.decode(
                                submit(new KeyValueOperation.Get(key)).result()))
                        .isEqualTo(new KeyValueResult.Found(key));
            }
            assertThat(victim.isAlive()).as(victim.err()).isTrue();
            cluster.start(0, OwnedCluster.replicaOptions());
            cluster.awaitReady(List.of(0), PATIENCE);
        }
    }

    private static CliProcess startVictim() throws Exception {
        CliProcess victim = node();
        victim.awaitOut("ready r" + VICTIM);
        return victim;
    }

    private static CliProcess node() throws Exception {
        return CliProcess.start(temporary, "node", "run", "--config", layout.configurationFile(VICTIM));
    }

    /** Has the victim's data directory elsewhere from now on. */
    private static Path move(Path from, Path to) throws Exception {
        assertThat(new ProcessBuilder("mv", from.toString(), to.toString())
                        .start()
                        .waitFor())
                .isZero();
        Path config = layout.configurationFile(VICTIM);
        Files.writeString(config, Files.readString(config).replaceFirst("(?m)^data-dir: .*$", "data-dir: " + to));
        return to;
    }

    private static void write(int count) throws Exception {
        for (int i = 0; i < count; i++) {
            Bytes key = Bytes.wrap(("key" + ANSWERED.size()).getBytes(StandardCharsets.UTF_8));
            lastPosition = submit(new KeyValueOperation.Put(key, key)).sequence();
            ANSWERED.add(key);
        }
    }

    private static Committed submit(KeyValueOperation operation) throws Exception {
        CompletableFuture<Committed> done = client.submit(operation.encoded());
        return done.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    private static List<Path> files(Path directory, String ending) throws Exception {
        try (Stream<Path> all = Files.list(directory)) {
            return all.filter(file -> file.toString().endsWith(ending)).toList();
        }
    }
}
