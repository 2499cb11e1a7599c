package io.sherd.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sherd.archive.genesis.GenesisFile;
import io.sherd.archive.state.RocksStateStore;
import io.sherd.archive.store.DataDirectory;
import io.sherd.archive.store.DirectoryIdentity;
import io.sherd.archive.store.RocksPieceStore;
import io.sherd.archive.store.StoreOwner;
import io.sherd.cli.cluster.ClusterLayout;
import io.sherd.cli.cluster.Founding;
import io.sherd.cli.cluster.LocalAddresses;
import io.sherd.cli.cluster.ReplicaProcess;
import io.sherd.consensus.durable.VoteLog;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.piece.Piece;
import io.sherd.replication.wire.Bytes;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The commands against one cluster of four replica processes. Every test leaves all four running; r3 is the one that things are
 * done to.
 */
class EndToEndIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int VICTIM = 3;

    @TempDir
    private static Path temporary;

    private static ClusterLayout layout;

    @TempDir
    private Path scratch;

    @BeforeAll
    static void start() {
        layout = new ClusterLayout(temporary.resolve("cluster"));
        LocalAddresses addresses = LocalAddresses.findFree(4, 20_600).orElseThrow();
        CliRun init = CliRun.of(
                "init",
                "--out",
                layout.root(),
                "--base-port",
                addresses.basePort(),
                "--clients",
                2,
                "--name",
                "tested");
        assertThat(init.exitCode()).as(init.err()).isZero();
        up();
    }

    @AfterAll
    static void stop() {
        assertThat(CliRun.of("cluster", "down", "--dir", layout.root()).exitCode())
                .isZero();
    }

    @Test
    void whatIsPutIsFoundUntilItIsDeleted() throws Exception {
        CliRun put = client("put", "greeting", "hello");
        assertThat(put.exitCode()).as(put.err()).isZero();
        assertThat(put.out()).startsWith("put greeting: done, committed seq ");

        assertThat(client("get", "greeting", "--json")
                        .json()
                        .path("valueBase64")
                        .asString())
                .isEqualTo("aGVsbG8=");
        assertThat(client("del", "greeting").exitCode()).isZero();
        assertThat(client("del", "greeting").exitCode()).isEqualTo(6);
        CliRun gone = client("get", "greeting");
        assertThat(gone.exitCode()).isEqualTo(6);
        assertThat(gone.err()).contains("error[key.absent]: nothing is under the key \"greeting\"");
    }

    @Test
    void aValueOfNoBytesIsAValueAndOneOfTwoGibibytesIsRefusedUnread() throws Exception {
        Path empty = Files.createFile(scratch.resolve("empty"));
        assertThat(client("put", "nothing", "--file", empty).exitCode()).isZero();
        CliRun found = client("get", "nothing", "--json");
        assertThat(found.exitCode()).isZero();
        assertThat(found.json().path("valueBase64").asString("missing")).isEmpty();

        Path huge = scratch.resolve("huge");
        try (RandomAccessFile file = new RandomAccessFile(huge.toFile(), "rw")) {
            file.setLength(1L << 31);
        }
        CliRun refused = client("put", "nothing", "--file", huge);
        assertThat(refused.exitCode()).isEqualTo(2);
        assertThat(refused.err()).contains("error[value.too-large]", "nothing was sent");
        assertThat(client("get", "nothing", "--json").json().path("valueBase64").asString("missing"))
                .isEmpty();
    }

    @Test
    void aBatchWithABadLineSaysWhatBecameOfTheLinesBeforeIt() throws Exception {
        Path batch = scratch.resolve("bad.jsonl");
        Files.writeString(batch, "{\"op\":\"put\",\"key\":\"before\",\"value\":\"1\"}\nno operation\n");

        CliRun run = client("batch", batch, "--progress", "none");

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err())
                .contains(
                        "error[batch.line]: " + batch + ": line 2 is not an operation",
                        "of 1 operations before it, 1 are committed and 0 failed",
                        "hint: correct that line; `tail -n +2` gives the file from there on");
        assertThat(client("get", "before", "--json").json().path("valueBase64").asString())
                .isEqualTo("MQ==");
    }

    @Test
    void aRequestAboveOneMebibyteIsExecuted() throws Exception {
        Path value = scratch.resolve("large");
        Files.write(value, new byte[1_500_000]);

        assertThat(client("put", "large", "--file", value).exitCode()).isZero();
        assertThat(client("get", "large", "--json").json().path("valueBase64").asString())
                .hasSize(2_000_000);
    }

    @Test
    void aBatchIsExecutedAndALearnerRebuildsItAndGoesOn() throws Exception {
        Path batch = scratch.resolve("batch.jsonl");
        Files.write(
                batch,
                IntStream.range(0, 50)
                        .mapToObj(i -> "{\"op\":\"put\",\"key\":\"batch-%d\",\"value\":\"v%d\"}".formatted(i, i))
                        .toList());
        CliRun run = client("batch", batch, "--json", "--progress", "none");
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.json().path("committed").asLong()).isEqualTo(50);

        Path learned = scratch.resolve("learned");
        await().atMost(PATIENCE).untilAsserted(() -> {
            // Until the last entry is sealed, a learner cannot see it; each run goes on where the last one ended.
            CliRun learn = learn("--out", learned, "--progress", "none", "--json");
            assertThat(learn.exitCode()).as(learn.err()).isZero();
            assertThat(Files.readString(learned.resolve("ledger.jsonl"))).contains("\"batch-49\"");
        });
        List<String> lines = Files.readAllLines(learned.resolve("ledger.jsonl"));
        assertThat(lines.stream().filter(line -> line.contains("\"key\":\"batch-7\"")))
                .hasSize(1);
    }

    @Test
    void whatABatchGetsIsPrintedWithItsLine() throws Exception {
        assertThat(client("put", "asked", "for").exitCode()).isZero();
        Path binary = Files.write(scratch.resolve("binary"), new byte[] {0, 1});
        assertThat(client("put", "binary", "--file", binary).exitCode()).isZero();
        Path batch = scratch.resolve("gets.jsonl");
        Files.write(
                batch,
                List.of(
                        "{\"op\":\"get\",\"key\":\"asked\"}",
                        "{\"op\":\"put\",\"key\":\"other\",\"value\":\"1\"}",
                        "{\"op\":\"get\",\"key\":\"binary\"}",
                        "{\"op\":\"get\",\"key\":\"never put\"}"));

        CliRun text = client("batch", batch, "--progress", "none");
        assertThat(text.exitCode()).as(text.err()).isZero();
        assertThat(text.out().lines().toList())
                .contains("line 1: get asked: for", "line 3: get binary: base64 AAE=", "line 4: get never put: absent")
                .hasSize(4);

        CliRun json = client("batch", batch, "--progress", "none", "--json");
        assertThat(json.out().lines().limit(3))
                .anyMatch(line -> line.startsWith("{\"schema\":\"sherd.batch-get/1\",\"line\":1,\"key\":\"asked\"")
                        && line.contains("\"result\":\"found\",\"value\":\"for\",\"valueBase64\":\"Zm9y\""));
        assertThat(json.json().path("committed").asLong()).isEqualTo(4);
    }

    @Test
    void aSecondLearnerIntoAPlaceIsToldWhoIsThere() throws Exception {
        Path place = scratch.resolve("shared");
        try (CliProcess first =
                CliProcess.start(scratch, "learn", "--genesis", layout.genesisFile(), "--out", place, "--follow")) {
            await().atMost(PATIENCE)
                    .until(() -> Files.exists(place.resolve("position.lock"))
                            && Files.size(place.resolve("position.lock")) > 0);

            CliRun second = learn("--out", place);

            assertThat(second.exitCode()).isEqualTo(7);
            assertThat(second.err())
                    .contains("error[sink.in-use]: ", "process " + first.pid() + " is learning into this place");
        }
    }

    @Test
    void aLearnerLeavesAloneWhatIsNotItsOwnCopy() throws Exception {
        CliRun replica = learn("--out", layout.data(0));
        assertThat(replica.exitCode()).isEqualTo(8);
        assertThat(replica.err())
                .contains("error[sink.occupied]: " + layout.data(0) + " is a replica's data directory");
        assertThat(layout.data(0).resolve("ledger.jsonl")).doesNotExist();

        Path foreign = Files.createDirectories(scratch.resolve("foreign"));
        Files.writeString(foreign.resolve("ledger.jsonl"), "somebody's\n");
        CliRun file = learn("--out", foreign);
        assertThat(file.exitCode()).isEqualTo(8);
        assertThat(file.err())
                .contains("holds something already, and nothing says that it was learned", "hint: name another place");
        assertThat(foreign.resolve("ledger.jsonl")).hasContent("somebody's\n");

        Path garbled = Files.createDirectories(scratch.resolve("garbled"));
        Files.writeString(garbled.resolve("position"), "another program's");
        assertThat(learn("--out", garbled).exitCode()).isEqualTo(8);
        assertThat(garbled.resolve("position")).hasContent("another program's");
    }

    @Test
    void oneReplicaIsStoppedAndStartedByItsName() {
        CliRun down = CliRun.of("cluster", "down", "--dir", layout.root(), "--replica", "r3");
        assertThat(down.exitCode()).as(down.err()).isZero();
        assertThat(down.out().strip()).isEqualTo("r3 stopped");

        assertSlackIsBelow("slack +0 is below 1", "cluster", "status", "--dir", layout.root(), "--fail-below-slack", 1);

        CliRun up = CliRun.of("cluster", "up", "--dir", layout.root(), "--replica", "r3");
        assertThat(up.exitCode()).as(up.err()).isZero();
        assertThat(up.out()).startsWith("r3 ready pid ").hasLineCount(1);
        assertThat(CliRun.of("cluster", "down", "--dir", layout.root(), "--replica", "r4")
                        .exitCode())
                .isEqualTo(2);
    }

    @Test
    void aReplicaThatWasStartedByHandIsLeftRunningAndNamedWithItsProcess() throws Exception {
        stopVictim();
        try (CliProcess node = CliProcess.start(scratch, "node", "run", "--config", layout.configurationFile(VICTIM))) {
            node.awaitOut("ready r3");

            CliRun up = CliRun.of("cluster", "up", "--dir", layout.root(), "--progress", "none");
            assertThat(up.exitCode()).as(up.err()).isZero();
            assertThat(up.out()).contains("r3 was running pid " + node.pid());

            CliRun down = CliRun.of("cluster", "down", "--dir", layout.root());
            assertThat(down.exitCode()).isEqualTo(14);
            assertThat(down.out()).contains("r0 stopped", "r3 left running pid " + node.pid());
            assertThat(down.err()).contains("`kill " + node.pid() + "` stops it");
            assertThat(node.isAlive()).isTrue();
        }
        up();
    }

    @Test
    void aClusterThatIsNotReadyInTimeSaysWhoIsMissingAndGoesOn() throws Exception {
        stopVictim();

        CliRun up = CliRun.of("cluster", "up", "--dir", layout.root(), "--timeout", "100ms");

        assertThat(up.exitCode()).isEqualTo(5);
        assertThat(up.err())
                .containsPattern("error\\[cluster.not-ready\\]: .*r3 (is|are) not ready after 0.1 s")
                .contains("hint: a loaded machine may only need longer; else see " + layout.root());
        up();
    }

    @Test
    void aSlackBelowTheDemandedOneIsSaidAndHasItsExitCode() {
        assertSlackIsBelow("slack +1 is below 2", "status", "--genesis", layout.genesisFile(), "--fail-below-slack", 2);
    }

    /** Of a segment that was sealed a moment ago not everybody has a piece yet. */
    private static void assertSlackIsBelow(String said, Object... command) {
        await().atMost(PATIENCE).untilAsserted(() -> {
            CliRun status = CliRun.of(command);
            assertThat(status.exitCode()).as(status.err()).isEqualTo(10);
            assertThat(status.err()).contains(said);
        });
    }

    @Test
    void aLearnerThatIsInterruptedSaysWhereItGoesOn() throws Exception {
        assertThat(client("put", "sealed", "soon").exitCode()).isZero();
        try (CliProcess learn = CliProcess.start(
                scratch,
                "learn",
                "--genesis",
                layout.genesisFile(),
                "--out",
                scratch.resolve("followed"),
                "--follow")) {
            learn.awaitErr("segment 0 learned");

            learn.interrupt();

            assertThat(learn.awaitEnd()).isEqualTo(130);
            assertThat(learn.err()).contains("interrupted before segment ", "; the same command goes on there");
            assertThat(learn.out()).contains("learned ");
        }
        assertThat(learn("--out", scratch.resolve("followed")).exitCode()).isZero();
    }

    @Test
    void aBatchThatIsInterruptedSaysBehindWhichLine() throws Exception {
        Path batch = scratch.resolve("long.jsonl");
        Files.write(
                batch,
                IntStream.range(0, 400_000)
                        .mapToObj(i -> "{\"op\":\"put\",\"key\":\"long-%d\",\"value\":\"v\"}".formatted(i % 100))
                        .toList());
        try (CliProcess run = CliProcess.start(
                scratch,
                "client",
                "batch",
                batch,
                "--genesis",
                layout.genesisFile(),
                "--key-file",
                layout.clientKey(1),
                "--progress",
                "none")) {
            await().atMost(PATIENCE).until(() -> client("get", "long-50").exitCode() == 0);

            run.interrupt();

            assertThat(run.awaitEnd()).isEqualTo(130);
            assertThat(run.err()).containsPattern("interrupted behind line [0-9]+; to go on, .*tail -n \\+[0-9]+ ");
            assertThat(run.out()).contains(" 0 failed;");
        }
    }

    @Test
    void aBatchThatWaitsForASilentTerminalHearsCtrlC() throws Exception {
        try (CliProcess run = CliProcess.atTerminal(
                scratch,
                "client",
                "batch",
                "-",
                "--genesis",
                layout.genesisFile(),
                "--key-file",
                layout.clientKey(1))) {
            run.type("{\"op\":\"put\",\"key\":\"typed\",\"value\":\"by hand\"}");
            await().atMost(PATIENCE).until(() -> client("get", "typed").exitCode() == 0);

            run.interrupt();

            assertThat(run.awaitEnd()).isEqualTo(130);
            assertThat(run.err()).contains("interrupted behind line 1");
            assertThat(run.out()).contains("1 operations: 1 committed, 0 failed");
        }
    }

    @Test
    void aPortThatIsTakenIsNamedWithItsReplicaAndNothingIsLost() throws Exception {
        stopVictim();
        Genesis genesis = GenesisFile.read(layout.genesisFile());
        String address = genesis.members().member(VICTIM).peerAddress();
        int port = Integer.parseInt(address.substring(address.indexOf(':') + 1));
        try (ServerSocket _ = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            CliRun run = CliRun.of("node", "run", "--config", layout.configurationFile(VICTIM));
            assertThat(run.exitCode()).isEqualTo(7);
            assertThat(run.err()).contains("error[port.in-use]: r3 cannot listen for other replicas on " + address);

            CliRun check = CliRun.of("node", "check", "--config", layout.configurationFile(VICTIM));
            assertThat(check.exitCode()).isEqualTo(7);
            assertThat(check.out()).containsPattern("BAD  replica port +" + address + " cannot be listened on");
        }
        assertThat(CliRun.of("node", "check", "--config", layout.configurationFile(VICTIM))
                        .exitCode())
                .isZero();
        up();
        CliRun running = CliRun.of("node", "check", "--config", layout.configurationFile(VICTIM));
        assertThat(running.exitCode()).isEqualTo(7);
        assertThat(running.out()).containsPattern("BAD  data directory .*is in use by process [0-9]+");
    }

    @Test
    void aReplicaWithAnotherGenesisIsToldSoAndIsNotCounted() throws Exception {
        stopVictim();
        Genesis genesis = GenesisFile.read(layout.genesisFile());
        Genesis other = new Genesis(
                "another",
                genesis.nonce(),
                genesis.quorums(),
                genesis.piecesNeeded(),
                genesis.stateMachine(),
                genesis.limits(),
                genesis.members());
        GenesisFile.write(scratch.resolve("genesis.json"), other);
        StoreOwner owner = new StoreOwner(other.clusterId(), VICTIM);
        DirectoryIdentity identity =
                DirectoryIdentity.unused(owner, other.members().member(VICTIM).directory());
        DataDirectory.create(scratch.resolve("data"), identity, stores -> {
            RocksPieceStore.create(stores.archive(), owner);
            RocksStateStore.create(stores.state(), owner);
            VoteLog.create(stores.votes(), other, VICTIM, identity.directoryId());
        });
        Path keys = layout.configuration(VICTIM);
        Files.writeString(scratch.resolve("sherd.yaml"), """
                replica: 3
                genesis: genesis.json
                data-dir: data
                ledger-key: %s/ledger.key
                tls-key: %s/tls.key
                tls-certificate: %s/tls.crt
                """.formatted(keys, keys, keys));
        try (CliProcess node = CliProcess.start(scratch, "node", "run", "--config", scratch.resolve("sherd.yaml"))) {
            node.awaitErr(
                    "has another genesis: its cluster is " + genesis.clusterId().shortHex());
            node.awaitErr("both must have the same genesis file");
            await().atMost(PATIENCE).untilAsserted(() -> {
                CliRun status = CliRun.of("status", "--genesis", layout.genesisFile());
                assertThat(status.out()).contains("WARN: r3 has another genesis file than this one", "OTHER GENESIS");
            });
        }
        assertThat(Files.readString(layout.log(0))).contains("replica 3 has another genesis");
        up();
        assertThat(CliRun.of("status", "--genesis", layout.genesisFile()).out()).contains("OK");
    }

    @Test
    void aReplicaThatIsKilledAndWipedIsRestoredAndARottenPieceRepaired() throws Exception {
        assertThat(client("put", "kept", "for ever").exitCode()).isZero();
        Path data = layout.data(VICTIM);
        String[] restore = {
            "restore", "--replica", "r3", "--data-dir", data.toString(), "--progress", "none", "--genesis"
        };
        CliRun inUse = CliRun.of(with(restore, layout.genesisFile()));
        assertThat(inUse.exitCode()).as(inUse.err()).isEqualTo(7);
        assertThat(inUse.err()).contains("error[directory.in-use]: " + data + " is in use by process ");
        CliRun alive = CliRun.of(
                "restore", "--replica", "r3", "--data-dir", scratch.resolve("new"), "--genesis", layout.genesisFile());
        assertThat(alive.exitCode()).as(alive.err()).isEqualTo(8);
        assertThat(alive.err())
                .contains("error[restore.refused]: replica 3 is alive", "hint: only a replica that is lost");

        ReplicaProcess.read(layout.process(VICTIM)).orElseThrow().kill();
        Founding.delete(data);
        CliRun plan = CliRun.of(with(restore, layout.genesisFile(), "--dry-run"));
        assertThat(plan.exitCode()).as(plan.out() + plan.err()).isZero();
        assertThat(plan.out())
                .contains("plan for r3", "no votes before the cluster has ordered the REJOIN")
                .doesNotContain("MISSING");
        assertThat(Files.exists(data)).isFalse();

        CliRun restored = CliRun.of(with(restore, layout.genesisFile()));
        assertThat(restored.exitCode()).as(restored.err()).isZero();
        assertThat(verify().exitCode()).isZero();

        try (RocksPieceStore archive = RocksPieceStore.open(
                data.resolve("archive"),
                new StoreOwner(GenesisFile.read(layout.genesisFile()).clusterId(), VICTIM))) {
            Piece right = archive.piece(0, VICTIM).orElseThrow();
            byte[] bytes = right.bytes().toByteArray();
            bytes[0] ^= 1;
            archive.putPiece(new Piece(0, VICTIM, right.siblings(), Bytes.wrap(bytes)));
        }
        CliRun damaged = verify();
        assertThat(damaged.exitCode()).isEqualTo(10);
        assertThat(damaged.out()).contains("BAD  CORRUPT_PIECE segment 0", "hint: sherd repair");
        assertThat(repair("--dry-run").exitCode()).isEqualTo(10);
        CliRun repaired = repair();
        assertThat(repaired.exitCode()).as(repaired.err()).isZero();
        assertThat(repaired.out()).contains("r3: 1 bad pieces, 1 repaired");
        assertThat(verify().exitCode()).isZero();

        flipBitInFirstCommitment(data.resolve("archive"));
        CliRun rotten = verify();
        assertThat(rotten.exitCode()).as(rotten.out() + rotten.err()).isEqualTo(10);
        assertThat(rotten.out()).contains("BAD  UNREADABLE_", "hint: sherd repair");
        CliRun mended = repair();
        assertThat(mended.exitCode()).as(mended.out() + mended.err()).isZero();
        assertThat(mended.out()).contains("the records of its archive were damaged, and are mended");
        assertThat(verify().exitCode()).isZero();

        up();
        assertThat(client("get", "kept", "--json").exitCode()).isZero();
    }

    private static void flipBitInFirstCommitment(Path archive) throws Exception {
        byte[] wanted;
        try (RocksPieceStore store = RocksPieceStore.openReadOnly(archive)) {
            wanted = store.commitment(0).orElseThrow().encoded().toByteArray();
        }
        try (Stream<Path> files = Files.list(archive)) {
            for (Path file :
                    files.filter(each -> each.toString().endsWith(".sst")).toList()) {
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
        throw new AssertionError("no table holds the first commitment");
    }

    private static void up() {
        CliRun up = CliRun.of("cluster", "up", "--dir", layout.root());
        assertThat(up.exitCode()).as(up.err()).isZero();
    }

    private static void stopVictim() throws Exception {
        assertThat(ReplicaProcess.read(layout.process(VICTIM)).orElseThrow().stop(PATIENCE))
                .isTrue();
    }

    private static CliRun client(String command, Object... more) {
        return CliRun.of(with(
                new String[] {
                    "client",
                    command,
                    "--genesis",
                    layout.genesisFile().toString(),
                    "--key-file",
                    layout.clientKey().toString()
                },
                more));
    }

    private static CliRun learn(Object... more) {
        return CliRun.of(
                with(new String[] {"learn", "--genesis", layout.genesisFile().toString()}, more));
    }

    private static CliRun verify() {
        return CliRun.of(
                "verify", "--data-dir", layout.data(VICTIM), "--genesis", layout.genesisFile(), "--progress", "none");
    }

    private static CliRun repair(Object... more) {
        return CliRun.of(with(
                new String[] {
                    "repair",
                    "--progress",
                    "none",
                    "--data-dir",
                    layout.data(VICTIM).toString(),
                    "--genesis",
                    layout.genesisFile().toString()
                },
                more));
    }

    private static Object[] with(String[] words, Object... more) {
        Object[] all = new Object[words.length + more.length];
        System.arraycopy(words, 0, all, 0, words.length);
        System.arraycopy(more, 0, all, words.length, more.length);
        return all;
    }
}
