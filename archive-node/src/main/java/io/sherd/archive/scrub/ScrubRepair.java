package io.sherd.archive.scrub;

import io.sherd.archive.learner.ConnectedSources;
import io.sherd.archive.learner.InsufficientPiecesException;
import io.sherd.archive.restore.ContentCheck;
import io.sherd.archive.restore.Repairer;
import io.sherd.archive.store.DatabaseFiles;
import io.sherd.archive.store.DatabaseFiles.DatabaseFile;
import io.sherd.archive.store.StoreCorruptException;
import io.sherd.archive.store.StoreException;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.piece.Piece;
import io.sherd.replication.piece.ReassemblyException;
import io.sherd.replication.wire.Bytes;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Makes findings good. What the process can still read, from a file that was deleted under it, is written again; everything else comes from
 * whoever holds the bytes, or is rebuilt from k pieces of others ({@link Repairer}). Nothing that is stored is touched before what takes its
 * place was verified, and what was stored is read again before it counts. Belongs to one thread.
 */
final class ScrubRepair implements AutoCloseable {

    private final ScrubGround ground;
    private final ContentCheck stored;

    /** Connections are kept while one finding follows another: who is silent is then waited for once. */
    private @Nullable ConnectedSources connected;

    private @Nullable Repairer repairer;

    ScrubRepair(ScrubGround ground) {
        this.ground = ground;
        this.stored = new ContentCheck(ground.genesis(), ground.pieces());
    }

    /**
     * What came of a repair.
     *
     * @param good whether it is good again
     * @param remedy what was done, or why it could not be
     */
    record Outcome(boolean good, String remedy) {}

    /** Makes a piece good: the own one, or a hint. */
    Outcome piece(Commitment commitment, int index) throws StoreException, InterruptedException {
        long segment = commitment.context().segmentNumber();
        return repaired(
                () -> stored.piece(commitment, index),
                () -> putAgain(segment, index),
                () -> repairer().repair(segment, index));
    }

    /** Makes the full bytes of a segment good. */
    Outcome fullBytes(Commitment commitment) throws StoreException, InterruptedException {
        long segment = commitment.context().segmentNumber();
        return repaired(
                () -> stored.fullBytes(commitment),
                () -> putFullBytesAgain(segment),
                () -> repairer().repairFullBytes(segment));
    }

    /** Has what was in a file that is gone written anew, from what is still open. */
    Outcome missingFile(DatabaseFiles files, DatabaseFile missing, Rewriting rewriting) throws StoreException {
        rewriting.run();
        try {
            files.check(missing);
            return new Outcome(true, "written anew");
        } catch (StoreCorruptException e) {
            return new Outcome(false, "it could not be written anew and must be restored");
        }
    }

    /** Nothing is wrong any more: whoever was asked is let go. */
    void settle() {
        repairer = null;
        ConnectedSources before = connected;
        connected = null;
        if (before != null) {
            before.close();
        }
    }

    @Override
    public void close() {
        settle();
    }

    @FunctionalInterface
    private interface Check {
        Optional<ContentCheck.Trouble> trouble() throws StoreException;
    }

    /** Writes what can be read once more. */
    @FunctionalInterface
    interface Rewriting {
        void run() throws StoreException;
    }

    /** Makes something good. */
    @FunctionalInterface
    interface Remedy {
        Outcome run() throws StoreException, InterruptedException;
    }

    @FunctionalInterface
    private interface Remaking {
        Repairer.Repaired run()
                throws StoreException, InsufficientPiecesException, ReassemblyException, InterruptedException;
    }

    private static Outcome repaired(Check check, Rewriting again, Remaking anew)
            throws StoreException, InterruptedException {
        if (isGood(check)) {
            again.run();
            return new Outcome(isGood(check), "written again");
        }
        try {
            Repairer.Repaired made = anew.run();
            return new Outcome(
                    isGood(check),
                    "%s, %d bytes received".formatted(made.rebuilt() ? "rebuilt" : "fetched", made.bytesReceived()));
        } catch (InsufficientPiecesException | ReassemblyException | StoreCorruptException e) {
            return new Outcome(false, String.valueOf(e.getMessage()));
        }
    }

    /** What this process reads; where a file is gone it may have it open. */
    private static boolean isGood(Check check) {
        try {
            return check.trouble().isEmpty();
        } catch (StoreException e) {
            return false;
        }
    }

    private void putAgain(long segment, int index) throws StoreException {
        Optional<Piece> piece = ground.pieces().piece(segment, index);
        if (piece.isPresent()) {
            ground.pieces().putPiece(piece.get());
        }
    }

    private void putFullBytesAgain(long segment) throws StoreException {
        Optional<Bytes> compressed = ground.pieces().undropped(segment);
        if (compressed.isPresent()) {
            ground.pieces().putUndropped(segment, compressed.get());
        }
    }

    private Repairer repairer() {
        Repairer open = repairer;
        if (open == null) {
            ConnectedSources sources = ground.others().get();
            open = new Repairer(ground.genesis(), ground.pieces(), ground.replica(), sources.all());
            connected = sources;
            repairer = open;
        }
        return open;
    }
}
