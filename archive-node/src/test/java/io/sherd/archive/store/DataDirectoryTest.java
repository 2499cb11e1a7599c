package io.sherd.archive.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sherd.archive.store.DirectoryIdentity.Standing;
import io.sherd.replication.ledger.DirectoryId;
import io.sherd.replication.wire.StoredRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DataDirectoryTest {

    private final TestLedger ledger = new TestLedger(5);
    private final DirectoryIdentity unused = DirectoryIdentity.unused(ledger.owner, ledger.directoryId());

    @TempDir
    private Path temporary = Path.of("");

    @Test
    void isMadeWholeAndOpensWithItsStores() throws Exception {
        create();

        try (DataDirectory directory = DataDirectory.open(root(), ledger.owner);
                RocksPieceStore archive =
                        RocksPieceStore.open(directory.layout().archive(), ledger.owner)) {
            assertThat(directory.identity()).isEqualTo(unused);
            assertThat(archive.commitmentCount()).isZero();
        }
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(root())))
                .isEqualTo("rwx------");
        assertThat(DurableFiles.aside(root())).doesNotExist();
    }

    @Test
    void identityIsReplacedDurably() throws Exception {
        create();
        DirectoryId fresh = ledger.directoryId();
        try (DataDirectory directory = DataDirectory.open(root(), ledger.owner)) {
            directory.replaceIdentity(directory.identity().member());
            assertThat(DataDirectory.readIdentity(root()).standing()).isEqualTo(new Standing.Member());
            directory.replaceIdentity(directory.identity().rejoining(fresh, 3));
        }

        DirectoryIdentity found = DataDirectory.readIdentity(root());

        assertThat(found).isEqualTo(new DirectoryIdentity(ledger.owner, fresh, new Standing.Rejoining(3)));
        assertThat(found.member().directoryId()).isEqualTo(fresh);
    }

    @Test
    void absentDirectoryIsSaidToBeAbsent() {
        assertThatThrownBy(() -> DataDirectory.open(root(), ledger.owner))
                .isInstanceOf(DirectoryAbsentException.class)
                .hasMessage("there is no directory " + root());
        assertThat(root()).doesNotExist();
    }

    @Test
    void aPartThatADataDirectoryHasLostIsDamageAndElsewhereItIsAbsent() throws Exception {
        create();
        DataDirectory.Layout layout = new DataDirectory.Layout(root());
        DurableFiles.deleteTree(layout.archive());

        assertThatThrownBy(() -> RocksPieceStore.open(layout.archive(), ledger.owner))
                .isInstanceOf(StoreCorruptException.class)
                .hasMessage("archive: data directory %s has lost its directory archive".formatted(root()));
        assertThatThrownBy(() -> RocksPieceStore.openReadOnly(layout.archive()))
                .isInstanceOf(StoreCorruptException.class);
        assertThatThrownBy(() -> RocksPieceStore.open(temporary.resolve("archive"), ledger.owner))
                .isInstanceOf(DirectoryAbsentException.class);
        assertThat(layout.archive()).doesNotExist();
    }

    @Test
    void directoryOfSomethingElseIsNotADataDirectory() throws Exception {
        Files.createDirectories(root());
        Files.writeString(root().resolve("letter.txt"), "dear");

        assertThatThrownBy(() -> DataDirectory.open(root(), ledger.owner))
                .isInstanceOf(DirectoryAbsentException.class)
                .hasMessageContaining("it has no file identity");
        assertThatThrownBy(this::create)
                .isInstanceOf(UnsafeDirectoryException.class)
                .hasMessageContaining("not empty");
        assertThat(root().resolve("lock")).doesNotExist();
        assertThat(root().resolve("letter.txt")).hasContent("dear");
    }

    @Test
    void directoryThatLostItsIdentityIsNotTakenForSomethingElse() throws Exception {
        create();
        Files.delete(root().resolve("identity"));
        Files.createDirectories(root().resolve("votes"));

        assertThatThrownBy(() -> DataDirectory.open(root(), ledger.owner))
                .isInstanceOf(IdentityMissingException.class)
                .hasMessageContaining("its file identity is gone");
    }

    @Test
    void fileInThePlaceOfADirectoryIsLeftAlone() throws Exception {
        Files.writeString(root(), "dear");

        assertThatThrownBy(this::create).isInstanceOf(UnsafeDirectoryException.class);
        assertThat(root()).hasContent("dear");
    }

    @Test
    void anotherReplicasOrClustersDirectoryIsRefused() throws Exception {
        create();
        StoreOwner replica = new StoreOwner(ledger.owner.clusterId(), 2);
        StoreOwner cluster = new TestLedger(6).owner;

        assertThatThrownBy(() -> DataDirectory.open(root(), replica))
                .isInstanceOf(UnsafeDirectoryException.class)
                .hasMessageContaining("of replica 0")
                .hasMessageContaining("not of replica 2");
        assertThatThrownBy(() -> DataDirectory.open(root(), cluster)).isInstanceOf(UnsafeDirectoryException.class);
        assertThat(root().resolve("lock")).doesNotExist();
    }

    @Test
    void secondOpenNamesTheProcessThatHasIt() throws Exception {
        create();
        assertThat(DataDirectory.holder(root())).isEmpty();
        try (DataDirectory held = DataDirectory.open(root(), ledger.owner)) {
            assertThatThrownBy(() -> DataDirectory.open(root(), ledger.owner))
                    .isInstanceOfSatisfying(
                            DirectoryInUseException.class,
                            e -> assertThat(e.pid())
                                    .isEqualTo(OptionalLong.of(
                                            ProcessHandle.current().pid())))
                    .hasMessageContaining(
                            "is in use by process " + ProcessHandle.current().pid());
            assertThat(DataDirectory.holder(root()))
                    .isEqualTo(OptionalLong.of(ProcessHandle.current().pid()));
            assertThat(held.identity()).isEqualTo(unused);
        }
        assertThat(DataDirectory.holder(root())).isEmpty();
        DataDirectory.open(root(), ledger.owner).close();
    }

    @Test
    void rottenIdentityIsCorruptAndAFutureOneIsUnsupported() throws Exception {
        create();
        Path file = root().resolve("identity");
        byte[] good = Files.readAllBytes(file);
        for (int i = 0; i < good.length; i++) {
            byte[] bad = good.clone();
            bad[i] ^= 0x10;
            Files.write(file, bad);
            assertThatThrownBy(() -> DataDirectory.open(root(), ledger.owner))
                    .as("byte %d", i)
                    .isInstanceOf(StoreCorruptException.class)
                    .hasMessageContaining("identity");
        }

        Files.write(file, StoredRecord.encode(StoredRecord.Kind.IDENTITY, 2, new byte[100]));

        assertThatThrownBy(() -> DataDirectory.open(root(), ledger.owner))
                .isInstanceOf(UnsupportedFormatException.class)
                .hasMessageContaining("format version 2, this program reads 1");
    }

    @Test
    void creationThatFailsLeavesNothingUnderTheName() {
        assertThatThrownBy(() -> DataDirectory.create(root(), unused, layout -> {
                    throw new StoreException("no room");
                }))
                .hasMessage("no room");
        assertThat(root()).doesNotExist();
    }

    @Test
    void fileIsReplacedWholly() throws Exception {
        create();
        try (DataDirectory directory = DataDirectory.open(root(), ledger.owner)) {
            directory.replace("note", new byte[] {1, 2, 3});
            directory.replace("note", new byte[] {4});
            assertThat(root().resolve("note")).hasBinaryContent(new byte[] {4});
            assertThat(DurableFiles.aside(root().resolve("note"))).doesNotExist();
        }
    }

    @Test
    void allocatedBytesAreWhatTheFileSystemSays() throws Exception {
        create();
        try (RocksPieceStore archive = RocksPieceStore.open(new DataDirectory.Layout(root()).archive(), ledger.owner)) {
            for (int i = 0; i < 5; i++) {
                var dispersed = ledger.next(100_000 + i);
                archive.putSealed(
                        dispersed.commitment(),
                        java.util.Optional.of(dispersed.pieces().getFirst()),
                        java.util.Optional.empty());
            }
            archive.flushAndCompact();

            assertThat(DurableFiles.allocatedBytes(root())).isEqualTo(allocatedByStat(root()));
        }
        assertThat(DurableFiles.allocatedBytes(temporary.resolve("nowhere"))).isZero();
    }

    private static long allocatedByStat(Path root) throws IOException, InterruptedException {
        List<String> command = new java.util.ArrayList<>(List.of("stat", "-c", "%b %B"));
        try (var files = Files.walk(root)) {
            files.filter(Files::isRegularFile).map(Path::toString).forEach(command::add);
        }
        Process stat = new ProcessBuilder(command).start();
        String output = new String(stat.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.US_ASCII);
        assertThat(stat.waitFor(10, TimeUnit.SECONDS)).isTrue();
        return output.lines()
                .map(line -> line.split(" ", -1))
                .mapToLong(part -> Long.parseLong(part[0]) * Long.parseLong(part[1]))
                .sum();
    }

    private void create() throws StoreException {
        DataDirectory.create(root(), unused, layout -> RocksPieceStore.create(layout.archive(), ledger.owner));
    }

    private Path root() {
        return temporary.resolve("r0");
    }
}
