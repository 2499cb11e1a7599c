package io.sherd.archive.export;

import io.sherd.archive.files.BoundedFile;
import io.sherd.archive.store.StoreCorruptException;
import io.sherd.archive.store.StoreException;
import io.sherd.archive.store.UnsupportedFormatException;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.piece.SegmentContext;
import io.sherd.replication.proof.RangeProof;
import io.sherd.replication.wire.ByteReader;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.StoredRecord;
import io.sherd.replication.wire.WireFormatException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * An exported archive that is read: where its segments are is known from its commitments, 8 bytes a segment in memory. Nothing of it
 * is trusted, but checksums tell rot. Thread-safe.
 */
public final class ExportFile implements AutoCloseable {

    /** Version of the form. */
    public static final int FORMAT_VERSION = 1;

    static final int CHECKSUM_BYTES = 4;

    /** Magic, kind, version and length of the payload. */
    private static final int RECORD_HEADER_BYTES = 12;

    private static final int COMMITMENTS_AT_ONCE = 1024;

    private final Path path;
    private final FileChannel channel;
    private final RangeProof range;
    private final long commitmentsAt;

    /** Where each segment begins, and where the last one ends. */
    private final long[] places;

    private ExportFile(Path path, FileChannel channel, RangeProof range, long commitmentsAt, long[] places) {
        this.path = path;
        this.channel = channel;
        this.range = range;
        this.commitmentsAt = commitmentsAt;
        this.places = places;
    }

