package io.sherd.archive.store;

import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.ClosedEpoch;
import io.sherd.replication.checkpoint.StorageReceipt;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.piece.Piece;
import io.sherd.replication.retention.SegmentSet;
import io.sherd.replication.wire.Bytes;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/**
 * Port: the archive of one replica. Segments are numbered from 0 without gaps as far as their commitments go; a piece may be
 * missing (a replica that was restored, or whose piece rotted).
 *
 * <p>A call that returns has made its writes durable, unless it says otherwise. Every read checks what it returns: a value
 * that is not what was written throws {@link StoreCorruptException}, never comes back as something else, and never stops
 * reads of other values. Thread-safe.
 */
public interface PieceStore extends AutoCloseable {

    /** How many commitments there are: those of segments 0 to this, exclusive. */
    long commitmentCount();

    /** The commitment of a segment, if it is below {@link #commitmentCount()}. */
    Optional<Commitment> commitment(long segment) throws StoreException;

    /** Consecutive commitments from {@code from}, at most {@code limit} and none beyond the last. */
    List<Commitment> commitments(long from, int limit) throws StoreException;

    /**
     * Stores a sealed segment: the next commitment, this replica's own piece and, while the retention rule may need them,
     * the compressed bytes.
     *
     * @param commitment the commitment of segment {@link #commitmentCount()}
     * @param own this replica's piece, already verified; empty for a commitment whose piece comes later
     * @param undropped the segment's compressed bytes, or empty if they need not be kept
     */
    default void putSealed(Commitment commitment, Optional<Piece> own, Optional<Bytes> undropped)
            throws StoreException {
        putSealed(commitment, own.stream().toList(), undropped);
    }

    /**
     * Stores a sealed segment with several of its pieces, all or nothing: what a restored replica makes of a segment that it
     * decoded and does not keep.
     *
     * @param commitment the commitment of segment {@link #commitmentCount()}
     * @param pieces its own one, and hints; already verified
     * @param undropped the segment's compressed bytes, or empty if they need not be kept
     */
    void putSealed(Commitment commitment, List<Piece> pieces, Optional<Bytes> undropped) throws StoreException;

    /** The stored piece of a segment and index: own, or a hint. Its path is not checked here, its bytes are. */
    Optional<Piece> piece(long segment, int index) throws StoreException;

    /** Stores, or replaces, a piece that verifies against the segment's commitment. */
    default void putPiece(Piece piece) throws StoreException {
        putPieces(List.of(piece));
    }

    /** Stores pieces as {@link #putPiece} does, all or nothing. */
    void putPieces(List<Piece> pieces) throws StoreException;

    /** Which segments' pieces are held for other replicas, by their owner; owners without any are absent. */
    SortedMap<Integer, SegmentSet> hints() throws StoreException;

    /** For which replicas a piece of one segment is held, ascending. */
    List<Integer> hintsOf(long segment) throws StoreException;

    /** Drops a piece: a hint that is not needed any more. Not durable by itself: a crash may bring it back. */
    void dropPiece(long segment, int index) throws StoreException;

    /** The compressed bytes of a segment that was not dropped yet. */
    Optional<Bytes> undropped(long segment) throws StoreException;

    /**
     * Stores, or replaces, the compressed bytes of a segment, which are those of its commitment.
     *
     * @param segment one that has a commitment
     */
    void putUndropped(long segment, Bytes compressed) throws StoreException;

    /** Segments whose compressed bytes are kept, ascending. */
    List<Long> undroppedSegments() throws StoreException;

    /** Drops the compressed bytes of a segment. Not durable by itself: a crash may bring them back. */
    void dropFullBytes(long segment) throws StoreException;

    /**
     * Stores a certificate, or adds signatures to the stored one of the same position. Each signature is also recorded as
     * its signer's receipt for the segment that the statement closes. Not durable by itself.
     *
     * @throws IllegalArgumentException if the stored certificate is of another statement: both cannot have been verified
     *     unless more than f replicas lie
     */
    void putCertificate(CheckpointCertificate certificate) throws StoreException;

    /** The certificate of the highest position. */
    Optional<CheckpointCertificate> latestCertificate() throws StoreException;

    /** The stored certificates from a position on, ascending, at most {@code limit}. */
    List<CheckpointCertificate> certificates(long fromSequence, int limit) throws StoreException;

    /** Forgets certificates below a position; those that close an epoch stay, in {@link #closedEpochs}. */
    void dropCertificatesBelow(long sequence) throws StoreException;

    /** Stores the closing of epoch {@link #closedEpochCount()}. */
    void putClosedEpoch(ClosedEpoch closed) throws StoreException;

    /** How many epochs were closed: also the current epoch. */
    long closedEpochCount();

    /** Closed epochs from one on, at most {@code limit}. */
    List<ClosedEpoch> closedEpochs(long fromEpoch, int limit) throws StoreException;

    /**
     * Records that a replica's receipt for a range is held. Of each replica one signed receipt is kept, to be shown to others:
     * the last one that says more than the one before it, or is of a later epoch. Not durable by itself.
     *
     * @param receipt verified, of segments that have commitments
     */
    void putReceipt(StorageReceipt receipt) throws StoreException;

    /** The signed receipt of each replica of which one is kept, by ascending replica. */
    List<StorageReceipt> signedReceipts() throws StoreException;

    /** The segments for which a replica's receipt is held. */
    SegmentSet receipts(int replica) throws StoreException;

    /** The replicas whose receipt for a segment is not held, given that there are n; own number included if it is so. */
    List<Integer> replicasWithoutReceipt(long segment, int replicaCount) throws StoreException;

    /** Writes everything in memory to its place on disk, so that no more than the least space is used. */
    void flushAndCompact() throws StoreException;

    /** Closes the store; the calls of other threads that are under way end first, later ones are refused. */
    @Override
    void close() throws StoreException;
}
