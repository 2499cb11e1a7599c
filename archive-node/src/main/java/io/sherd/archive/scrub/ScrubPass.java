package io.sherd.archive.scrub;

import io.sherd.archive.restore.ContentCheck;
import io.sherd.archive.restore.Verifier;
import io.sherd.archive.restore.VerifyReport;
import io.sherd.archive.restore.VerifyScope;
import io.sherd.archive.scrub.ScrubSettings.Repairs;
import io.sherd.archive.store.DatabaseFiles;
import io.sherd.archive.store.DatabaseFiles.DatabaseFile;
import io.sherd.archive.store.RocksPieceStore;
import io.sherd.archive.store.StoreCorruptException;
import io.sherd.archive.store.StoreException;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.piece.Commitment;
import java.nio.file.Files;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One pass over everything that a replica stores, from a cursor on. Belongs to one thread.
 *
 * <p>A thing is bad only if it is so in a picture of the disk that was taken after it was first seen to be bad, and the replica still holds
 * it: between two looks compaction may have moved it, and a receipt may have let it go.
 */
final class ScrubPass implements AutoCloseable {

    /** What a commitment takes, with what stands around it. */
    private static final long COMMITMENT_BYTES = 256;

    /** Something is bad if it is so in so many pictures, all but the first taken for that. */
    private static final int LOOKS = 3;

    /** How often a picture is tried to be taken, while compaction changes what is there. */
    private static final int OPENINGS = 10;

    private static final String RESTORE = "it must be restored";
    private static final ScrubRepair.Outcome NO_REMEDY = new ScrubRepair.Outcome(false, RESTORE);
    private static final ScrubRepair.Outcome ONLY_REPORTED =
            new ScrubRepair.Outcome(false, "left as it is, since scrub-repair is report");

    private final ScrubGround ground;
    private final Repairs repairs;
    private final Consumer<ScrubFinding> onFinding;
    private final DiskView disk;
    private final ScrubRepair repair;
    private final StateWalk stateWalk;
    private ScrubProgress progress;
    private boolean isCold;
    private boolean cannotBeOpened;
    private long contentBytes;

    /** Files of the stage that are still to be looked at; null before they were listed. */
    private @Nullable ArrayDeque<DatabaseFile> files;

    /** What comes after a step. */
    enum Next {
        /** Another step. */
        STEP,
        /** The records are to be mended, which nobody does under a running archive; then the same step again. */
        MENDING,
        /** Nothing. */
        END
    }

    /**
     * A pass that goes on.
     *
     * @param ground what is read
     * @param repairs what happens to what is bad
     * @param from how far it is
     * @param onFinding told of each thing that is bad, after what could be done was done
     */
    ScrubPass(ScrubGround ground, Repairs repairs, ScrubProgress from, Consumer<ScrubFinding> onFinding) {
        this.ground = ground;
        this.repairs = repairs;
        this.onFinding = onFinding;
        this.progress = from;
        this.disk = new DiskView(ground.layout().archive());
        this.repair = new ScrubRepair(ground);
        this.stateWalk = new StateWalk(ground.state());
    }

    /** About how much there is to read. */
    static long bytesInAll(ScrubGround ground) throws StoreException {
        long bytes = 0;
        for (DatabaseFile file : ground.pieces().files().live()) {
            // A table is read for its blocks, and again for what its keys lead to.
            bytes += file.holdsTable() ? 2 * file.bytes() : file.bytes();
        }
        for (DatabaseFile file : ground.state().files().live()) {
            bytes += 2 * file.bytes();
        }
        return bytes;
    }

    /** How far it is. */
    ScrubProgress progress() {
        return progress;
    }

