package io.sherd.archive.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sherd.replication.piece.Disperser.Dispersed;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An archive whose process was killed, or whose files were changed: it refuses or names what is wrong, and makes nothing up. */
final class ArchiveDamageTest {

    private static final int SEGMENTS = 12;

    /** So many that their commitments fill several blocks of a table. */
    private static final int MANY_SEGMENTS = 100;

    private static final int ROTTEN = 50;
    private static final long SEED = 3;

    private final TestLedger ledger = new TestLedger(SEED);

    @TempDir
    private Path temporary = Path.of("");

    @Test
    void nothingThatReturnedIsLostByAKill() throws Exception {
        List<Dispersed> all = new ArrayList<>();
        try (RocksPieceStore store = filled(all)) {
            Path image = copyOf(archive());
            assertThat(store.commitmentCount()).isEqualTo(SEGMENTS);

            try (RocksPieceStore after = RocksPieceStore.open(image, ledger.owner)) {
                assertThat(after.commitmentCount()).isEqualTo(SEGMENTS);
                for (int i = 0; i < SEGMENTS; i++) {
                    assertThat(after.piece(i, 0)).contains(all.get(i).pieces().getFirst());
                    assertThat(after.undropped(i)).contains(all.get(i).compressed());
                }
            }
        }
    }

    @Test
    void flippedBitSpoilsExactlyOnePieceAndAPutRepairsIt() throws Exception {
        List<Dispersed> all = new ArrayList<>();
        try (RocksPieceStore store = filled(all)) {
            store.flushAndCompact();
        }
        flipBitAt(all.get(5).pieces().getFirst().bytes().readOnlyArray());

        try (RocksPieceStore store = RocksPieceStore.open(archive(), ledger.owner)) {
            for (int i = 0; i < SEGMENTS; i++) {
                int segment = i;
                if (segment == 5) {
                    assertThatThrownBy(() -> store.piece(segment, 0))
                            .isInstanceOf(StoreCorruptException.class)
                            .hasMessageContaining("archive")
                            .hasMessageContaining("00000000000000050000 of pieces");
                } else {
                    assertThat(store.piece(segment, 0))
                            .contains(all.get(segment).pieces().getFirst());
                }
            }
            store.flushAndCompact();
            store.putPiece(all.get(5).pieces().getFirst());
            store.flushAndCompact();
            assertThat(store.piece(5, 0)).contains(all.get(5).pieces().getFirst());
        }
    }

    @Test
    void rottenHintDoesNotStopCompactionOfTheOthers() throws Exception {
        List<Dispersed> all = new ArrayList<>();
        try (RocksPieceStore store = filled(all)) {
            for (Dispersed dispersed : all) {
                store.putPiece(dispersed.pieces().get(1));
            }
            store.flushAndCompact();
        }
        flipBitAt(all.get(3).pieces().get(1).bytes().readOnlyArray());

        try (RocksPieceStore store = RocksPieceStore.open(archive(), ledger.owner)) {
            for (int i = 4; i < SEGMENTS - 1; i++) {
                store.dropPiece(i, 1);
            }
            store.flushAndCompact();

            assertThatThrownBy(() -> store.piece(3, 1)).isInstanceOf(StoreCorruptException.class);
            assertThat(store.piece(2, 1)).contains(all.get(2).pieces().get(1));
            assertThat(store.piece(SEGMENTS - 1, 1))
                    .contains(all.get(SEGMENTS - 1).pieces().get(1));
            store.putPiece(all.get(3).pieces().get(1));
            assertThat(store.piece(3, 1)).contains(all.get(3).pieces().get(1));
        }
    }

    @Test
    void rottenTableThatCompactionMeetsDoesNotStopSealing() throws Exception {
        ArchiveProcess.fill(archive(), SEED, MANY_SEGMENTS);
        List<Dispersed> all = new ArrayList<>();
        for (int i = 0; i < MANY_SEGMENTS; i++) {
            all.add(ArchiveProcess.segment(ledger));
        }
        flipBitAt(all.get(ROTTEN).commitment().encoded().readOnlyArray());

        try (RocksPieceStore store = RocksPieceStore.open(archive(), ledger.owner)) {
            sealNext(store);
            assertThat(store.isDamaged()).isFalse();
            store.flushAndCompact();
            assertThat(store.isDamaged()).isTrue();
            sealNext(store);
            assertThatThrownBy(() -> store.commitment(ROTTEN)).isInstanceOf(StoreCorruptException.class);
        }
        try (RocksPieceStore store = RocksPieceStore.open(archive(), ledger.owner)) {
            assertThat(store.commitmentCount()).isEqualTo(MANY_SEGMENTS + 2);
        }
    }

