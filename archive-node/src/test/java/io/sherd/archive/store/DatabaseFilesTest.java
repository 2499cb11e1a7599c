package io.sherd.archive.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sherd.archive.store.DatabaseFiles.DatabaseFile;
import io.sherd.replication.piece.Disperser.Dispersed;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The files of an archive that is open, of which some rot or are deleted meanwhile. */
final class DatabaseFilesTest {

    private static final int SEGMENTS = 8;
    private static final long SEED = 5;

    private final TestLedger ledger = new TestLedger(SEED);
    private final List<Dispersed> all = new ArrayList<>();

    @TempDir
    private Path temporary = Path.of("");

    @BeforeEach
    void fill() throws Exception {
        RocksPieceStore.create(archive(), ledger.owner);
        try (RocksPieceStore store = RocksPieceStore.open(archive(), ledger.owner)) {
            for (int segment = 0; segment < SEGMENTS; segment++) {
                Dispersed dispersed = ArchiveProcess.segment(ledger);
                all.add(dispersed);
                store.putSealed(
                        dispersed.commitment(), Optional.of(dispersed.pieces().getFirst()), Optional.empty());
            }
            store.flushAndCompact();
        }
    }

    @Test
    void everyFileOfAWholeArchiveIsThereAndRight() throws Exception {
        try (RocksPieceStore store = RocksPieceStore.open(archive(), ledger.owner)) {
            store.files().forgetCached();

            List<DatabaseFile> live = store.files().live();

            assertThat(live).anyMatch(DatabaseFile::holdsTable);
            assertThat(live).anyMatch(file -> file.path().toString().endsWith(".blob"));
            assertThat(live)
                    .anyMatch(file -> file.path().getFileName().toString().startsWith("MANIFEST"));
            assertThat(live).allMatch(file -> file.bytes() > 0);
            for (DatabaseFile file : live) {
                store.files().check(file);
            }
        }
    }

    @Test
    void aBitThatRotsInATableIsFoundThoughItsBlockIsInTheCache() throws Exception {
        try (RocksPieceStore store = RocksPieceStore.open(archive(), ledger.owner)) {
            assertThat(store.commitment(3)).contains(all.get(3).commitment());
            BitRot.flipIn(archive(), all.get(3).commitment().encoded());

            assertThat(store.commitment(3)).contains(all.get(3).commitment());
            assertThatThrownBy(() -> checkAll(store)).isInstanceOf(StoreCorruptException.class);
        }
    }

    @Test
    void aFileThatIsDeletedUnderTheArchiveIsMissedThoughTheArchiveStillReadsIt() throws Exception {
        try (RocksPieceStore store = RocksPieceStore.open(archive(), ledger.owner)) {
            assertThat(store.piece(2, 0)).isPresent();
            Path values =
                    BitRot.fileWith(archive(), all.get(2).pieces().getFirst().bytes());
            Files.delete(values);

            assertThat(store.piece(2, 0)).contains(all.get(2).pieces().getFirst());
            assertThatThrownBy(() -> checkAll(store))
                    .isInstanceOf(StoreCorruptException.class)
                    .hasMessageContaining(values.getFileName() + " is gone");
            try (RocksPieceStore disk = RocksPieceStore.openOnDisk(archive())) {
                assertThat(disk.commitment(2)).contains(all.get(2).commitment());
                assertThatThrownBy(() -> disk.piece(2, 0)).isInstanceOf(StoreException.class);
            }
        }
    }

    @Test
    void aDeletedTableIsWrittenAnewFromWhatTheArchiveHasOpen() throws Exception {
        try (RocksPieceStore store = RocksPieceStore.open(archive(), ledger.owner)) {
            assertThat(store.commitment(3)).contains(all.get(3).commitment());
            assertThat(store.piece(3, 0)).isPresent();
            for (DatabaseFile file : store.files().live()) {
                if (file.holdsTable()) {
                    Files.delete(file.path());
                }
            }
            assertThatThrownBy(() -> checkAll(store)).isInstanceOf(StoreCorruptException.class);

            store.flushAndCompact();

            checkAll(store);
            store.dropPiece(1, 0);
        }
        try (RocksPieceStore store = RocksPieceStore.open(archive(), ledger.owner)) {
            assertThat(store.commitments(0, 100)).hasSize(SEGMENTS);
            assertThat(store.piece(3, 0)).contains(all.get(3).pieces().getFirst());
            assertThat(store.piece(1, 0)).isEmpty();
        }
    }

    /** RocksDB deletes what a database that is opened for reading does not know when that is closed. */
    @Test
    void whoeverLooksAtAnArchiveInUseTakesNothingOfItAway() throws Exception {
        try (RocksPieceStore store = RocksPieceStore.open(archive(), ledger.owner)) {
            try (RocksPieceStore looking = RocksPieceStore.openReadOnly(archive());
                    RocksPieceStore onDisk = RocksPieceStore.openOnDisk(archive())) {
                assertThat(looking.commitmentCount()).isEqualTo(SEGMENTS);
                assertThat(onDisk.commitmentCount()).isEqualTo(SEGMENTS);
                store.putPiece(all.get(2).pieces().get(1));
                store.flushAndCompact();
            }

            assertThat(store.files().live()).allMatch(file -> Files.exists(file.path()));
            checkAll(store);
        }
        try (RocksPieceStore store = RocksPieceStore.open(archive(), ledger.owner)) {
            assertThat(store.piece(2, 1)).contains(all.get(2).pieces().get(1));
        }
    }

    private static void checkAll(RocksPieceStore store) throws StoreException {
        for (DatabaseFile file : store.files().live()) {
            store.files().check(file);
        }
    }

    private Path archive() {
        return temporary.resolve("archive");
    }
}
