package io.sherd.archive.learner;

import io.sherd.archive.store.DurableFiles;
import io.sherd.archive.store.LockFile;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.learner.LearnerProgress;
import io.sherd.replication.piece.Reassembler;
import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.StoredRecord;
import io.sherd.replication.wire.WireFormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An output together with a file that says how far it is durable: a {@link StoredRecord} of kind
 * {@link StoredRecord.Kind#LEARNED} with
 *
 * <pre>
 *   length 4 | learner's progress, itself a stored record | length 4 | the output's mark
 * </pre>
 *
 * <p>The output is synced before the file is replaced, so the file never speaks of what is not there; after a crash in between
 * the output is cut back to the mark. One process at a time uses it: a lock file beside the position file sees to that.
 */
public final class PositionedSink implements LedgerSink {

    private static final int FORMAT_VERSION = 1;
    private static final int MAX_PROGRESS_BYTES = 64 << 20;

    private final Path file;
    private final Genesis genesis;
    private final LedgerOutput output;
    private final LockFile lock;
    private @Nullable LearnerProgress latest;
    private @Nullable LearnerProgress durable;

    private PositionedSink(Path file, Genesis genesis, LedgerOutput output, LockFile lock) {
        this.file = file;
        this.genesis = genesis;
        this.output = output;
        this.lock = lock;
    }

    /**
     * A sink whose position is kept in a file.
     *
     * @param file the position; absent at the first start
     * @param genesis the cluster that is learned
     * @param output where segments go; closed with the sink
     * @throws SinkInUseException if another process uses the file
     * @throws SinkException if its directory cannot be written
     */
    public static PositionedSink open(Path file, Genesis genesis, LedgerOutput output) throws SinkException {
        Path lockFile = file.resolveSibling(file.getFileName() + ".lock");
        try {
            Optional<LockFile> lock = LockFile.take(lockFile);
            if (lock.isEmpty()) {
                throw new SinkInUseException(file, LockFile.holder(lockFile));
            }
            return new PositionedSink(file, genesis, output, lock.get());
        } catch (IOException e) {
            throw new SinkException(lockFile + " cannot be locked: " + e, e);
        }
    }

    @Override
    public LearnerProgress resume() throws SinkException {
        LearnerProgress progress;
        Bytes mark;
        try {
            ByteReader reader = StoredRecord.open(Files.readAllBytes(file), StoredRecord.Kind.LEARNED, FORMAT_VERSION);
            progress = LearnerProgress.decode(reader.sized(MAX_PROGRESS_BYTES).readOnlyArray(), genesis);
            mark = reader.sized(LedgerOutput.MAX_MARK_BYTES);
            reader.end();
        } catch (NoSuchFileException e) {
            // The first start: there is no position yet.
            progress = LearnerProgress.start(genesis);
            mark = Bytes.EMPTY;
        } catch (WireFormatException e) {
            throw new SinkOccupiedException(
                    "%s is not a position of this learner: %s".formatted(file, e.getMessage()), e);
        } catch (IOException e) {
            throw new SinkException(file + ": the position cannot be read: " + e.getMessage(), e);
        }
        try {
            output.cutBackTo(mark);
        } catch (OutputOccupiedException e) {
            throw new SinkOccupiedException(String.valueOf(e.getMessage()), e);
        } catch (IOException e) {
            throw new SinkException(
                    "the output does not hold what %s says (%d segments): %s"
                            .formatted(file, progress.nextSegment(), e.getMessage()),
                    e);
        }
        latest = progress;
        durable = progress;
        return progress;
    }

    @Override
    public void accept(Reassembler.Reassembled segment, LearnerProgress after) throws SinkException {
        try {
            output.write(segment.segment(), segment.dispersed().commitment());
        } catch (IOException e) {
            throw new SinkException(
                    "segment %d cannot be written: %s"
                            .formatted(segment.segment().number(), e.getMessage()),
                    e);
        }
        latest = after;
    }

    @Override
    public void sync() throws SinkException {
        LearnerProgress reached = latest;
        if (reached == null || reached.equals(durable)) {
            return;
        }
        try {
            Bytes mark = output.sync();
            byte[] payload =
                    new ByteWriter().sized(reached.encoded()).sized(mark).toByteArray();
            DurableFiles.replace(file, StoredRecord.encode(StoredRecord.Kind.LEARNED, FORMAT_VERSION, payload));
        } catch (IOException e) {
            throw new SinkException("what was learned cannot be made durable: " + e.getMessage(), e);
        }
        durable = reached;
    }

    @Override
    public void close() throws SinkException {
        try (lock) {
            output.close();
        } catch (IOException e) {
            throw new SinkException("the output cannot be closed: " + e.getMessage(), e);
        }
    }
}
