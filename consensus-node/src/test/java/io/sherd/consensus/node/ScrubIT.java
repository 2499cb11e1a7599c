package io.sherd.consensus.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sherd.archive.state.KeyValueOperation;
import io.sherd.archive.store.RocksPieceStore;
import io.sherd.archive.store.StoreException;
import io.sherd.consensus.client.ClientOptions;
import io.sherd.consensus.client.Committed;
import io.sherd.consensus.client.SherdClient;
import io.sherd.consensus.rpc.ScrubAnswer;
import io.sherd.replication.genesis.Limits;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.piece.Piece;
import io.sherd.replication.wire.Bytes;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Running replicas, one of which has its disk damaged under it: a scrub finds it and makes it good, and the cluster goes on. */
class ScrubIT {

    private static final int REPLICA = 2;

    /** Small segments, so that many are sealed. */
    private static final Limits LIMITS =
            new Limits(16 * 1024, 16, 64, 1 << 22, 64 * 1024, 128 * 1024, 512 * 1024, 2, 1024, 1024, 200);

    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private LocalCluster cluster;

    @BeforeEach
    void start(@TempDir Path root) throws Exception {
        cluster = new LocalCluster(root, 4, LIMITS);
        cluster.startAll();
        put(0, 200);
        awaitQuiet();
        stores().pieces().flushAndCompact();
    }

    @AfterEach
    void stop() throws Exception {
        cluster.close();
        assertThat(cluster.failures).isEmpty();
    }

    @Test
    void rottenAndDeletedPiecesOfARunningReplicaAreFoundAndMadeGoodWhileItOrders() throws Exception {
        Piece rotten = stores().pieces().piece(1, REPLICA).orElseThrow();
        Path values = flipBitOnDisk(archive(), rotten.bytes());

        CompletableFuture<Void> meanwhile = CompletableFuture.runAsync(() -> put(200, 300));
        ScrubAnswer first = scrubbed();
        meanwhile.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);

        assertThat(first.getRecentList()).singleElement().satisfies(finding -> {
            assertThat(finding.getKind()).isEqualTo("PIECE");
            assertThat(finding.getSegment()).isEqualTo(1);
            assertThat(finding.getRepaired()).isTrue();
        });
        awaitQuiet();
        Files.delete(values);

        ScrubAnswer second = scrubbed();

        assertThat(second.getLast().getFound()).isPositive();
        assertThat(second.getLast().getRepaired()).isEqualTo(second.getLast().getFound());
        assertEveryPieceIsOnTheDisk();
        assertThat(scrubbed().getLast().getFound()).isZero();
    }

    @Test
    void damagedRecordsOfARunningReplicaAreMendedAndItTakesPartAgain() throws Exception {
        Commitment rotten = stores().pieces().commitment(1).orElseThrow();
        Path table = flipBitOnDisk(archive(), rotten.encoded());

        ScrubAnswer answer = scrubbed();

        assertThat(table).doesNotExist();
        assertThat(answer.getLast().getRepaired()).isEqualTo(answer.getLast().getFound());
        put(200, 240);
        awaitQuiet();
        assertEveryPieceIsOnTheDisk();
    }

    @Test
    void aScrubThatWasPausedStaysSoUntilItIsStarted() throws Exception {
        ScrubAnswer paused = new NodeStatus(cluster.node(REPLICA).parts(), scrub()).pauseScrub();
        assertThat(paused.getState()).isEqualTo("paused");
        cluster.stop(REPLICA);

        cluster.start(REPLICA);

        assertThat(scrub().answer().getState()).isEqualTo("paused");
        assertThat(scrubbed().getLast().getFound()).isZero();
    }

    /** Has the replica scrubbed once, and waits for that; it may take other parts meanwhile. */
    private ScrubAnswer scrubbed() throws Exception {
        long before = scrub().answer().getLast().getEndedMillis();
        scrub().driver().start();
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(50))
                .until(() -> scrub().answer().getLast().getEndedMillis() > before);
        return scrub().answer();
    }

    private void assertEveryPieceIsOnTheDisk() {
        // Compaction may take a file away while another opening of the archive looks for it.
        await().atMost(PATIENCE)
                .ignoreExceptionsInstanceOf(StoreException.class)
                .untilAsserted(this::everyPieceIsOnTheDisk);
    }

    private void everyPieceIsOnTheDisk() throws Exception {
        List<Commitment> commitments = cluster.node(0).parts().stores.pieces().commitments(0, Integer.MAX_VALUE);
        try (RocksPieceStore disk = RocksPieceStore.openOnDisk(archive())) {
            assertThat(disk.recordTrouble()).isEmpty();
            assertThat(disk.commitments(0, Integer.MAX_VALUE)).isEqualTo(commitments);
            for (Commitment commitment : commitments) {
                disk.piece(commitment.context().segmentNumber(), REPLICA)
                        .orElseThrow()
                        .verify(commitment);
            }
        }
    }

    private NodeScrub scrub() {
        return cluster.node(REPLICA).scrub();
    }

    private NodeStores stores() {
        return cluster.node(REPLICA).parts().stores;
    }

    private Path archive() {
        return cluster.data(REPLICA).resolve("archive");
    }

    private void put(int from, int to) {
        try (SherdClient client =
                SherdClient.connect(cluster.genesis, cluster.client, ClientOptions.DEFAULT.withDeadline(PATIENCE))) {
            List<CompletableFuture<Committed>> sent = new ArrayList<>();
            for (int i = from; i < to; i++) {
                sent.add(client.submit(
                        new KeyValueOperation.Put(text("key" + i), text(("value " + i + " ").repeat(40))).encoded()));
            }
            for (CompletableFuture<Committed> operation : sent) {
                assertThat(operation.get(PATIENCE.toSeconds(), TimeUnit.SECONDS).sequence())
                        .isPositive();
            }
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static Bytes text(String text) {
        return Bytes.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Waits until all replicas stand at the same closing, and it is stable everywhere. */
    private void awaitQuiet() {
        ConditionFactory whenever = await().atMost(PATIENCE).pollInterval(Duration.ofMillis(100));
        whenever.until(() -> {
            Set<Long> positions = new HashSet<>();
            for (int replica = 0; replica < 4; replica++) {
                NodeAssembly parts = cluster.node(replica).parts();
                positions.add(parts.sessions.executed());
                positions.add(parts.driver.inspection().stable());
                positions.add(parts.stores.state().latest().sequence());
            }
            return positions.size() == 1;
        });
    }

    /** Flips a bit in the middle of a value, in the file of a directory that has it, which is returned. */
    private static Path flipBitOnDisk(Path directory, Bytes value) throws Exception {
        byte[] wanted = value.readOnlyArray();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.filter(each -> each.toString().matches(".*(sst|blob)"))
                    .toList()) {
                byte[] content = Files.readAllBytes(file);
                for (int at = 0; at + wanted.length <= content.length; at++) {
                    if (Arrays.equals(content, at, at + wanted.length, wanted, 0, wanted.length)) {
                        content[at + wanted.length / 2] ^= 1;
                        Files.write(file, content);
                        return file;
                    }
                }
            }
        }
        throw new AssertionError("no file holds the value");
    }
}
