package io.sherd.archive.scrub;

import io.sherd.archive.files.BoundedFile;
import io.sherd.archive.store.DataDirectory;
import io.sherd.archive.store.DurableFiles;
import io.sherd.archive.store.StoreException;
import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.StoredRecord;
import io.sherd.replication.wire.WireFormatException;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is remembered of scrubbing across restarts: the file {@code scrub} in a data directory, a {@link StoredRecord} of kind
 * {@link StoredRecord.Kind#SCRUB}, replaced as a whole. Times are milliseconds since 1970.
 *
 * <pre>
 *   field     bytes  content
 *   since     8      when this file was first written: the first pass is due a period later
 *   paused    1      1 if an operator paused it
 *   running   1      1 if a pass is under way, else 0 and nothing
 *             8      started
 *             1      stage, the id in {@link ScrubStage}
 *             8      number
 *             4+...  sized prefix, at most 64
 *             8 x 5  bytes read, bytes in all, found, repaired, being mended
 *   last      1      1 if a pass was completed, else 0 and nothing
 *             8 x 5  started, ended, bytes read, found, repaired
 * </pre>
 *
 * @param since when scrubbing began on this directory
 * @param paused whether an operator paused it
 * @param running the pass that is under way
 * @param last the last one that was completed
 */
public record ScrubRecord(
        Instant since, boolean paused, Optional<ScrubProgress> running, Optional<CompletedPass> last) {

    private static final Logger LOG = LoggerFactory.getLogger(ScrubRecord.class);
    private static final String FILE = "scrub";
    private static final int VERSION = 1;
    private static final int MAX_FILE_BYTES = 1024;
    private static final int MAX_PREFIX_BYTES = 64;

    /**
     * A pass that came to its end.
     *
     * @param started when it began
     * @param ended when it ended
     * @param bytesRead how much it read
     * @param found what was bad
     * @param repaired how much of that was made good
     */
    public record CompletedPass(Instant started, Instant ended, long bytesRead, long found, long repaired) {

        /** What was found and not made good. */
        public long open() {
            return found - repaired;
        }
    }

    ScrubRecord withPaused(boolean nowPaused) {
        return new ScrubRecord(since, nowPaused, running, last);
    }

    ScrubRecord running(ScrubProgress progress) {
        return new ScrubRecord(since, paused, Optional.of(progress), last);
    }

    ScrubRecord completed(Instant now) {
        Optional<CompletedPass> done = running.map(
                pass -> new CompletedPass(pass.started(), now, pass.bytesRead(), pass.found(), pass.repaired()));
        return new ScrubRecord(since, paused, Optional.empty(), done);
    }

    /** What is remembered in a directory; if that is nothing, or cannot be read, scrubbing begins now. */
    static ScrubRecord load(DataDirectory.Layout layout, Instant now) {
        Path file = file(layout);
        try {
            return decode(BoundedFile.read(file, MAX_FILE_BYTES));
        } catch (NoSuchFileException e) {
            LOG.debug("{} was never scrubbed", layout.root());
        } catch (IOException | WireFormatException e) {
            LOG.warn("where the scrub was is not known any more, it begins anew: {}: {}", file, e.getMessage());
        }
        return new ScrubRecord(now, false, Optional.empty(), Optional.empty());
    }

    /** Makes this what is remembered. */
    void save(DataDirectory.Layout layout) throws StoreException {
        try {
            DurableFiles.replace(file(layout), encoded());
        } catch (IOException e) {
            throw new StoreException(file(layout) + " cannot be written", e);
        }
    }

    byte[] encoded() {
        ByteWriter writer = new ByteWriter().u64(since.toEpochMilli()).u8(paused ? 1 : 0);
        writer.u8(running.isPresent() ? 1 : 0);
        running.ifPresent(pass -> writer.u64(pass.started().toEpochMilli())
                .u8(pass.cursor().stage().id())
                .u64(pass.cursor().number())
                .sized(pass.cursor().prefix())
                .u64(pass.bytesRead())
                .u64(pass.bytesTotal())
                .u64(pass.found())
                .u64(pass.repaired())
                .u64(pass.mending()));
        writer.u8(last.isPresent() ? 1 : 0);
        last.ifPresent(pass -> writer.u64(pass.started().toEpochMilli())
                .u64(pass.ended().toEpochMilli())
                .u64(pass.bytesRead())
                .u64(pass.found())
                .u64(pass.repaired()));
        return StoredRecord.encode(StoredRecord.Kind.SCRUB, VERSION, writer.toByteArray());
    }

    static ScrubRecord decode(byte[] bytes) throws WireFormatException {
        ByteReader reader = StoredRecord.open(bytes, StoredRecord.Kind.SCRUB, VERSION);
        Instant since = instant(reader);
        boolean paused = flag(reader);
        Optional<ScrubProgress> running = flag(reader) ? Optional.of(progress(reader)) : Optional.empty();
        Optional<CompletedPass> last = flag(reader)
                ? Optional.of(
                        new CompletedPass(instant(reader), instant(reader), reader.u64(), reader.u64(), reader.u64()))
                : Optional.empty();
        reader.end();
        return new ScrubRecord(since, paused, running, last);
    }

    private static ScrubProgress progress(ByteReader reader) throws WireFormatException {
        Instant started = instant(reader);
        ScrubStage stage = ScrubStage.of(reader.u8());
        long number = reader.u64();
        Bytes prefix = reader.sized(MAX_PREFIX_BYTES);
        return new ScrubProgress(
                started,
                new ScrubCursor(stage, number, prefix),
                reader.u64(),
                reader.u64(),
                reader.u64(),
                reader.u64(),
                reader.u64());
    }

    private static Instant instant(ByteReader reader) throws WireFormatException {
        return Instant.ofEpochMilli(reader.u64());
    }

    private static boolean flag(ByteReader reader) throws WireFormatException {
        int flag = reader.u8();
        if (flag > 1) {
            throw new WireFormatException("a flag is %d, not 0 or 1".formatted(flag));
        }
        return flag == 1;
    }

    private static Path file(DataDirectory.Layout layout) {
        return layout.root().resolve(FILE);
    }
}
