package io.sherd.archive.store;

import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.ClosedEpoch;
import io.sherd.replication.checkpoint.StorageReceipt;
import io.sherd.replication.ledger.Signature;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.piece.Piece;
import io.sherd.replication.wire.Bytes;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** What every {@link PieceStore} demands of its callers. */
final class PieceStoreRules {

    private PieceStoreRules() {}

    /** The number of the segment, which must be the next, with pieces and bytes that are its own. */
    static long checkSealed(
            long commitmentCount, Commitment commitment, List<Piece> pieces, Optional<Bytes> undropped) {
        long segment = commitment.context().segmentNumber();
        if (segment != commitmentCount) {
            throw new IllegalArgumentException(
                    "segment %d sealed, segment %d is the next".formatted(segment, commitmentCount));
        }
        for (Piece piece : pieces) {
            if (piece.segmentNumber() != segment) {
                throw new IllegalArgumentException("a piece of segment %d with the commitment of segment %d"
                        .formatted(piece.segmentNumber(), segment));
            }
        }
        if (undropped.isPresent()) {
            checkFullBytes(commitment, undropped.get());
        }
        return segment;
    }

    /** The compressed bytes must be as long as the commitment says. */
    static void checkFullBytes(Commitment commitment, Bytes bytes) {
        if (bytes.size() != commitment.context().compressedLength()) {
            throw new IllegalArgumentException("segment %d has %d compressed bytes, not %d"
                    .formatted(
                            commitment.context().segmentNumber(),
                            commitment.context().compressedLength(),
                            bytes.size()));
        }
    }

    /** The segment must have a commitment. */
    static void checkSegment(long commitmentCount, long segment) {
        if (segment < 0 || segment >= commitmentCount) {
            throw new IllegalArgumentException(
                    "segment %d, there are commitments of the first %d".formatted(segment, commitmentCount));
        }
    }

    /** The epoch must be the next to be closed. */
    static void checkClosedEpoch(long closedEpochCount, ClosedEpoch closed) {
        if (closed.epoch() != closedEpochCount) {
            throw new IllegalArgumentException(
                    "epoch %d closed, epoch %d is the next".formatted(closed.epoch(), closedEpochCount));
        }
    }

    /** Whether a receipt takes the place of the one that is kept: unless it says no more, or was signed in an earlier epoch. */
    static boolean replaces(StorageReceipt kept, StorageReceipt receipt) {
        boolean saysNoMore =
                receipt.firstSegment() >= kept.firstSegment() && receipt.segmentCount() <= kept.segmentCount();
        return receipt.epoch() > kept.epoch() || (receipt.epoch() == kept.epoch() && !saysNoMore);
    }

    /** Both certificates' signatures; where both have one of a replica, that of the first. */
    static CheckpointCertificate merge(CheckpointCertificate stored, CheckpointCertificate added) {
        if (!stored.statement().equals(added.statement())) {
            throw new IllegalArgumentException(
                    "position %d has the certified ledger hash %s, a certificate of another statement (%s) was added"
                            .formatted(
                                    stored.statement().sequence(),
                                    stored.statement().ledgerHash().shortHex(),
                                    added.statement().ledgerHash().shortHex()));
        }
        SortedMap<Integer, Signature> signatures = new TreeMap<>(added.signatures());
        signatures.putAll(stored.signatures());
        return new CheckpointCertificate(stored.statement(), signatures);
    }
}