    /**
     * Does a little more.
     *
     * @param meter told of what is read
     * @throws StoreException if what is good again cannot be written; what cannot be read is a finding
     * @throws InterruptedException if the meter says so: what was begun is begun again
     */
    Next step(Meter meter) throws StoreException, InterruptedException {
        if (!isCold) {
            // What is read into the system's memory from now on comes from the disk.
            ground.pieces().files().forgetCached();
            ground.state().files().forgetCached();
            isCold = true;
        }
        switch (progress.cursor().stage()) {
            case ARCHIVE_FILES -> archiveFile(meter);
            case RECORDS -> {
                return records(meter);
            }
            case SEGMENTS -> segment(meter);
            case STATE_FILES -> stateFile(meter);
            case STATE -> statePart(meter);
            case DONE -> {
                return Next.END;
            }
        }
        return progress.cursor().stage() == ScrubStage.DONE ? Next.END : Next.STEP;
    }

    @Override
    public void close() throws StoreException {
        repair.close();
        disk.close();
    }

    private void archiveFile(Meter meter) throws StoreException, InterruptedException {
        file(
                meter,
                ground.pieces().files(),
                ScrubFinding.Kind.ARCHIVE_FILE,
                ground.pieces()::flushAndCompact,
                ScrubStage.RECORDS);
    }

    private void stateFile(Meter meter) throws StoreException, InterruptedException {
        file(meter, ground.state().files(), ScrubFinding.Kind.STATE, ground.state()::flushAndCompact, ScrubStage.STATE);
    }

    /** The next file of a database, but for those of values: whoever reads these finds out. */
    private void file(
            Meter meter,
            DatabaseFiles database,
            ScrubFinding.Kind kind,
            ScrubRepair.Rewriting rewriting,
            ScrubStage following)
            throws StoreException, InterruptedException {
        ArrayDeque<DatabaseFile> left = files;
        if (left == null) {
            long first = progress.cursor().number();
            left = new ArrayDeque<>(database.live().stream()
                    .filter(file -> file.number() >= first && !file.holdsValues())
                    .toList());
            files = left;
        }
        DatabaseFile file = left.poll();
        if (file == null) {
            enter(following);
            return;
        }
        Optional<String> trouble = troubleOf(database, file);
        boolean isGone = !Files.exists(file.path());
        if (trouble.isPresent() && (isGone || !RocksPieceStore.holdsRecords(file))) {
            // Rotten records are looked at next. A table that is gone is still open here, and is written anew when it
            // is compacted; rot would only stop
            // that.
            found(
                    kind,
                    -1,
                    trouble.get(),
                    isGone && file.holdsTable()
                            ? () -> repair.missingFile(database, file, rewriting)
                            : () -> NO_REMEDY);
        }
        progress = progress.at(progress.cursor().to(file.number() + 1));
        spend(meter, file.bytes());
    }

    private Next records(Meter meter) throws StoreException, InterruptedException {
        try {
            LongConsumer paced = bytes -> spendUnchecked(meter, bytes);
            Optional<String> trouble = seen(picture -> picture.recordTrouble(paced));
            if (trouble.isPresent() && repairs == Repairs.AUTO && progress.mending() == 0) {
                progress = progress.mends();
                return Next.MENDING;
            }
            if (progress.mending() > 0) {
                progress = progress.mended(trouble.isEmpty());
                onFinding.accept(new ScrubFinding(
                        ScrubFinding.Kind.RECORD,
                        -1,
                        trouble.orElse("records were damaged"),
                        trouble.isEmpty(),
                        trouble.isEmpty() ? "mended" : RESTORE));
            } else if (trouble.isPresent()) {
                found(ScrubFinding.Kind.RECORD, -1, trouble.get(), () -> NO_REMEDY);
            }
            if (trouble.isEmpty()) {
                history(paced);
            }
            enter(ScrubStage.SEGMENTS);
            return Next.STEP;
        } catch (PassInterruption e) {
            throw e.reason();
        }
    }

    /** Signatures, the chain of commitments, and the history root. */
    private void history(LongConsumer paced) throws StoreException, InterruptedException {
        VerifyReport report = history(false, paced);
        if (!report.isClean()) {
            report = history(true, paced);
        }
        for (VerifyReport.Finding finding : report.findings()) {
            found(ScrubFinding.Kind.RECORD, finding.segment(), finding.detail(), () -> NO_REMEDY);
        }
    }

