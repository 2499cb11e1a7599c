package io.sherd.consensus.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.grpc.ManagedChannel;
import io.sherd.archive.crypto.Ed25519Verifier;
import io.sherd.archive.crypto.RandomIds;
import io.sherd.archive.edge.EdgeChannels;
import io.sherd.archive.edge.EdgeSources;
import io.sherd.archive.genesis.Addresses;
import io.sherd.archive.learner.BlockingSource;
import io.sherd.archive.learner.LearnerDriver;
import io.sherd.archive.learner.LearnerStop;
import io.sherd.archive.learner.LedgerSource;
import io.sherd.archive.restore.OlderCopyException;
import io.sherd.archive.restore.RestoreSources;
import io.sherd.archive.restore.RestoreVerdict;
import io.sherd.archive.restore.Restorer;
import io.sherd.archive.state.KeyValueOperation;
import io.sherd.archive.store.DirectoryIdentity;
import io.sherd.archive.store.RocksPieceStore;
import io.sherd.archive.store.StoreException;
import io.sherd.archive.store.StoreOwner;
import io.sherd.archive.store.UnsafeDirectoryException;
import io.sherd.consensus.client.ClientOptions;
import io.sherd.consensus.client.Committed;
import io.sherd.consensus.client.SherdClient;
import io.sherd.consensus.core.Inspection;
import io.sherd.consensus.core.Mode;
import io.sherd.consensus.durable.VoteLog;
import io.sherd.consensus.rpc.AdminGrpc;
import io.sherd.consensus.rpc.GetStatusRequest;
import io.sherd.consensus.rpc.GetStatusResponse;
import io.sherd.merkle.Digest;
import io.sherd.replication.checkpoint.ClosedEpoch;
import io.sherd.replication.genesis.Limits;
import io.sherd.replication.genesis.Member;
import io.sherd.replication.learner.LearnerConfig;
import io.sherd.replication.ledger.Request;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.retention.SegmentSet;
import io.sherd.replication.wire.Bytes;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Four replicas in one process: real TLS on loopback, real signatures, real databases. */
class ConsensusNodeIT {

    /** Small segments, so that many are sealed. */
    private static final Limits LIMITS =
            new Limits(16 * 1024, 16, 64, 1 << 22, 64 * 1024, 128 * 1024, 512 * 1024, 2, 1024, 1024, 200);

    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private LocalCluster cluster;

    @BeforeEach
    void start(@TempDir Path root) throws Exception {
        cluster = new LocalCluster(root, 4, LIMITS);
        cluster.startAll();
    }

    @AfterEach
    void stop() throws Exception {
        cluster.close();
        assertThat(cluster.failures).isEmpty();
    }

    @Test
    void whatIsAcknowledgedIsSealedProvedDroppedAndLearnt() throws Exception {
        List<Committed> committed;
        try (SherdClient client = connect()) {
            committed = put(client, 0, 300);
        }
        awaitQuiet();

        assertThat(committed).extracting(Committed::sequence).isSorted();
        assertThat(stateRoots()).hasSize(1);
        assertThat(commitments(0)).hasSizeGreaterThan(3);
        for (int replica = 0; replica < 4; replica++) {
            assertThat(commitments(replica)).isEqualTo(commitments(0));
            for (Commitment commitment : commitments(replica)) {
                stores(replica)
                        .pieces()
                        .piece(commitment.context().segmentNumber(), replica)
                        .orElseThrow()
                        .verify(commitment);
            }
        }
        whenever().untilAsserted(() -> {
            for (int replica = 0; replica < 4; replica++) {
                assertThat(stores(replica).pieces().undroppedSegments()).isEmpty();
                assertThat(stores(replica).votes().decided(1, 1, 1)).isEmpty();
            }
        });
        assertThat(learn()).containsExactlyInAnyOrderElementsOf(payloads(0, 300));
    }

    @Test
    void replicaThatIsStartedAgainUnderLoadCatchesUp() throws Exception {
        try (SherdClient client = connect()) {
            put(client, 0, 50);
            cluster.stop(2);
            put(client, 50, 150);
            List<CompletableFuture<Committed>> meanwhile = send(client, 150, 300);
            cluster.start(2);
            awaitAll(meanwhile);
        }
        awaitQuiet();

        assertThat(stateRoots()).hasSize(1);
        assertThat(commitments(2)).isEqualTo(commitments(0));
        whenever()
                .untilAsserted(
                        () -> assertThat(stores(0).pieces().undroppedSegments()).isEmpty());
    }