    /**
     * Opens a file; what it proves is not checked here.
     *
     * @param path the file
     * @param genesis the cluster that it must be of
     * @return the file, to be closed
     * @throws ExportException if it is no archive, is damaged where it says what is in it, or is of another cluster
     * @throws UnsupportedFormatException if it is of a version that this program does not read
     * @throws IOException if there is no such file, or it cannot be read
     */
    public static ExportFile open(Path path, Genesis genesis) throws StoreException, IOException {
        try {
            BoundedFile.requirePlain(path);
        } catch (IOException e) {
            throw new ExportException(ExportException.Kind.OTHER_FILE, path + " is no exported archive", e);
        }
        FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
        try {
            return open(path, channel, genesis);
        } catch (StoreException | IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static ExportFile open(Path path, FileChannel channel, Genesis genesis) throws StoreException, IOException {
        long size = channel.size();
        byte[] record = record(path, channel, size);
        RangeProof range;
        try {
            range = RangeProof.decode(StoredRecord.open(record, StoredRecord.Kind.EXPORT, FORMAT_VERSION));
        } catch (WireFormatException e) {
            throw new ExportException(ExportException.Kind.DAMAGED, path + ": " + e.getMessage(), e);
        }
        if (!range.clusterId().equals(genesis.clusterId())) {
            throw new ExportException(
                    ExportException.Kind.FOREIGN,
                    "%s is of cluster %s, the genesis is of cluster %s"
                            .formatted(
                                    path,
                                    range.clusterId().shortHex(),
                                    genesis.clusterId().shortHex()));
        }
        long count = range.segmentEnd() - range.firstSegment();
        if (count > (size - record.length) / Commitment.SIZE_BYTES) {
            throw new ExportException(
                    ExportException.Kind.DAMAGED,
                    "%s: ends after %d bytes, before its %d commitments do".formatted(path, size, count));
        }
        ExportFile file = new ExportFile(path, channel, range, record.length, new long[(int) count + 1]);
        file.locate(genesis, size);
        return file;
    }

    /** The record at the beginning, of as many bytes as it says. */
    private static byte[] record(Path path, FileChannel channel, long size) throws StoreException, IOException {
        byte[] header = read(path, channel, 0, (int) Math.min(RECORD_HEADER_BYTES, size));
        if (!StoredRecord.begins(header, StoredRecord.Kind.EXPORT)) {
            throw new ExportException(
                    ExportException.Kind.OTHER_FILE, path + " does not begin as an exported archive does");
        }
        try {
            int version = StoredRecord.version(header);
            if (version != FORMAT_VERSION) {
                throw new UnsupportedFormatException(
                        "%s is an exported archive of format version %d, this program reads version %d"
                                .formatted(path, version, FORMAT_VERSION));
            }
            ByteReader length = new ByteReader(header, RECORD_HEADER_BYTES - 4, header.length);
            long whole = (long) length.u32() + StoredRecord.OVERHEAD_BYTES;
            if (whole > size) {
                throw new WireFormatException("ends after %d bytes, its head alone has %d".formatted(size, whole));
            }
            return read(path, channel, 0, (int) whole);
        } catch (WireFormatException | IllegalArgumentException e) {
            throw new ExportException(ExportException.Kind.DAMAGED, path + ": " + e.getMessage(), e);
        }
    }

    /** Finds where each segment is, and that the file ends where the last one does. */
    private void locate(Genesis genesis, long size) throws StoreException, IOException {
        CRC32C checksum = new CRC32C();
        long place = commitmentsAt + (long) (places.length - 1) * Commitment.SIZE_BYTES + CHECKSUM_BYTES;
        int next = 0;
        places[0] = place;
        while (next < places.length - 1) {
            int count = Math.min(COMMITMENTS_AT_ONCE, places.length - 1 - next);
            byte[] bytes = commitmentBytes(next, count);
            checksum.update(bytes);
            for (Commitment commitment : decode(bytes)) {
                SegmentContext context = commitment.context();
                if (context.plainLength() > genesis.limits().maxSegmentBytes()) {
                    throw damaged(
                            "segment %d of %d plain bytes".formatted(context.segmentNumber(), context.plainLength()));
                }
                place += context.compressedLength() + CHECKSUM_BYTES;
                places[++next] = place;
            }
        }
        if (checksum(places[0] - CHECKSUM_BYTES) != checksum.getValue()) {
            throw damaged("the checksum of its commitments does not fit");
        }
        if (place != size) {
            throw damaged("it has %d bytes, its commitments make %d".formatted(size, place));
        }
    }

    /** {@return the file} */
    public Path path() {
        return path;
    }

    /** {@return what proves its commitments} */
    public RangeProof range() {
        return range;
    }

    /** {@return whether a segment is in it} */
    public boolean has(long segment) {
        return segment >= range.firstSegment() && segment < range.segmentEnd();
    }

    /**
     * {@return consecutive commitments from a segment on, at most {@code limit} and none beyond the last}
     *
     * @param from a segment that is in it
     * @param limit how many at most
     */
    public List<Commitment> commitments(long from, int limit) throws StoreException {
        int first = (int) (from - range.firstSegment());
        int count = Math.min(Math.min(limit, COMMITMENTS_AT_ONCE), places.length - 1 - first);
        try {
            return decode(commitmentBytes(first, count));
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    /**
     * {@return the compressed bytes of a segment}
     *
     * @param segment a segment that is in it
     * @throws StoreCorruptException if they are not as they were written
     */
    public Bytes compressed(long segment) throws StoreException {
        int index = (int) (segment - range.firstSegment());
        int length = (int) (places[index + 1] - places[index]) - CHECKSUM_BYTES;
        try {
            byte[] bytes = read(path, channel, places[index], length);
            CRC32C checksum = new CRC32C();
            checksum.update(bytes);
            if (checksum.getValue() != checksum(places[index] + length)) {
                throw new StoreCorruptException("%s: the checksum of segment %d does not fit".formatted(path, segment));
            }
            return Bytes.wrap(bytes);
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    @Override
    public void close() throws StoreException {
        try {
            channel.close();
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    private byte[] commitmentBytes(int first, int count) throws StoreException, IOException {
        return read(path, channel, commitmentsAt + (long) first * Commitment.SIZE_BYTES, count * Commitment.SIZE_BYTES);
    }

    private List<Commitment> decode(byte[] bytes) throws ExportException {
        ByteReader reader = new ByteReader(bytes);
        List<Commitment> commitments = new ArrayList<>();
        try {
            while (reader.remaining() > 0) {
                commitments.add(Commitment.decode(reader));
            }
        } catch (WireFormatException e) {
            throw damaged(String.valueOf(e.getMessage()));
        }
        return commitments;
    }

    private long checksum(long at) throws StoreException, IOException {
        return ByteBuffer.wrap(read(path, channel, at, CHECKSUM_BYTES)).getInt() & 0xffff_ffffL;
    }

    private static byte[] read(Path path, FileChannel channel, long at, int length) throws StoreException, IOException {
        ByteBuffer buffer = ByteBuffer.allocate(length);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, at + buffer.position()) < 0) {
                throw new ExportException(
                        ExportException.Kind.DAMAGED,
                        "%s: ends after %d bytes, more were expected".formatted(path, channel.size()));
            }
        }
        return buffer.array();
    }

    private ExportException damaged(String what) {
        return new ExportException(ExportException.Kind.DAMAGED, path + ": " + what);
    }

    private StoreException unreadable(IOException e) {
        return new StoreException(path + " cannot be read", e);
    }
}
