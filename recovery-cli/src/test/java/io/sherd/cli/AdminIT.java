package io.sherd.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sherd.cli.cluster.ClusterLayout;
import io.sherd.cli.cluster.Founding;
import io.sherd.cli.cluster.LocalAddresses;
import io.sherd.cli.cluster.ReplicaProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code sherd admin} against one cluster of four replica processes. Every test leaves all four running. */
class AdminIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    private static Path temporary;

    private static ClusterLayout layout;

    @TempDir
    private Path scratch;

    @BeforeAll
    static void start() {
        layout = new ClusterLayout(temporary.resolve("cluster"));
        LocalAddresses addresses = LocalAddresses.findFree(4, 21_300).orElseThrow();
        CliRun init = CliRun.of("init", "--out", layout.root(), "--base-port", addresses.basePort());
        assertThat(init.exitCode()).as(init.err()).isZero();
        up();
    }

    @AfterAll
    static void stop() {
        assertThat(CliRun.of("cluster", "down", "--dir", layout.root()).exitCode())
                .isZero();
    }

    @Test
    void aClientWritesFromWhenItIsAddedUntilItIsRevoked() throws Exception {
        Path key = scratch.resolve("new-client.key");
        String added = newKey("ledger", key);
        CliRun early = put(key, "early");
        assertThat(early.exitCode()).isEqualTo(4);
        assertThat(early.err()).contains("error[key.unlisted]");

        CliRun planned = admin("add-client", added, "--dry-run");
        assertThat(planned.exitCode()).as(planned.err()).isZero();
        assertThat(planned.out()).contains("client " + added + " may write", "nothing was changed");
        assertThat(put(key, "early").exitCode()).isEqualTo(4);

        CliRun done = admin("add-client", added);
        assertThat(done.exitCode()).as(done.err()).isZero();
        assertThat(done.out()).contains("client " + added + " may write", "in force: epoch ");
        CliRun written = put(key, "while-listed");
        assertThat(written.exitCode()).as(written.err()).isZero();
        CliRun again = admin("add-client", added);
        assertThat(again.exitCode()).isEqualTo(8);
        assertThat(again.err()).contains("error[admin.refused]", "is a client's already");

        CliRun revoked = admin("revoke-client", added, "--json");
        assertThat(revoked.exitCode()).as(revoked.err()).isZero();
        assertThat(revoked.json().path("schema").asString()).isEqualTo("sherd.admin/1");
        assertThat(revoked.json().path("signers").size()).isGreaterThanOrEqualTo(3);
        CliRun late = put(key, "late");
        assertThat(late.exitCode()).isEqualTo(4);
    }

    @Test
    void onlyAListedAdminChangesAnythingAndOnlyWhatIsThere() throws Exception {
        String key = newKey("ledger", scratch.resolve("some.key"));
        CliRun stranger = CliRun.of(
                "admin", "add-client", key, "--genesis", layout.genesisFile(), "--key-file", layout.clientKey());
        assertThat(stranger.exitCode()).isEqualTo(4);
        assertThat(stranger.err()).contains("error[admin.unlisted]", "nothing was changed");

        assertThat(admin("replace-key", "r4", "--new-key", key).exitCode()).isEqualTo(2);
        assertThat(admin("replace-key", "r3", "--new-key", "abc").err()).contains("error[admin.key-form]");
        assertThat(admin("revoke-client", key).err()).contains("error[admin.refused]", "is no client's");
        assertThat(admin("change-address", "r3", "--peer", "nowhere").err()).contains("error[admin.address]");
    }

    @Test
    void aReplacedKeyIsTakenByItsReplicaAndByARestoreOfIt() throws Exception {
        CliRun before = put(layout.clientKey(), "before-the-change");
        assertThat(before.exitCode()).as(before.err()).isZero();

        replaceKeyOf(3);
        CliRun without = put(layout.clientKey(), "without-r3");
        assertThat(without.exitCode()).as(without.err()).isZero();
        up();
        awaitNormal();

        // The next one loses its disk with its key.
        replaceKeyOf(1);
        Founding.delete(layout.data(1));
        CliRun restored = CliRun.of(
                "restore",
                "--replica",
                "r1",
                "--data-dir",
                layout.data(1),
                "--genesis",
                layout.genesisFile(),
                "--progress",
                "none");
        assertThat(restored.exitCode()).as(restored.err()).isZero();
        up();
        awaitNormal();
        assertThat(put(layout.clientKey(), "afterwards").exitCode()).isZero();

        Path learned = scratch.resolve("learned");
        CliRun learn = CliRun.of("learn", "--genesis", layout.genesisFile(), "--out", learned, "--progress", "none");
        assertThat(learn.exitCode()).as(learn.err()).isZero();
        assertThat(Files.readString(learned.resolve("ledger.jsonl")))
                .contains("before-the-change", "without-r3", "replace-key");
        Path proof = scratch.resolve("afterwards.proof");
        CliRun got =
                CliRun.of("proof", "get", "--key", "without-r3", "--out", proof, "--genesis", layout.genesisFile());
        assertThat(got.exitCode()).as(got.err()).isZero();
        CliRun checked = CliRun.of("proof", "verify", proof, "--genesis", layout.genesisFile());
        assertThat(checked.exitCode()).as(checked.err()).isZero();
    }

    /** Replaces a replica's keys, waits until its process has ended, and lays the new keys where it reads them. */
    private void replaceKeyOf(int replica) throws Exception {
        ReplicaProcess process = ReplicaProcess.read(layout.process(replica)).orElseThrow();
        Path fresh = Files.createDirectory(scratch.resolve("new-r" + replica));
        CliRun done = admin(
                "replace-key",
                "r" + replica,
                "--new-key",
                newKey("ledger", fresh.resolve("ledger.key")),
                "--new-pin",
                newKey("tls", fresh.resolve("tls.key")));
        assertThat(done.exitCode()).as(done.err()).isZero();
        await().atMost(PATIENCE).until(() -> process.running().isEmpty());
        assertThat(Files.readString(layout.log(replica))).contains("error[node.key-replaced]");
        for (String name : List.of("ledger.key", "tls.key", "tls.crt")) {
            Files.move(
                    fresh.resolve(name),
                    layout.configuration(replica).resolve(name),
                    StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static String newKey(String type, Path file) {
        CliRun made = CliRun.of("key", "gen", "--type", type, "--out", file);
        assertThat(made.exitCode()).as(made.err()).isZero();
        return CliRun.of("key", "fingerprint", "--type", type, file).out().strip();
    }

    private static void awaitNormal() {
        await().atMost(PATIENCE).untilAsserted(() -> {
            CliRun status = CliRun.of("status", "--genesis", layout.genesisFile(), "--json");
            assertThat(status.json().path("replicas").size()).isEqualTo(4);
            status.json()
                    .path("replicas")
                    .forEach(replica ->
                            assertThat(replica.path("mode").asString()).isEqualTo("normal"));
        });
    }

    private static void up() {
        CliRun up = CliRun.of("cluster", "up", "--dir", layout.root());
        assertThat(up.exitCode()).as(up.err()).isZero();
    }

    private static CliRun put(Path key, String name) {
        return CliRun.of(
                "client",
                "put",
                name,
                "value",
                "--genesis",
                layout.genesisFile(),
                "--key-file",
                key,
                "--timeout",
                "60s");
    }

    private static CliRun admin(Object... words) {
        List<Object> all = new ArrayList<>(List.of("admin"));
        all.addAll(List.of(words));
        all.addAll(List.of("--genesis", layout.genesisFile(), "--key-file", layout.adminKey()));
        return CliRun.of(all.toArray());
    }
}
