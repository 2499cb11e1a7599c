package io.sherd.archive.export;

import io.sherd.archive.learner.LedgerSink;
import io.sherd.archive.learner.SinkException;
import io.sherd.replication.Invariant;
import io.sherd.replication.learner.LearnerProgress;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.piece.Reassembler;
import io.sherd.replication.proof.RangeProof;
import io.sherd.replication.wire.ByteWriter;
import io.sherd.replication.wire.StoredRecord;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/** Writes an exported archive: its head and commitments at once, then segments as a learner delivers them. */
final class ExportWriter implements LedgerSink {

    private static final int BUFFER_BYTES = 1 << 16;

    private final FileChannel channel;
    private final OutputStream out;
    private final RangeProof range;
    private final LearnerProgress start;
    private final CRC32C commitments = new CRC32C();
    private long next;
    private long sizeBytes;

    /**
     * A writer of a new file.
     *
     * @param file the file, which must not be there
     * @param range what proves the commitments
     * @param start where a learner stands before the first segment
     */
    ExportWriter(Path file, RangeProof range, LearnerProgress start) throws IOException {
        this.channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        this.out = new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER_BYTES);
        this.range = range;
        this.start = start;
        this.next = range.firstSegment();
        write(StoredRecord.encode(StoredRecord.Kind.EXPORT, ExportFile.FORMAT_VERSION, range.encoded()));
    }

    /** Takes the next commitment of the range; all of them come before the first segment. */
    void commitment(Commitment commitment) throws IOException {
        byte[] bytes = commitment.encoded().toByteArray();
        commitments.update(bytes);
        write(bytes);
    }

    /** Says that all commitments are there. */
    void commitmentsDone() throws IOException {
        writeChecksum(commitments);
    }

    @Override
    public LearnerProgress resume() {
        return start;
    }

    @Override
    public void accept(Reassembler.Reassembled segment, LearnerProgress after) throws SinkException {
        Invariant.holds(segment.segment().number() == next, "segments come in order");
        byte[] bytes = segment.dispersed().compressed().toByteArray();
        CRC32C checksum = new CRC32C();
        checksum.update(bytes);
        try {
            write(bytes);
            writeChecksum(checksum);
        } catch (IOException e) {
            throw new SinkException("the archive: " + e.getMessage(), e);
        }
        next++;
    }

    @Override
    public void sync() throws SinkException {
        try {
            out.flush();
            channel.force(true);
        } catch (IOException e) {
            throw new SinkException("the archive: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() throws SinkException {
        try (channel) {
            out.flush();
        } catch (IOException e) {
            throw new SinkException("the archive: " + e.getMessage(), e);
        }
    }

    RangeProof range() {
        return range;
    }

    boolean isComplete() {
        return next == range.segmentEnd();
    }

    long sizeBytes() {
        return sizeBytes;
    }

    private void writeChecksum(CRC32C checksum) throws IOException {
        long value = checksum.getValue();
        write(new ByteWriter(ExportFile.CHECKSUM_BYTES)
                .u16((int) (value >>> 16))
                .u16((int) (value & 0xffff))
                .toByteArray());
    }

    private void write(byte[] bytes) throws IOException {
        out.write(bytes);
        sizeBytes += bytes.length;
    }
}
