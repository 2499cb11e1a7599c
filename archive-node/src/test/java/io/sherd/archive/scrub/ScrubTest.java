package io.sherd.archive.scrub;

import static org.assertj.core.api.Assertions.assertThat;

import io.sherd.archive.crypto.Ed25519Verifier;
import io.sherd.archive.crypto.RandomIds;
import io.sherd.archive.edge.Edges;
import io.sherd.archive.edge.MadeLedger;
import io.sherd.archive.learner.ConnectedSources;
import io.sherd.archive.restore.RecordMender;
import io.sherd.archive.scrub.ScrubDriver.End;
import io.sherd.archive.scrub.ScrubFinding.Kind;
import io.sherd.archive.scrub.ScrubSettings.Repairs;
import io.sherd.archive.state.MemoryStateStore;
import io.sherd.archive.state.RocksStateStore;
import io.sherd.archive.state.StateChange;
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
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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
        ledger = MadeLedger.withState(4, MadeLedger.seed(), new MemoryStateStore())
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
            startEdge(replica);
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

    @Test
    void aDeletedTableIsMissedAndWrittenAnew() throws Exception {
        for (DatabaseFile file : pieces.files().live()) {
            if (file.holdsTable()) {
                Files.delete(file.path());
            }
        }

        ScrubStatus status = scrubbed(Repairs.AUTO);

        assertThat(status.recent()).isNotEmpty().allMatch(finding -> finding.kind() == Kind.ARCHIVE_FILE);
        assertThat(status.recent()).allMatch(ScrubFinding::repaired);
        assertSoundOnDisk();
    }

    @Test
    void deletedFilesOfValuesAreMissedAndWhatWasInThemIsWrittenAgain() throws Exception {
        for (DatabaseFile file : pieces.files().live()) {
            if (file.holdsValues()) {
                Files.delete(file.path());
            }
        }

        ScrubStatus status = scrubbed(Repairs.AUTO);

        assertThat(status.recent()).hasSizeGreaterThan(2 * SEGMENTS - 2).allMatch(ScrubFinding::repaired);
        assertThat(status.last().orElseThrow().open()).isZero();
        assertSoundOnDisk();
        assertThat(scrubbed(Repairs.AUTO).last().orElseThrow().found()).isZero();
    }

    @Test
    void everyKindOfRecordThatRotsIsFoundAndHandedOverToBeMended() throws Exception {
        for (Bytes record : List.of(
                ledger.commitment(1).encoded(),
                ledger.closedEpochs().getFirst().encoded(),
                ledger.head().encoded(),
                ledger.receipt(2, 1, 0, SEGMENTS).encoded())) {
            rot(record);
            ScrubDriver driver = driver(Repairs.AUTO);
            driver.start();

            assertThat(driver.run()).isEqualTo(End.MENDING_NEEDED);
            mendRecords();

            ScrubStatus status = scrubbed(driver(Repairs.AUTO));
            assertFound(status, Kind.RECORD, -1, true);
            assertSoundOnDisk();
        }
    }

    @Test
    void recordsThatMendingDoesNotHelpAreReportedOnce() throws Exception {
        rot(ledger.commitment(1).encoded());
        ScrubDriver driver = driver(Repairs.AUTO);
        driver.start();
        assertThat(driver.run()).isEqualTo(End.MENDING_NEEDED);

        assertFound(scrubbed(driver(Repairs.AUTO)), Kind.RECORD, -1, false);
    }

    @Test
    void rottenRecordsThatAreOnlyReportedStopNothing() throws Exception {
        rot(ledger.commitment(1).encoded());

        assertFound(scrubbed(Repairs.REPORT), Kind.RECORD, -1, false);
    }

    @Test
    void rotInTheStateIsNamed() throws Exception {
        state.close();
        try (RocksStateStore filling = RocksStateStore.open(layout().state(), owner)) {
            List<StateChange> changes = new ArrayList<>();
            for (int key = 0; key < 2000; key++) {
                changes.add(new StateChange(0, text("key " + key), Optional.of(text("value " + key))));
            }
            filling.commit(1, changes);
            filling.flushAndCompact();
        }
        state = RocksStateStore.open(layout().state(), owner);
        assertThat(scrubbed(Repairs.AUTO).recent()).isEmpty();

        BitRot.flipIn(layout().state(), text("value 777"));

        ScrubStatus status = scrubbed(Repairs.AUTO);
        assertThat(status.recent())
                .isNotEmpty()
                .allMatch(finding -> finding.kind() == Kind.STATE && !finding.repaired());
    }

    @Test
    void aPassThatIsStoppedAnywhereGoesOnThereAndReadsLittleTwice() throws Exception {
        long whole = scrubbed(Repairs.AUTO).last().orElseThrow().bytesRead();
        ScrubDriver first = driver(Repairs.AUTO);
        first.start();
        time.atEachWait(() -> whenHalfway(first, first::stop));
        assertThat(first.run()).isEqualTo(End.STOPPED);
        ScrubProgress before = first.status().running().orElseThrow();
        assertThat(before.cursor().stage()).isEqualTo(ScrubStage.SEGMENTS);
        rot(piece(SEGMENTS - 1, REPLICA).bytes());
        time.atEachWait(() -> {});

        ScrubDriver second = driver(Repairs.AUTO);
        time.whenIdle(second::stop);
        assertThat(second.run()).isEqualTo(End.STOPPED);

        assertFound(second.status(), Kind.PIECE, SEGMENTS - 1, true);
        long read = second.status().last().orElseThrow().bytesRead();
        assertThat(read).isBetween(whole - whole / 10, whole + whole / 10);
        assertThat(read - before.bytesRead()).isLessThan(whole);
    }

    @Test
    void whatIsRememberedIsAtMostAMomentOld() throws Exception {
        ScrubDriver driver = driver(Repairs.AUTO);
        driver.start();
        List<Long> lags = new ArrayList<>();
        time.atEachWait(() -> {
            ScrubProgress remembered =
                    ScrubRecord.load(layout(), time.now()).running().orElseThrow();
            lags.add(driver.status().running().orElseThrow().bytesRead() - remembered.bytesRead());
        });
        time.whenIdle(driver::stop);
        assertThat(driver.run()).isEqualTo(End.STOPPED);

        assertThat(lags).contains(0L).allMatch(lag -> lag <= 3 * RATE);
        assertThat(driver.status().last().orElseThrow().bytesRead()).isGreaterThan(4 * RATE);
    }

    private static void whenHalfway(ScrubDriver driver, Runnable action) {
        ScrubCursor cursor = driver.status().running().orElseThrow().cursor();
        if (cursor.stage() == ScrubStage.SEGMENTS && cursor.number() == SEGMENTS / 2) {
            action.run();
        }
    }

    @Test
    void noMoreIsReadInASecondThanTheRateAllows() throws Exception {
        ScrubStatus status = scrubbed(Repairs.AUTO);

        long read = status.last().orElseThrow().bytesRead();
        double seconds = time.passed().toNanos() / 1e9;
        assertThat(read / seconds).isBetween(0.9 * RATE, 1.01 * RATE);
    }

    @Test
    void aPausedPassReadsNothingUntilItIsStartedAlsoAfterARestart() throws Exception {
        ScrubDriver first = driver(Repairs.AUTO);
        first.start();
        time.atEachWait(() -> whenHalfway(first, () -> pause(first)));
        time.whenIdle(first::stop);
        assertThat(first.run()).isEqualTo(End.STOPPED);
        assertThat(first.status().state()).isEqualTo(ScrubStatus.State.PAUSED);
        long read = first.status().running().orElseThrow().bytesRead();

        ScrubDriver second = driver(Repairs.AUTO);
        time.atEachWait(() -> {});
        time.advance(PERIOD.multipliedBy(3));
        time.whenIdle(second::stop);
        assertThat(second.run()).isEqualTo(End.STOPPED);
        assertThat(second.status().running().orElseThrow().bytesRead()).isEqualTo(read);

        assertThat(scrubbed(driver(Repairs.AUTO)).state()).isEqualTo(ScrubStatus.State.WAITING);
    }

    @Test
    void theFirstPassIsDueAPeriodAfterTheFirstStartAndTheNextOneAPeriodAfterThat() throws Exception {
        ScrubDriver driver = driver(Repairs.AUTO);
        time.whenIdle(driver::stop);
        assertThat(driver.run()).isEqualTo(End.STOPPED);
        assertThat(driver.status().last()).isEmpty();
        assertThat(driver.status().next()).isEqualTo(time.now().plus(PERIOD));
        time.advance(PERIOD);

        ScrubDriver due = driver(Repairs.AUTO);
        Instant begins = time.now();
        time.whenIdle(due::stop);
        assertThat(due.run()).isEqualTo(End.STOPPED);

        assertThat(due.status().last().orElseThrow().started()).isEqualTo(begins);
        assertThat(due.status().next()).isEqualTo(begins.plus(PERIOD));
    }

    @Test
    void whatCannotBeRepairedNowIsSaidAndTriedAgainByTheNextPass() throws Exception {
        rot(piece(2, REPLICA).bytes());
        edges.stop(0);
        edges.stop(2);
        assertFound(scrubbed(Repairs.AUTO), Kind.PIECE, 2, false);
        for (int replica : List.of(0, 2)) {
            startEdge(replica);
        }

        assertFound(scrubbed(Repairs.AUTO), Kind.PIECE, 2, true);
        assertSoundOnDisk();
    }

    private void pause(ScrubDriver driver) {
        try {
            driver.pause();
        } catch (StoreException e) {
            throw new AssertionError(e);
        }
    }

    private void mendRecords() throws Exception {
        RecordMender.Outcome outcome = new RecordMender(ledger.genesis(), new Ed25519Verifier())
                .mend(pieces, RecordMender.Known.NOTHING, edges.sources().without(REPLICA));
        assertThat(outcome).isInstanceOf(RecordMender.Outcome.Mended.class);
        pieces.close();
        RocksPieceStore.replaceRecords(layout().archive(), ((RecordMender.Outcome.Mended) outcome).records());
        pieces = RocksPieceStore.open(layout().archive(), owner);
        pieces.putReceipt(ledger.receipt(2, 1, 0, SEGMENTS));
        pieces.flushAndCompact();
    }

    private void startEdge(int replica) throws Exception {
        MemoryPieceStore store = new MemoryPieceStore(replica);
        ledger.fill(store, replica);
        edges.start(replica, store, Edges.NO_STATE);
    }

    private static Bytes text(String text) {
        return Bytes.wrap(text.getBytes(StandardCharsets.US_ASCII));
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
        pieces.close();
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
        pieces = RocksPieceStore.open(layout().archive(), owner);
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