    private VerifyReport history(boolean afresh, LongConsumer paced) throws StoreException {
        return new Verifier(ground.genesis(), picture(afresh), ground.replica(), ground.verifier())
                .run(VerifyScope.ONLY_MANIFEST, _ -> paced.accept(COMMITMENT_BYTES));
    }

    private void segment(Meter meter) throws StoreException, InterruptedException {
        long segment = progress.cursor().number();
        if (segment >= ground.pieces().commitmentCount()) {
            lostValues();
            enter(ScrubStage.STATE_FILES);
            return;
        }
        long before = contentBytes;
        Optional<Commitment> commitment = commitment(segment);
        if (commitment.isPresent()) {
            content(segment, commitment.get());
        }
        progress = progress.at(progress.cursor().to(segment + 1));
        spend(meter, COMMITMENT_BYTES + contentBytes - before);
    }

    /** Empty if nobody can read it, which was said of the records. */
    private Optional<Commitment> commitment(long segment) throws StoreException {
        try {
            RocksPieceStore picture = picture(false);
            return (picture.commitmentCount() > segment ? picture : picture(true)).commitment(segment);
        } catch (StoreException onDisk) {
            try {
                return ground.pieces().commitment(segment);
            } catch (StoreCorruptException e) {
                return Optional.empty();
            }
        }
    }

    private void content(long segment, Commitment commitment) throws StoreException, InterruptedException {
        boolean clean = isRight(
                ScrubFinding.Kind.PIECE,
                segment,
                check -> check.piece(commitment, ground.replica()),
                () -> true,
                () -> repair.piece(commitment, ground.replica()));
        for (int owner : hints(segment)) {
            clean &= isRight(
                    ScrubFinding.Kind.HINT,
                    segment,
                    check -> check.piece(commitment, owner),
                    () -> hints(segment).contains(owner),
                    () -> repair.piece(commitment, owner));
        }
        clean &= isRight(
                ScrubFinding.Kind.FULL_BYTES,
                segment,
                check -> check.fullBytes(commitment),
                () -> isHeldInFull(segment),
                () -> repair.fullBytes(commitment));
        if (clean) {
            repair.settle();
        }
    }

    private boolean isRight(
            ScrubFinding.Kind kind, long segment, Look look, Condition isHeld, ScrubRepair.Remedy remedy)
            throws StoreException, InterruptedException {
        Optional<String> trouble = seen(picture -> look(picture, look));
        if (trouble.isEmpty() || !isHeld.holds()) {
            return true;
        }
        found(kind, segment, trouble.get(), remedy);
        return false;
    }

    private Optional<String> look(RocksPieceStore picture, Look look) {
        ContentCheck check = new ContentCheck(ground.genesis(), picture);
        try {
            return look.at(check).map(ContentCheck.Trouble::detail);
        } catch (StoreException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        } finally {
            contentBytes += check.bytesRead();
            disk.read(check.bytesRead());
        }
    }

    /** Files of values that are gone: what was in them is written elsewhere by now, and nothing leads to them after a compaction. */
    private void lostValues() throws StoreException, InterruptedException {
        DatabaseFiles archive = ground.pieces().files();
        for (DatabaseFile file : archive.live()) {
            if (file.holdsValues() && !Files.exists(file.path())) {
                found(
                        ScrubFinding.Kind.ARCHIVE_FILE,
                        -1,
                        file.path() + " is gone",
                        () -> repair.missingFile(archive, file, ground.pieces()::flushAndCompact));
            }
        }
    }