    @Test
    void shortenedValueFileSpoilsOnlyWhatWasCutOff() throws Exception {
        List<Dispersed> all = new ArrayList<>();
        try (RocksPieceStore store = filled(all)) {
            store.flushAndCompact();
        }
        Path file = fileWith(all.getLast().pieces().getFirst().bytes().readOnlyArray());
        byte[] content = Files.readAllBytes(file);
        Files.write(file, java.util.Arrays.copyOf(content, content.length - 100));

        try (RocksPieceStore store = RocksPieceStore.open(archive(), ledger.owner)) {
            assertThatThrownBy(() -> store.piece(SEGMENTS - 1, 0)).isInstanceOf(StoreException.class);
            assertThat(store.commitmentCount()).isEqualTo(SEGMENTS);
        } catch (StoreException e) {
            assertThat(e).hasMessageContaining("archive");
        }
    }

    @Test
    void tornTailOfTheLogThatWasNotAnsweredIsLeftOut() throws Exception {
        Path image;
        try (RocksPieceStore store = filled(new ArrayList<>())) {
            long before = logSize(archive());
            store.putReceipt(ledger.receipt(2, 0, 3));
            image = copyOf(archive());
            assertThat(logSize(image)).isGreaterThan(before);
        }
        truncateLog(image, 3);

        try (RocksPieceStore after = RocksPieceStore.open(image, ledger.owner)) {
            assertThat(after.commitmentCount()).isEqualTo(SEGMENTS);
            assertThat(after.replicasWithoutReceipt(0, 4)).contains(2);
        }
    }

    @Test
    void lostSealIsNoticed() throws Exception {
        Path image;
        try (RocksPieceStore store = filled(new ArrayList<>())) {
            assertThat(store.commitmentCount()).isEqualTo(SEGMENTS);
            image = copyOf(archive());
        }
        truncateLog(image, 3);

        assertThatThrownBy(() -> RocksPieceStore.open(image, ledger.owner))
                .isInstanceOf(StoreCorruptException.class)
                .hasMessageContaining("holds 11 commitments, 12 were durable");
    }

    @Test
    void flippedBitInTheMiddleOfTheLogRefuses() throws Exception {
        Path image;
        try (RocksPieceStore store = filled(new ArrayList<>())) {
            assertThat(store.commitmentCount()).isEqualTo(SEGMENTS);
            image = copyOf(archive());
        }
        Path log = log(image);
        flipBit(log, Files.size(log) / 2);

        assertThatThrownBy(() -> RocksPieceStore.open(image, ledger.owner)).isInstanceOf(StoreCorruptException.class);
    }

    @Test
    void deletedLogIsNoticedByTheHighWaterMark() throws Exception {
        Path image;
        try (RocksPieceStore store = filled(new ArrayList<>())) {
            assertThat(store.commitmentCount()).isEqualTo(SEGMENTS);
            image = copyOf(archive());
        }
        Files.delete(log(image));

        assertThatThrownBy(() -> RocksPieceStore.open(image, ledger.owner)).isInstanceOf(StoreException.class);
        assertThatThrownBy(() -> RocksPieceStore.open(image, ledger.owner))
                .as("and it stays refused")
                .isInstanceOf(StoreException.class);
    }

    @Test
    void missingCurrentOrManifestIsRefusedAndNothingIsCreated() throws Exception {
        filled(new ArrayList<>()).close();
        for (String prefix : List.of("CURRENT", "MANIFEST")) {
            Path image = copyOf(archive());
            for (Path file : filesStartingWith(image, prefix)) {
                Files.delete(file);
            }
            List<String> before = names(image);

            for (int attempt = 0; attempt < 3; attempt++) {
                assertThatThrownBy(() -> RocksPieceStore.open(image, ledger.owner))
                        .isInstanceOf(StoreCorruptException.class)
                        .hasMessageContaining(prefix);
            }

            assertThat(names(image)).isEqualTo(before);
        }
    }

