package io.sherd.archive.scrub;

import static org.assertj.core.api.Assertions.assertThat;

import io.sherd.archive.crypto.Ed25519Verifier;
import io.sherd.archive.crypto.RandomIds;
import io.sherd.archive.edge.Edges;
import io.sherd.archive.edge.MadeLedger;
import io.sherd.archive.learner.ConnectedSources;
import io.sherd.archive.scrub.ScrubDriver.End;
import io.sherd.archive.scrub.ScrubFinding.Kind;
import io.sherd.archive.scrub.ScrubSettings.Repairs;
import io.sherd.archive.state.RocksStateStore;
import io.sherd.archive.store.BitRot;
import io.sherd.archive.store.DataDirectory;
import io.sherd.archive.store.DatabaseFiles.DatabaseFile;
import io.sherd.archive.store.DirectoryIdentity;
import io.sherd.archive.store.MemoryPieceStore;
import io.sherd.archive.store.RocksPieceStore;
import io.sherd.archive.store.StoreException;
import io.sherd.archive.store.StoreOwner;
import io.sherd.replication.piece.Piece;
import io.sherd.replication.wire.Bytes;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A directory on a real disk that rots while it is open, scrubbed in a time of the test's own; the others are real edges on loopback. */
final class ScrubTest {

    private static final int REPLICA = 1;
    private static final int HINTED = 3;
    private static final int SEGMENTS = 6;
    private static final Duration PERIOD = Duration.ofDays(7);
    private static final long RATE = 100_000;

    private final MadeLedger ledger;
    private final Edges edges;
    private final StoreOwner owner;
    private final ScriptedTime time = new ScriptedTime();

    @TempDir
    private Path temporary = Path.of("");

    private RocksPieceStore pieces;
    private RocksStateStore state;

    ScrubTest() {
        ledger = MadeLedger.ofFour(MadeLedger.seed())
                .addSegments(3, 30_000)
                .rejoin(2)
                .addSegments(SEGMENTS - 4, 30_000);
        edges = new Edges(ledger);
        owner = new StoreOwner(ledger.genesis().clusterId(), REPLICA);
    }

    @BeforeEach
    void fill() throws Exception {
        DataDirectory.create(layout().root(), DirectoryIdentity.unused(owner, RandomIds.directoryId()), layout -> {
            RocksPieceStore.create(layout.archive(), owner);
            RocksStateStore.create(layout.state(), owner);
        });
        open();
        ledger.fill(pieces, REPLICA);
        for (int segment = 2; segment < SEGMENTS; segment++) {
            pieces.putPiece(piece(segment, HINTED));
        }
        pieces.putUndropped(4, ledger.dispersed().get(4).compressed());
        pieces.putReceipt(ledger.receipt(2, 1, 0, SEGMENTS));
        pieces.flushAndCompact();
        reopen();
        for (int replica : List.of(0, 2, 3)) {
            MemoryPieceStore store = new MemoryPieceStore(replica);
            ledger.fill(store, replica);
            edges.start(replica, store, Edges.NO_STATE);
        }
    }

    @AfterEach
    void close() throws Exception {
        edges.close();
        pieces.close();
        state.close();
    }

    @Test
    void aPassOverWhatIsRightFindsNothingAndReadsEverything() throws Exception {
        ScrubStatus status = scrubbed(Repairs.AUTO);

        assertThat(status.recent()).isEmpty();
        ScrubRecord.CompletedPass pass = status.last().orElseThrow();
        assertThat(pass.found()).isZero();
        long stored = 0;
        for (DatabaseFile file : pieces.files().live()) {
            stored += file.path().toString().matches(".*(sst|blob)") ? file.bytes() : 0;
        }
        assertThat(pass.bytesRead()).isGreaterThan(stored);
    }

    @Test
    void aFlippedBitOfAnOwnPieceIsFoundAndThePieceMadeAnewFromTheOthers() throws Exception {
        rot(piece(2, REPLICA).bytes());

        ScrubStatus status = scrubbed(Repairs.AUTO);

        assertFound(status, Kind.PIECE, 2, true);
        assertThat(status.recent().getFirst().remedy()).startsWith("rebuilt");
        assertSoundOnDisk();
    }