    @Test
    void everyAcknowledgedWriteIsThereWhenAllAreStartedAgain() throws Exception {
        try (SherdClient client = connect()) {
            put(client, 0, 100);
            List<CompletableFuture<Committed>> cutOff = send(client, 100, 160);
            cluster.stopAll();
            assertThat(cutOff).hasSize(60);
        }

        cluster.startAll();

        try (SherdClient client = connect()) {
            for (int i = 0; i < 100; i++) {
                assertThat(client.submit(new KeyValueOperation.Get(key(i)).encoded())
                                .get(90, TimeUnit.SECONDS)
                                .result()
                                .hex())
                        .contains(value(i).hex());
            }
        }
        awaitQuiet();
        assertThat(stateRoots()).hasSize(1);
    }

    @Test
    void wipedReplicaIsRestoredAndVotesInTheNextEpoch() throws Exception {
        try (SherdClient client = connect()) {
            put(client, 0, 120);
            awaitQuiet();
            wipeAndRestore(3, 1);
            put(client, 120, 200);
            cluster.stop(2);
            put(client, 200, 240);
            cluster.start(2);
        }
        awaitQuiet();

        assertThat(stateRoots()).hasSize(1);
        assertThat(commitments(3)).isEqualTo(commitments(0));
        for (Commitment commitment : commitments(3)) {
            stores(3)
                    .pieces()
                    .piece(commitment.context().segmentNumber(), 3)
                    .orElseThrow()
                    .verify(commitment);
        }
        whenever()
                .untilAsserted(
                        () -> assertThat(stores(3).pieces().undroppedSegments()).isEmpty());
        assertThat(learn()).containsExactlyInAnyOrderElementsOf(payloads(0, 240));
    }

    @Test
    void restoredReplicaWhoseOwnPieceIsGoneFetchesItAndIsWholeThen() throws Exception {
        try (SherdClient client = connect()) {
            put(client, 0, 60);
            awaitQuiet();
            wipeAndRestore(3, 1);
            awaitQuiet();
            cluster.stop(3);
            StoreOwner owner = new StoreOwner(cluster.genesis.clusterId(), 3);
            try (RocksPieceStore archive = RocksPieceStore.open(cluster.data(3).resolve("archive"), owner)) {
                archive.dropPiece(0, 3);
                assertThat(archive.piece(0, 3)).isEmpty();
                archive.flushAndCompact();
            }
            cluster.start(3);
        }

        whenever().until(() -> cluster.node(3).parts().receipts.isWhole());
        stores(3).pieces().piece(0, 3).orElseThrow().verify(commitments(0).getFirst());
    }

    @Test
    void replicaWithDamagedArchiveRecordsMendsThemFromOthersAndVotes() throws Exception {
        try (SherdClient client = connect()) {
            put(client, 0, 120);
            awaitQuiet();
            List<Commitment> before = commitments(3);
            cluster.stop(3);
            flipBitOnDisk(cluster.data(3).resolve("archive"), before.getFirst().encoded());
            flipBitOnDisk(cluster.data(3).resolve("archive"), before.getLast().encoded());

            cluster.start(3);
            cluster.stop(2);
            put(client, 120, 160);
            cluster.start(2);
        }
        awaitQuiet();

        assertThat(stores(3).pieces().recordTrouble()).isEmpty();
        assertThat(commitments(3)).isEqualTo(commitments(0));
        assertThat(stateRoots()).hasSize(1);
        assertThat(learn()).containsExactlyInAnyOrderElementsOf(payloads(0, 160));
    }

    /** Nobody is there to ask, so it says that it mends, serves what is sound, and takes part once another one is up. */
    @Test
    void olderCopyOfADirectoryStopsBeforeItSignsAnything() throws Exception {
        try (SherdClient client = connect()) {
            put(client, 0, 5);
            awaitQuiet();
            cluster.stop(3);
            cluster.backUp(3);
            cluster.start(3);
            cluster.stop(2);
            // Three of four are needed, so what is acknowledged now has the votes of replica 3.
            put(client, 5, 10);
            cluster.start(2);
            awaitQuiet();
            cluster.stop(3);
            cluster.rollBack(3);

            cluster.start(3);

            whenever().until(() -> cluster.failures.containsKey(3));
            assertThat(cluster.failures.remove(3))
                    .isInstanceOf(OlderCopyException.class)
                    .hasMessageContaining("replica 3 has signed")
                    .hasMessageContaining("has forgotten what it voted for");
            cluster.stop(3);
            assertThatThrownBy(() -> cluster.start(3)).isInstanceOf(UnsafeDirectoryException.class);
            put(client, 10, 15);
        }
    }

