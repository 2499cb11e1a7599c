package io.sherd.archive.store;

import io.sherd.merkle.MerkleProofException;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.piece.Disperser;
import io.sherd.replication.piece.Piece;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.util.Optional;

/** Every piece that a replica can give: those that it stores, and those made from what it still holds whole. Thread-safe. */
public final class HeldPieces {

    private final PieceStore pieces;
    private final FullBytes full;
    private final Disperser disperser;

    /**
     * The pieces of one replica.
     *
     * @param genesis the cluster
     * @param pieces its archive
     * @param full what it still holds in full
     */
    public HeldPieces(Genesis genesis, PieceStore pieces, FullBytes full) {
        this.pieces = pieces;
        this.full = full;
        this.disperser = new Disperser(genesis);
    }

    /**
     * A stored piece, as it is; else one made from the full bytes, which verifies.
     *
     * @param commitment of the segment
     * @param index the piece index, 0 to n - 1
     * @throws StoreCorruptException if what is stored is damaged
     */
    public Optional<Piece> of(Commitment commitment, int index) throws StoreException {
        Optional<Piece> stored = pieces.piece(commitment.context().segmentNumber(), index);
        if (stored.isPresent()) {
            return stored;
        }
        Optional<Bytes> compressed = full.of(commitment);
        return compressed.isEmpty() ? Optional.empty() : Optional.of(made(commitment, index, compressed.get()));
    }

    private Piece made(Commitment commitment, int index, Bytes compressed) throws StoreCorruptException {
        try {
            Piece piece = disperser
                    .disperse(commitment.context(), compressed)
                    .pieces()
                    .get(index);
            piece.verify(commitment);
            return piece;
        } catch (IllegalArgumentException | MerkleProofException | WireFormatException e) {
            throw new StoreCorruptException(
                    "archive: the undropped bytes of segment %d are not those of its commitment: %s"
                            .formatted(commitment.context().segmentNumber(), e.getMessage()),
                    e);
        }
    }
}