    @Test
    void aFlippedBitOfAPathIsFoundAndRepaired() throws Exception {
        rot(Bytes.wrap(piece(0, REPLICA).siblings().getFirst().toByteArray()));

        assertFound(scrubbed(Repairs.AUTO), Kind.PIECE, 0, true);
        assertSoundOnDisk();
    }

    @Test
    void aFlippedBitOfAHintIsFoundAndFetchedFromItsOwner() throws Exception {
        rot(piece(3, HINTED).bytes());

        ScrubStatus status = scrubbed(Repairs.AUTO);

        assertFound(status, Kind.HINT, 3, true);
        assertThat(status.recent().getFirst().remedy()).startsWith("fetched");
        assertSoundOnDisk();
    }

    @Test
    void aFlippedBitOfFullBytesIsFoundAndRepaired() throws Exception {
        rot(ledger.dispersed().get(4).compressed());

        assertFound(scrubbed(Repairs.AUTO), Kind.FULL_BYTES, 4, true);
        assertSoundOnDisk();
    }

    @Test
    void rotThatIsOnlyReportedStays() throws Exception {
        rot(piece(2, REPLICA).bytes());

        ScrubStatus status = scrubbed(Repairs.REPORT);

        assertFound(status, Kind.PIECE, 2, false);
        assertThat(status.last().orElseThrow().open()).isEqualTo(1);
        assertFound(scrubbed(Repairs.REPORT), Kind.PIECE, 2, false);
    }

    private ScrubStatus scrubbed(Repairs repairs) throws Exception {
        return scrubbed(driver(repairs));
    }

    /** Lets a driver do one pass. */
    private ScrubStatus scrubbed(ScrubDriver driver) throws Exception {
        driver.start();
        time.whenIdle(driver::stop);
        assertThat(driver.run()).isEqualTo(End.STOPPED);
        assertThat(driver.status().running()).isEmpty();
        return driver.status();
    }

    private ScrubDriver driver(Repairs repairs) {
        return new ScrubDriver(
                new ScrubGround(
                        ledger.genesis(), REPLICA, layout(), pieces, state, new Ed25519Verifier(), this::others),
                new ScrubSettings(RATE, PERIOD, repairs),
                time);
    }

    private ConnectedSources others() {
        ConnectedSources connected = new ConnectedSources(edges.sources().without(REPLICA));
        connected.follow(ledger.members());
        return connected;
    }

    private static void assertFound(ScrubStatus status, Kind kind, long segment, boolean repaired) {
        assertThat(status.recent()).singleElement().satisfies(finding -> {
            assertThat(finding.kind()).isEqualTo(kind);
            assertThat(finding.segment()).isEqualTo(segment);
            assertThat(finding.repaired()).isEqualTo(repaired);
        });
        ScrubRecord.CompletedPass pass = status.last().orElseThrow();
        assertThat(pass.found()).isEqualTo(1);
        assertThat(pass.repaired()).isEqualTo(repaired ? 1 : 0);
    }

    /** Everything that was stored can be read from the disk, and is what it was. */
    private void assertSoundOnDisk() throws Exception {
        pieces.flushAndCompact();
        reopen();
        try (RocksPieceStore disk = RocksPieceStore.openOnDisk(layout().archive())) {
            assertThat(disk.recordTrouble()).isEmpty();
            for (int segment = 0; segment < SEGMENTS; segment++) {
                assertThat(disk.piece(segment, REPLICA)).contains(piece(segment, REPLICA));
                if (segment >= 2) {
                    assertThat(disk.piece(segment, HINTED)).contains(piece(segment, HINTED));
                }
            }
            assertThat(disk.undropped(4)).contains(ledger.dispersed().get(4).compressed());
        }
    }

    private void rot(Bytes value) throws Exception {
        BitRot.flipIn(layout().archive(), value);
    }

    private void open() throws StoreException {
        pieces = RocksPieceStore.open(layout().archive(), owner);
        state = RocksStateStore.open(layout().state(), owner);
    }

    private void reopen() throws StoreException {
        pieces.close();
        state.close();
        open();
    }

    private Piece piece(int segment, int index) {
        return ledger.dispersed().get(segment).pieces().get(index);
    }

    private DataDirectory.Layout layout() {
        return new DataDirectory.Layout(temporary.resolve("data"));
    }
}