    @Test
    void replicaThatMendsItsRecordsStartsWhenAnotherOneIsUp() throws Exception {
        try (SherdClient client = connect()) {
            put(client, 0, 120);
        }
        awaitQuiet();
        List<Commitment> before = commitments(3);
        cluster.stopAll();
        flipBitOnDisk(cluster.data(3).resolve("archive"), before.get(1).encoded());

        Thread starting = Thread.ofPlatform().start(() -> {
            try {
                cluster.start(3);
            } catch (Exception e) {
                cluster.failures.put(3, e);
            }
        });
        whenever()
                .ignoreExceptions()
                .untilAsserted(() -> assertThat(statusOf(3).getMode()).isEqualTo("mending"));
        assertThat(statusOf(3).getArchiveDamaged()).isTrue();
        try (LedgerSource mending = EdgeSources.of(cluster.genesis)
                .open(3, cluster.genesis.members().member(3))
                .orElseThrow()) {
            new BlockingSource(mending).piece(0, 3).verify(before.getFirst());
        }
        for (int replica = 0; replica < 3; replica++) {
            cluster.start(replica);
        }
        starting.join();
        awaitQuiet();

        assertThat(commitments(3)).isEqualTo(commitments(0));
        whenever().untilAsserted(() -> assertThat(statusOf(3).getMode()).isEqualTo("normal"));
    }

    private GetStatusResponse statusOf(int replica) throws Exception {
        Member member = cluster.genesis.members().member(replica);
        ManagedChannel channel = EdgeChannels.to(Addresses.parse(member.edgeAddress()), member.tlsPin())
                .build();
        try {
            return AdminGrpc.newBlockingStub(channel).getStatus(GetStatusRequest.getDefaultInstance());
        } finally {
            channel.shutdownNow();
        }
    }