    private void statePart(Meter meter) throws StoreException, InterruptedException {
        StateWalk.Part part = stateWalk.read(progress.cursor().prefix(), newestCertificate());
        if (part.trouble().isPresent()) {
            found(ScrubFinding.Kind.STATE, -1, part.trouble().get(), () -> NO_REMEDY);
        }
        if (part.next().isPresent()) {
            progress = progress.at(progress.cursor().to(part.next().get()));
        } else {
            enter(ScrubStage.DONE);
        }
        spend(meter, part.bytesRead());
    }

    private Optional<CheckpointCertificate> newestCertificate() throws StoreException {
        try {
            return ground.pieces().latestCertificate();
        } catch (StoreCorruptException e) {
            return Optional.empty();
        }
    }

    private List<Integer> hints(long segment) throws StoreException {
        try {
            return ground.pieces().hintsOf(segment);
        } catch (StoreCorruptException e) {
            return List.of();
        }
    }

    private boolean isHeldInFull(long segment) throws StoreException {
        try {
            return ground.pieces().undropped(segment).isPresent();
        } catch (StoreException e) {
            return true;
        }
    }

    /** What is wrong in a picture of the disk, and still in others that are taken then. */
    private Optional<String> seen(Sight sight) throws StoreException {
        Optional<String> trouble = sight.of(picture(false));
        for (int look = 1; look < LOOKS && trouble.isPresent(); look++) {
            trouble = sight.of(picture(true));
        }
        return trouble;
    }

    /** What the disk has; where that cannot be opened, which is a finding, what the process has open. */
    private RocksPieceStore picture(boolean afresh) throws StoreException {
        String trouble = "";
        for (int look = 0; look < OPENINGS && !cannotBeOpened; look++) {
            try {
                return afresh || look > 0 ? disk.afresh() : disk.pieces();
            } catch (StoreException e) {
                // Files that are replaced at this moment do not fit together.
                trouble = String.valueOf(e.getMessage());
            }
        }
        if (!cannotBeOpened) {
            cannotBeOpened = true;
            report(
                    ScrubFinding.Kind.ARCHIVE_FILE,
                    -1,
                    "the archive cannot be opened as it is on the disk: " + trouble,
                    NO_REMEDY);
        }
        return ground.pieces();
    }

    private static Optional<String> troubleOf(DatabaseFiles database, DatabaseFile file) {
        try {
            database.check(file);
            return Optional.empty();
        } catch (StoreException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    private void enter(ScrubStage stage) {
        files = null;
        progress = progress.at(ScrubCursor.at(stage));
    }

    private void found(ScrubFinding.Kind kind, long segment, String detail, ScrubRepair.Remedy remedy)
            throws StoreException, InterruptedException {
        report(kind, segment, detail, repairs == Repairs.AUTO ? remedy.run() : ONLY_REPORTED);
    }

    private void report(ScrubFinding.Kind kind, long segment, String detail, ScrubRepair.Outcome outcome) {
        progress = progress.found(outcome.good());
        onFinding.accept(new ScrubFinding(kind, segment, detail, outcome.good(), outcome.remedy()));
    }

    private void spend(Meter meter, long bytes) throws InterruptedException {
        progress = progress.read(bytes);
        meter.spend(bytes);
    }

    private void spendUnchecked(Meter meter, long bytes) {
        try {
            spend(meter, bytes);
        } catch (InterruptedException e) {
            throw new PassInterruption(e);
        }
    }

    @FunctionalInterface
    private interface Look {
        Optional<ContentCheck.Trouble> at(ContentCheck check) throws StoreException;
    }

    @FunctionalInterface
    private interface Sight {
        Optional<String> of(RocksPieceStore picture) throws StoreException;
    }

    @FunctionalInterface
    private interface Condition {
        boolean holds() throws StoreException;
    }

    /** Carries an interruption through what cannot throw it. */
    private static final class PassInterruption extends RuntimeException {

        private static final long serialVersionUID = 1;

        private final InterruptedException reason;

        PassInterruption(InterruptedException reason) {
            super(reason);
            this.reason = reason;
        }

        InterruptedException reason() {
            return reason;
        }
    }
}