    @Test
    void missingHighWaterMarkIsRefused() throws Exception {
        filled(new ArrayList<>()).close();
        Files.delete(archive().resolve("high-water"));

        assertThatThrownBy(() -> RocksPieceStore.open(archive(), ledger.owner))
                .isInstanceOf(StoreCorruptException.class)
                .hasMessageContaining("high-water is missing");
    }

    @Test
    void absentDirectoryIsNotCreated() {
        assertThatThrownBy(() -> RocksPieceStore.open(archive(), ledger.owner))
                .isInstanceOf(DirectoryAbsentException.class);
        assertThatThrownBy(() -> RocksPieceStore.openReadOnly(archive())).isInstanceOf(DirectoryAbsentException.class);
        assertThat(archive()).doesNotExist();
    }

    @Test
    void secondOpenIsRefused() throws Exception {
        try (RocksPieceStore store = filled(new ArrayList<>())) {
            assertThatThrownBy(() -> RocksPieceStore.open(archive(), ledger.owner))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("lock");
            assertThat(store.commitmentCount()).isEqualTo(SEGMENTS);
        }
    }

    @Test
    void anotherOwnersArchiveIsRefused() throws Exception {
        filled(new ArrayList<>()).close();
        StoreOwner another = new StoreOwner(ledger.owner.clusterId(), 1);

        assertThatThrownBy(() -> RocksPieceStore.open(archive(), another))
                .isInstanceOf(UnsafeDirectoryException.class)
                .hasMessageContaining("replica 0")
                .hasMessageContaining("not of replica 1");
    }

    @Test
    void anotherFormatIsRefused() throws Exception {
        RocksDatabase.Schema future = new RocksDatabase.Schema(
                "archive",
                2,
                List.of(
                        new RocksDatabase.Family("records", false),
                        new RocksDatabase.Family("pieces", true),
                        new RocksDatabase.Family("hints", true),
                        new RocksDatabase.Family("undropped", true)),
                RocksDatabase.OnRot.STOP_WRITING);
        RocksDatabase.create(
                archive(),
                future,
                ledger.owner,
                new RocksDatabase.Writes(),
                aside -> DurableCounter.create(aside.resolve("high-water")));

        assertThatThrownBy(() -> RocksPieceStore.open(archive(), ledger.owner))
                .isInstanceOf(UnsupportedFormatException.class)
                .hasMessageContaining("holds format archive/2, this program reads archive/1");
    }

    @Test
    void creatingOverAnArchiveIsRefused() throws Exception {
        filled(new ArrayList<>()).close();

        assertThatThrownBy(() -> RocksPieceStore.create(archive(), ledger.owner))
                .isInstanceOf(UnsafeDirectoryException.class);
        try (RocksPieceStore store = RocksPieceStore.open(archive(), ledger.owner)) {
            assertThat(store.commitmentCount()).isEqualTo(SEGMENTS);
        }
    }

    @Test
    void creationThatWasInterruptedIsBegunAnew() throws Exception {
        Files.createDirectories(temporary.resolve("archive.new"));
        Files.writeString(temporary.resolve("archive.new").resolve("CURRENT"), "half");

        RocksPieceStore.create(archive(), ledger.owner);

        try (RocksPieceStore store = RocksPieceStore.open(archive(), ledger.owner)) {
            assertThat(store.commitmentCount()).isZero();
        }
        assertThat(temporary.resolve("archive.new")).doesNotExist();
    }

