package io.sherd.cli.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sherd.archive.crypto.Ed25519Signer;
import io.sherd.archive.crypto.KeyFile;
import io.sherd.archive.state.KeyValueOperation;
import io.sherd.archive.store.DataDirectory;
import io.sherd.archive.store.DurableCounter;
import io.sherd.archive.store.RocksPieceStore;
import io.sherd.archive.store.StoreOwner;
import io.sherd.cli.CliRun;
import io.sherd.cli.cluster.AdminClient;
import io.sherd.cli.cluster.ClusterLayout;
import io.sherd.cli.cluster.Founding;
import io.sherd.cli.cluster.LocalAddresses;
import io.sherd.consensus.client.ClientOptions;
import io.sherd.consensus.client.SherdClient;
import io.sherd.consensus.node.ConsensusNode;
import io.sherd.consensus.node.NodeConfig;
import io.sherd.consensus.rpc.GetStatusResponse;
import io.sherd.merkle.Sha256;
import io.sherd.replication.Quorums;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.CheckpointStatement;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.genesis.Limits;
import io.sherd.replication.ledger.Signature;
import io.sherd.replication.piece.Piece;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.StoredRecord;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * Looks at the directories of a cluster of four that was stopped. All of them took part in the first writes, whose bytes are
 * dispersed; r3 was down for the last one, so the others still have its bytes.
 */
class InspectIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int ABSENT = 3;

    @TempDir
    private static Path temporary;

    private static ClusterLayout layout;
    private static Genesis genesis;
    private static CliRun manifestInUse;
    private static CliRun segmentInUse;
    private static long lastSequence;

    @TempDir
    private Path scratch;

    @BeforeAll
    static void runACluster() throws Exception {
        layout = new ClusterLayout(temporary.resolve("cluster"));
        LocalAddresses addresses = LocalAddresses.findFree(4, 20_000).orElseThrow();
        genesis = new Founding("inspected", new Quorums(4, 1), 3, Limits.DEFAULT, addresses, 1).make(layout.root());
        List<ConsensusNode> nodes = new ArrayList<>();
        try {
            for (int replica = 0; replica < 4; replica++) {
                nodes.add(ConsensusNode.start(NodeConfig.read(layout.configurationFile(replica)), failure -> {
                    throw new AssertionError(failure);
                }));
            }
            try (SherdClient client =
                    SherdClient.connect(genesis, KeyFile.read(layout.clientKey()), ClientOptions.DEFAULT)) {
                put(client, "first", "one");
                put(client, "second", "two");
                await().atMost(PATIENCE).until(() -> fullBytesOfFirstSegment(0).equals("dropped"));
                await().atMost(PATIENCE).until(() -> fullBytesOfFirstSegment(2).equals("dropped"));
                manifestInUse = inspect("manifest", 2);
                segmentInUse = inspect("segment", 2, 0);
                nodes.remove(ABSENT).close();
                lastSequence = put(client, "last", "three");
                // The first seal takes the state's checkpoint, the second one certifies it.
                awaitStatus(2, status -> status.getStable() > lastSequence + 1);
            }
        } finally {
            for (ConsensusNode node : nodes) {
                node.close();
            }
        }
    }

    @Test
    void aManifestTellsOwnerFormatsAndHighWaterMarks() {
        CliRun run = inspect("manifest", 2, "--json");

        JsonNode document = run.json();
        assertThat(run.exitCode()).isZero();
        assertThat(document.path("schema").asString()).isEqualTo("sherd.inspect/1");
        assertThat(document.path("kind").asString()).isEqualTo("manifest");
        assertThat(document.path("replica").asString()).isEqualTo("r2");
        assertThat(document.path("cluster").asString())
                .isEqualTo(genesis.clusterId().hex());
        assertThat(document.path("directoryId").asString())
                .isEqualTo(genesis.members().member(2).directory().bytes().hex());
        assertThat(document.path("standing").asString()).isEqualTo("member");
        assertThat(document.path("inUseByPid").isNull()).isTrue();
        assertThat(document.path("parts")
                        .valueStream()
                        .map(part -> part.path("format").asString()))
                .containsExactly("archive/1", "state/1", "votes/1");
        assertThat(document.path("parts").valueStream())
                .allSatisfy(part -> assertThat(part.path("held").asLong())
                        .isEqualTo(part.path("promised").asLong())
                        .isPositive());
    }

    @Test
    void aDirectoryInUseIsReadAllTheSame() {
        assertThat(manifestInUse.exitCode()).isZero();
        assertThat(manifestInUse.out())
                .contains("in use by     process " + ProcessHandle.current().pid());
        assertThat(segmentInUse.exitCode()).isZero();
    }

    @Test
    void nothingIsWritten() throws Exception {
        SortedMap<String, String> before = content(layout.root());

        inspect("manifest", 0);
        inspect("segment", 0, 0);
        inspect("piece", 0, 0);
        inspect("checkpoint", 0);
        inspect("entry", 0, lastSequence);
        inspect("state", 0);
        inspect("state", 0, "first");

        assertThat(content(layout.root())).isEqualTo(before);
    }

    @Test
    void aStoreThatHoldsLessThanWasDurableIsBad() throws Exception {
        Path copy = copy(2);
        try (DurableCounter counter = DurableCounter.open(copy.resolve("archive/high-water"))) {
            counter.raise(999);
        }

        CliRun run = CliRun.of("inspect", "manifest", "--data-dir", copy);

        assertThat(run.exitCode()).isEqualTo(11);
        assertThat(run.out())
                .containsPattern("archive +archive/1 +commitments +[0-9]+ +999 +BAD  some that were durable");
    }

    @Test
    void aMissingStoreIsAFindingAndTheOthersAreShown() throws Exception {
        Path copy = copy(2);
        Founding.delete(copy.resolve("state"));

        CliRun run = CliRun.of("inspect", "manifest", "--data-dir", copy);

        assertThat(run.exitCode()).isEqualTo(10);
        assertThat(run.out())
                .containsPattern("state .*BAD  state: data directory .* has lost its directory state")
                .containsPattern("votes .*ok");
    }

    @Test
    void anUnknownFormatIsRefused() throws Exception {
        Path copy = copy(2);
        Files.write(
                copy.resolve("identity"), StoredRecord.encode(StoredRecord.Kind.IDENTITY, 99, new byte[] {1, 2, 3}));

        CliRun run = CliRun.of("inspect", "manifest", "--data-dir", copy);

        assertThat(run.exitCode()).isEqualTo(16);
        assertThat(run.err()).contains("error[format.unsupported]", "has format version 99, this program reads 1");
    }

    @Test
    void aDirectoryOfAnotherClusterOrNoneIsRefused() throws Exception {
        Path other = scratch.resolve("other");
        new Founding("other", new Quorums(4, 1), 3, Limits.DEFAULT, new LocalAddresses(20_000, 4), 1).make(other);

        CliRun foreign = CliRun.of(
                "inspect", "segment", "0", "--data-dir", layout.data(2), "--genesis", other.resolve("genesis.json"));
        CliRun nowhere = CliRun.of("inspect", "manifest", "--data-dir", scratch.resolve("nowhere"));

        assertThat(foreign.exitCode()).isEqualTo(8);
        assertThat(foreign.err()).contains("the genesis is of cluster");
        assertThat(nowhere.exitCode()).isEqualTo(6);
        assertThat(nowhere.err()).contains("error[directory.absent]: there is no directory");
    }

    @Test
    void aDirectoryThatCannotBeReadWhileItIsInUseIsNotCalledBroken() throws Exception {
        Path copy = copy(2);
        Files.delete(copy.resolve("archive/CURRENT"));

        CliRun dead = CliRun.of("inspect", "segment", 0, "--data-dir", copy, "--genesis", layout.genesisFile());
        assertThat(dead.exitCode()).isEqualTo(10);
        try (DataDirectory _ = DataDirectory.open(copy, new StoreOwner(genesis.clusterId(), 2))) {
            CliRun inUse = CliRun.of("inspect", "segment", 0, "--data-dir", copy, "--genesis", layout.genesisFile());
            assertThat(inUse.exitCode()).isEqualTo(7);
            assertThat(inUse.err())
                    .contains("in use by process " + ProcessHandle.current().pid());
        }
    }

    @Test
    void aSegmentIsShownAndProved() {
        CliRun run = inspect("segment", 2, 0, "--json");

        assertThat(run.exitCode()).isZero();
        assertThat(run.json().path("firstSequence").asLong()).isEqualTo(1);
        assertThat(run.json().path("ownPiece").asBoolean()).isTrue();
        assertThat(run.json().path("fullBytes").asString()).isEqualTo("dropped");
        assertThat(run.json().path("missingReceipts").size()).isZero();
        assertThat(run.json().path("ok").asBoolean()).isTrue();
        assertThat(inspect("segment", 2, 0).out()).contains("ok   proved: its commitment is one of the first");
    }

    @Test
    void aSegmentThatIsNotThereIsSaidToBeAbsent() {
        CliRun run = inspect("segment", 2, 1000);

        assertThat(run.exitCode()).isEqualTo(6);
        assertThat(run.err())
                .contains("error[segment.absent]: there is no segment 1000", "hint: it holds segments 0 to");
    }

    @Test
    void aSegmentThatNoCertificateCoversIsNotCalledProved() throws Exception {
        Path copy = copy(2);
        try (RocksPieceStore archive = open(copy)) {
            archive.dropCertificatesBelow(Long.MAX_VALUE);
            archive.flushAndCompact();
        }

        CliRun run = CliRun.of("inspect", "segment", 0, "--data-dir", copy, "--genesis", layout.genesisFile());

        assertThat(run.exitCode()).isEqualTo(14);
        assertThat(run.out()).contains("WARN not proved yet");
    }

    @Test
    void aPieceIsShownWithItsPathAndFollowed() {
        CliRun run = inspect("piece", 2, 0, "--json", "--hex");

        assertThat(run.exitCode()).isZero();
        assertThat(run.json().path("index").asInt()).isEqualTo(2);
        assertThat(run.json().path("role").asString()).isEqualTo("own");
        assertThat(run.json().path("path").size()).isEqualTo(2);
        assertThat(run.json().path("bytesHex").asString())
                .hasSize(2 * run.json().path("bytes").asInt());
        assertThat(inspect("piece", 2, 0).out()).contains("path 1 ", "ok   proved");
    }

    @Test
    void aPieceOfAnotherReplicaIsAbsentHere() {
        CliRun run = inspect("piece", 2, 0, "--index", 1);

        assertThat(run.exitCode()).isEqualTo(6);
        assertThat(run.err()).contains("error[piece.absent]: piece 1 of segment 0", "r2, which holds piece 2");
    }

    @Test
    void aPieceWithAFlippedBitIsBadAndSaysWhatWasExpected() throws Exception {
        Path copy = copy(2);
        try (RocksPieceStore archive = open(copy)) {
            Piece right = archive.piece(0, 2).orElseThrow();
            byte[] bytes = right.bytes().toByteArray();
            bytes[bytes.length / 2] ^= 1;
            archive.putPiece(new Piece(0, 2, right.siblings(), Bytes.wrap(bytes)));
        }

        CliRun run = CliRun.of("inspect", "piece", 0, "--data-dir", copy, "--genesis", layout.genesisFile());

        assertThat(run.exitCode()).isEqualTo(10);
        assertThat(run.out()).containsPattern("BAD .*expected");
        CliRun whole = CliRun.of("inspect", "segment", 0, "--data-dir", copy, "--genesis", layout.genesisFile());
        assertThat(whole.exitCode()).isEqualTo(10);
        assertThat(whole.out())
                .contains("pieces [2] are rotten: `sherd repair` makes them anew")
                .contains("entries root");
    }

    @Test
    void theNewestCheckpointNamesItsSignersAndLeadsToTheGenesis() {
        CliRun run = inspect("checkpoint", 2, "--json");

        assertThat(run.exitCode()).isZero();
        assertThat(run.json().path("sequence").asLong()).isGreaterThan(lastSequence);
        assertThat(run.json().path("signers").valueStream().map(JsonNode::asString))
                .contains("r0", "r1", "r2")
                .doesNotContain("r" + ABSENT);
        assertThat(run.json().path("ok").asBoolean()).isTrue();
    }

    @Test
    void aCheckpointThatIsNotStoredIsSaidToBeAbsent() {
        CliRun run = inspect("checkpoint", 2, 7_000_000);

        assertThat(run.exitCode()).isEqualTo(6);
        assertThat(run.err()).contains("error[checkpoint.absent]", "positions that have one: [");
    }

    @Test
    void aCheckpointWithASignatureThatIsNotItsSignersIsBad() throws Exception {
        Path copy = copy(2);
        long position;
        try (RocksPieceStore archive = open(copy)) {
            CheckpointStatement known =
                    archive.latestCertificate().orElseThrow().statement();
            position = known.sequence() + 1;
            CheckpointStatement forged = new CheckpointStatement(
                    known.epoch(),
                    position,
                    known.ledgerHash(),
                    known.segmentCount(),
                    known.historyRoot(),
                    known.stateSequence(),
                    known.stateRoot(),
                    Optional.empty());
            Ed25519Signer stranger = Ed25519Signer.generate();
            SortedMap<Integer, Signature> signatures = new TreeMap<>();
            for (int replica = 0; replica < 3; replica++) {
                signatures.put(replica, stranger.sign(forged.toSign(genesis.signingDomain())));
            }
            archive.putCertificate(new CheckpointCertificate(forged, signatures));
            archive.flushAndCompact();
        }

        CliRun run =
                CliRun.of("inspect", "checkpoint", position, "--data-dir", copy, "--genesis", layout.genesisFile());

        assertThat(run.exitCode()).isEqualTo(13);
        assertThat(run.out()).contains("BAD  certificate of position", "signature of replica 0 does not verify");
    }

    @Test
    void anEntryWhoseBytesAreHereIsShownAndProved() {
        CliRun run = inspect("entry", 2, lastSequence, "--json");

        assertThat(run.exitCode()).isZero();
        JsonNode request = run.json().path("requests").path(0);
        assertThat(request.path("operation").asString()).isEqualTo("put");
        assertThat(request.path("key").asString()).isEqualTo("last");
        assertThat(request.path("value").asString()).isEqualTo("three");
        assertThat(run.json().path("ok").asBoolean()).isTrue();
        assertThat(inspect("tx", 2, lastSequence).out()).contains("\"key\":\"last\"", "ok   proved");
    }

    @Test
    void anEntryWhoseBytesAreDispersedNamesTheCommandThatGetsThem() {
        CliRun run = inspect("entry", 2, 1);

        assertThat(run.exitCode()).isEqualTo(6);
        assertThat(run.err())
                .contains("error[entry.dispersed]: the bytes of entry 1 are dispersed: r2 keeps piece 2 of segment 0")
                .contains("hint: sherd learn --genesis FILE --out DIR --to 0");
    }

    @Test
    void anEntryThatIsNotOrderedYetIsSaidToBeAbsent() {
        CliRun run = inspect("entry", 2, 5_000_000);

        assertThat(run.exitCode()).isEqualTo(6);
        assertThat(run.err()).contains("error[entry.absent]", "sealed up to seq");
    }

    @Test
    void theStatesRootsNameTheCertificatesThatBindThem() {
        CliRun run = inspect("state", 2, "--json");

        assertThat(run.exitCode()).isZero();
        assertThat(run.json().path("checkpoints").valueStream())
                .anySatisfy(
                        root -> assertThat(root.path("certifiedBy").asLong()).isGreaterThan(lastSequence));
    }

    @Test
    void aKeyIsLookedUpAndProvedToACertifiedRoot() {
        CliRun run = inspect("state", 2, "last", "--json");

        assertThat(run.exitCode()).isZero();
        assertThat(run.json().path("value").path("value").asString()).isEqualTo("three");
        assertThat(run.json().path("ok").asBoolean()).isTrue();
        CliRun absent = inspect("state", 2, "nothing");
        assertThat(absent.exitCode()).isEqualTo(6);
        assertThat(absent.err()).contains("error[key.absent]", "proved to the root");
    }

    @Test
    void aGenesisAndItsLimitsAreShown() {
        CliRun shown = CliRun.of("inspect", "genesis", "--genesis", layout.genesisFile(), "--json");
        CliRun limits = CliRun.of("inspect", "limits", "--genesis", layout.genesisFile(), "--json");

        assertThat(shown.exitCode()).isZero();
        assertThat(shown.json().path("cluster").asString())
                .isEqualTo(genesis.clusterId().hex());
        assertThat(shown.json().path("replicas").size()).isEqualTo(4);
        assertThat(limits.json().path("limits").path("requestBytes").asInt()).isEqualTo(Limits.DEFAULT.requestBytes());
        assertThat(CliRun.of("inspect", "limits", "--genesis", layout.genesisFile())
                        .out())
                .contains("request-bytes           2097152   the largest request");
    }

    private static long put(SherdClient client, String key, String value) throws Exception {
        KeyValueOperation operation = new KeyValueOperation.Put(
                Bytes.wrap(key.getBytes(StandardCharsets.UTF_8)), Bytes.wrap(value.getBytes(StandardCharsets.UTF_8)));
        return client.submit(operation.encoded()).get().sequence();
    }

    private static void awaitStatus(int replica, java.util.function.Predicate<GetStatusResponse> condition) {
        try (AdminClient admin = new AdminClient(genesis, replica)) {
            await().atMost(PATIENCE)
                    .until(() -> admin.status(Duration.ofSeconds(5))
                            .heard()
                            .filter(condition)
                            .isPresent());
        }
    }

    private static String fullBytesOfFirstSegment(int replica) {
        return inspect("segment", replica, 0, "--json").json().path("fullBytes").asString("unknown");
    }

    private static CliRun inspect(String kind, int replica, Object... more) {
        List<Object> words = new ArrayList<>(List.of("inspect", kind));
        words.addAll(List.of(more));
        words.addAll(List.of("--data-dir", layout.data(replica), "--genesis", layout.genesisFile()));
        return CliRun.of(words.toArray());
    }

    private static RocksPieceStore open(Path directory) throws Exception {
        return RocksPieceStore.open(directory.resolve("archive"), new StoreOwner(genesis.clusterId(), 2));
    }

    /** A copy of a directory, to be damaged. */
    private Path copy(int replica) throws Exception {
        Path source = layout.data(replica);
        Path target = scratch.resolve("copy");
        try (Stream<Path> all = Files.walk(source)) {
            for (Path path : all.toList()) {
                Files.copy(
                        path, target.resolve(source.relativize(path).toString()), StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
        return target;
    }

    /** Every file's size, time and content. */
    private static SortedMap<String, String> content(Path root) throws Exception {
        SortedMap<String, String> content = new TreeMap<>();
        try (Stream<Path> all = Files.walk(root)) {
            for (Path path : all.toList()) {
                String what = Files.isDirectory(path)
                        ? "directory"
                        : Sha256.of(Files.readAllBytes(path)).hex();
                content.put(path.toString(), Files.getLastModifiedTime(path) + " " + what);
            }
        }
        return content;
    }
}