    private static void flipBitOnDisk(Path directory, Bytes value) throws Exception {
        byte[] wanted = value.readOnlyArray();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                byte[] content = Files.readAllBytes(file);
                for (int at = 0; at + wanted.length <= content.length; at++) {
                    if (Arrays.equals(content, at, at + wanted.length, wanted, 0, wanted.length)) {
                        content[at + wanted.length / 2] ^= 1;
                        Files.write(file, content);
                        return;
                    }
                }
            }
        }
        throw new AssertionError("no file holds the value");
    }

    /** The others hold its pieces as long as it is away, and let them go when it has made its own. */
    @Test
    void hintsAreHeldForAReplicaThatIsAwayUntilItIsBack() throws Exception {
        try (SherdClient client = connect()) {
            put(client, 0, 30);
            cluster.stop(3);
            put(client, 30, 120);
            whenever().untilAsserted(() -> {
                for (int replica = 0; replica < 3; replica++) {
                    assertThat(hintsFor(3, replica)).isGreaterThan(1);
                }
            });
            long hinted = stores(1)
                    .pieces()
                    .hints()
                    .getOrDefault(3, new SegmentSet())
                    .ranges()
                    .getFirst()
                    .first();
            stores(1)
                    .pieces()
                    .piece(hinted, 3)
                    .orElseThrow()
                    .verify(commitments(0).get((int) hinted));
            cluster.start(3);
        }
        awaitQuiet();

        whenever().untilAsserted(() -> {
            for (int replica = 0; replica < 4; replica++) {
                assertThat(stores(replica).pieces().hints()).isEmpty();
            }
        });
        assertThat(commitments(3)).isEqualTo(commitments(0));
    }

    private long hintsFor(int owner, int holder) throws Exception {
        return stores(holder)
                .pieces()
                .hints()
                .getOrDefault(owner, new SegmentSet())
                .size();
    }

    @Test
    void restoredReplicaShowsTheClosingsOfEpochsThatItsVoteLogNeverSaw() throws Exception {
        try (SherdClient client = connect()) {
            put(client, 0, 20);
            awaitQuiet();
            wipeAndRestore(3, 1);
            put(client, 20, 40);
            awaitQuiet();
            wipeAndRestore(2, 2);
            awaitQuiet();
        }

        ClosedEpoch first = stores(0).pieces().closedEpochs(0, 1).getFirst();
        assertThat(stores(2).votes().closedEpochs()).doesNotContain(first);
        assertThat(cluster.node(2).parts().ledger.closing(0)).contains(first);
        assertThat(cluster.node(2).parts().ledger.closing(1))
                .contains(stores(0).pieces().closedEpochs(1, 1).getFirst());
        assertThat(cluster.node(2).parts().ledger.closing(2)).isEmpty();
    }

    @Test
    void copyThatTheMemberTableDoesNotKnowIsRefused() throws Exception {
        cluster.stop(1);
        wipe(cluster.data(1));
        StoreOwner owner = new StoreOwner(cluster.genesis.clusterId(), 1);
        cluster.create(1, DirectoryIdentity.unused(owner, RandomIds.directoryId()));

        assertThatThrownBy(() -> cluster.start(1))
                .isInstanceOf(NodeStartException.class)
                .hasMessageContaining("another copy has joined");
    }

    /** Wipes a replica's disk, restores it, and waits until it votes in the epoch that its joining opens. */
    private void wipeAndRestore(int replica, long epoch) throws Exception {
        cluster.stop(replica);
        wipe(cluster.data(replica));
        RestoreVerdict verdict = restore(replica);
        VoteLog.create(cluster.data(replica).resolve("votes"), cluster.genesis, replica, verdict.directory());
        cluster.start(replica);
        whenever().untilAsserted(() -> {
            for (int member = 0; member < 4; member++) {
                Inspection core = cluster.node(member).inspection();
                assertThat(core.epoch()).isEqualTo(epoch);
                assertThat(core.mode()).isEqualTo(new Mode.Active());
            }
        });
    }

    private SherdClient connect() throws Exception {
        return SherdClient.connect(cluster.genesis, cluster.client, ClientOptions.DEFAULT.withDeadline(PATIENCE));
    }

    private static List<Committed> put(SherdClient client, int from, int to) throws Exception {
        return awaitAll(send(client, from, to));
    }

    private static List<CompletableFuture<Committed>> send(SherdClient client, int from, int to) throws Exception {
        List<CompletableFuture<Committed>> sent = new ArrayList<>();
        for (int i = from; i < to; i++) {
            sent.add(client.submit(operation(i)));
        }
        return sent;
    }

    private static List<Committed> awaitAll(List<CompletableFuture<Committed>> sent) throws Exception {
        List<Committed> committed = new ArrayList<>();
        for (CompletableFuture<Committed> operation : sent) {
            committed.add(operation.get(PATIENCE.toSeconds(), TimeUnit.SECONDS));
        }
        return committed;
    }

    /** Waits until all replicas stand at the same closing, and it is stable everywhere. */
    private void awaitQuiet() {
        whenever().until(() -> {
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

    private static ConditionFactory whenever() {
        return await().atMost(PATIENCE).pollInterval(Duration.ofMillis(100));
    }

    private Set<Digest> stateRoots() {
        Set<Digest> roots = new HashSet<>();
        for (int replica = 0; replica < 4; replica++) {
            roots.add(stores(replica).state().latest().root());
        }
        return roots;
    }

    private NodeStores stores(int replica) {
        return cluster.node(replica).parts().stores;
    }

    private List<Commitment> commitments(int replica) throws StoreException {
        return stores(replica).pieces().commitments(0, Integer.MAX_VALUE);
    }

    private List<Bytes> learn() throws Exception {
        CollectingSink sink = new CollectingSink(cluster.genesis);
        LearnerDriver.Settings settings = LearnerDriver.Settings.of(
                LearnerConfig.of(cluster.genesis), new LearnerStop.CaughtUp(), Optional.of(PATIENCE));
        var _ = new LearnerDriver(settings, new Ed25519Verifier(), EdgeSources.of(cluster.genesis), sink, _ -> {})
                .run();
        return sink.operations.stream().map(Request.Operation::payload).toList();
    }

    private RestoreVerdict restore(int replica) throws Exception {
        return new Restorer(
                        new Restorer.Settings(
                                cluster.genesis,
                                replica,
                                cluster.data(replica),
                                RestoreSources.live(EdgeSources.of(cluster.genesis)),
                                false,
                                Optional.empty(),
                                new Ed25519Verifier(),
                                _ -> {},
                                PATIENCE),
                        _ -> {})
                .run();
    }

    private static void wipe(Path directory) throws Exception {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private static List<Bytes> payloads(int from, int to) {
        List<Bytes> payloads = new ArrayList<>();
        for (int i = from; i < to; i++) {
            payloads.add(operation(i));
        }
        return payloads;
    }

    private static Bytes operation(int i) {
        return new KeyValueOperation.Put(key(i), value(i)).encoded();
    }

    private static Bytes key(int i) {
        return Bytes.wrap(("key" + i).getBytes(StandardCharsets.UTF_8));
    }

    private static Bytes value(int i) {
        return Bytes.wrap(("value " + i + " ").repeat(20).getBytes(StandardCharsets.UTF_8));
    }
}
