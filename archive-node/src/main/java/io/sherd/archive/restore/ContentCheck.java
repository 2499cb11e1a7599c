package io.sherd.archive.restore;

import io.sherd.archive.store.PieceStore;
import io.sherd.archive.store.StoreCorruptException;
import io.sherd.archive.store.StoreException;
import io.sherd.merkle.Digest;
import io.sherd.merkle.MerkleProofException;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.piece.Disperser;
import io.sherd.replication.piece.Piece;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.util.Optional;

/**
 * Reads what an archive holds of a segment, and checks it against the segment's commitment: a piece with its path, or the full bytes.
 * What is wrong is said, never thrown; only a disk that does not answer is. Belongs to one thread.
 */
public final class ContentCheck {

    private final PieceStore archive;
    private final Disperser disperser;
    private long bytesRead;

    /** A check of one archive, which may be open for reading only. */
    public ContentCheck(Genesis genesis, PieceStore archive) {
        this.archive = archive;
        this.disperser = new Disperser(genesis);
    }

    /**
     * What is wrong with something.
     *
     * @param missing whether it is not there
     * @param detail what was expected and what was found
     */
    public record Trouble(boolean missing, String detail) {}

    /** What is wrong with a piece that should be here; empty if it is right. */
    public Optional<Trouble> piece(Commitment commitment, int index) throws StoreException {
        try {
            Optional<Piece> piece = archive.piece(commitment.context().segmentNumber(), index);
            if (piece.isEmpty()) {
                return Optional.of(new Trouble(true, "piece %d is not there".formatted(index)));
            }
            bytesRead += piece.get().bytes().size();
            piece.get().verify(commitment);
            return Optional.empty();
        } catch (StoreCorruptException | MerkleProofException | WireFormatException e) {
            return Optional.of(new Trouble(false, String.valueOf(e.getMessage())));
        }
    }

    /** What is wrong with the full bytes of a segment; empty if they are right, or were dropped. */
    public Optional<Trouble> fullBytes(Commitment commitment) throws StoreException {
        try {
            Optional<Bytes> compressed = archive.undropped(commitment.context().segmentNumber());
            if (compressed.isEmpty()) {
                return Optional.empty();
            }
            bytesRead += compressed.get().size();
            Digest root = disperser
                    .disperse(commitment.context(), compressed.get())
                    .commitment()
                    .root();
            return root.equals(commitment.root())
                    ? Optional.empty()
                    : Optional.of(new Trouble(
                            false,
                            "they have root %s, the commitment says %s"
                                    .formatted(
                                            root.shortHex(), commitment.root().shortHex())));
        } catch (StoreCorruptException | IllegalArgumentException e) {
            // The second: bytes of another length than the context's, which a disperser refuses as its caller's
            // mistake.
            return Optional.of(new Trouble(false, String.valueOf(e.getMessage())));
        }
    }

    /** Bytes of pieces and full bytes that were read so far. */
    public long bytesRead() {
        return bytesRead;
    }
}