    @Test
    void readingOnlyWritesNothingAndSeesWhatTheLogHolds() throws Exception {
        List<Dispersed> all = new ArrayList<>();
        try (RocksPieceStore store = filled(all)) {
            assertThat(store.commitmentCount()).isEqualTo(SEGMENTS);
            Path image = copyOf(archive());
            List<String> before = contents(image);

            try (RocksPieceStore reader = RocksPieceStore.openReadOnly(image)) {
                assertThat(reader.owner()).isEqualTo(ledger.owner);
                assertThat(reader.commitmentCount()).isEqualTo(SEGMENTS);
                assertThat(reader.promisedCommitmentCount()).isEqualTo(SEGMENTS);
                assertThat(reader.piece(3, 0)).contains(all.get(3).pieces().getFirst());
                assertThatThrownBy(() -> reader.putPiece(all.get(3).pieces().getFirst()))
                        .isInstanceOf(IllegalStateException.class);
            }

            assertThat(contents(image)).isEqualTo(before);
        }
    }

    @Test
    void useAfterCloseIsRefusedInsteadOfCrashing() throws Exception {
        RocksPieceStore store = filled(new ArrayList<>());
        store.close();
        store.close();

        assertThatThrownBy(() -> store.piece(0, 0))
                .isInstanceOf(StoreException.class)
                .hasMessage("archive is closed");
    }

    private RocksPieceStore filled(List<Dispersed> all) throws StoreException {
        RocksPieceStore.create(archive(), ledger.owner);
        RocksPieceStore store = RocksPieceStore.open(archive(), ledger.owner);
        for (int i = 0; i < SEGMENTS; i++) {
            Dispersed dispersed = ledger.next(20_000);
            store.putSealed(
                    dispersed.commitment(),
                    Optional.of(dispersed.pieces().getFirst()),
                    Optional.of(dispersed.compressed()));
            all.add(dispersed);
        }
        return store;
    }

    private void sealNext(RocksPieceStore store) throws StoreException {
        Dispersed dispersed = ArchiveProcess.segment(ledger);
        store.putSealed(dispersed.commitment(), Optional.of(dispersed.pieces().getFirst()), Optional.empty());
    }

    private Path archive() {
        return temporary.resolve("archive");
    }

    /** A crash image: the files as they are while their process runs. */
    private Path copyOf(Path directory) throws IOException {
        Path copy = Files.createTempDirectory(temporary, "image");
        for (Path file : filesStartingWith(directory, "")) {
            Files.copy(file, copy.resolve(file.getFileName()));
        }
        return copy;
    }

    private static long logSize(Path directory) throws IOException {
        return Files.size(log(directory));
    }

    private static Path log(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            List<Path> logs =
                    files.filter(file -> file.toString().endsWith(".log")).toList();
            assertThat(logs).hasSize(1);
            return logs.getFirst();
        }
    }

    private static void truncateLog(Path directory, int bytes) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(log(directory).toFile(), "rw")) {
            file.setLength(file.length() - bytes);
        }
    }

    private void flipBitAt(byte[] value) throws IOException {
        Path file = fileWith(value);
        flipBit(file, indexOf(Files.readAllBytes(file), value) + value.length / 2);
    }

    private Path fileWith(byte[] value) throws IOException {
        for (Path file : filesStartingWith(archive(), "")) {
            if (indexOf(Files.readAllBytes(file), value) >= 0) {
                return file;
            }
        }
        throw new AssertionError("no file holds the value");
    }

    private static void flipBit(Path file, long position) throws IOException {
        try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
            bytes.seek(position);
            int before = bytes.read();
            bytes.seek(position);
            bytes.write(before ^ 1);
        }
    }

    private static int indexOf(byte[] content, byte[] value) {
        for (int i = 0; i + value.length <= content.length; i++) {
            if (java.util.Arrays.mismatch(content, i, i + value.length, value, 0, value.length) < 0) {
                return i;
            }
        }
        return -1;
    }

    private static List<Path> filesStartingWith(Path directory, String prefix) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.getFileName().toString().startsWith(prefix))
                    .sorted()
                    .toList();
        }
    }

    private static List<String> names(Path directory) throws IOException {
        return filesStartingWith(directory, "").stream()
                .map(file -> file.getFileName().toString())
                .toList();
    }

    private static List<String> contents(Path directory) throws IOException {
        List<String> contents = new ArrayList<>();
        for (Path file : filesStartingWith(directory, "")) {
            contents.add(file.getFileName() + " " + java.util.Arrays.hashCode(Files.readAllBytes(file)) + " "
                    + Files.getLastModifiedTime(file));
        }
        return contents;
    }
}
