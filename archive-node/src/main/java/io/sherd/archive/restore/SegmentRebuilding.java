package io.sherd.archive.restore;

import io.sherd.archive.store.PieceStore;
import io.sherd.archive.store.StoreCorruptException;
import io.sherd.archive.store.StoreException;
import io.sherd.merkle.MerkleProofException;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.piece.Disperser;
import io.sherd.replication.piece.Piece;
import io.sherd.replication.piece.Reassembler;
import io.sherd.replication.piece.ReassemblyException;
import io.sherd.replication.segment.Segment;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Rebuilds segments from the pieces in several archives, of which none is trusted: each piece is verified against the commitment, own
 * pieces, hints and full bytes alike.
 */
public final class SegmentRebuilding {

    private final int replicaCount;
    private final int piecesNeeded;
    private final List<Archive> archives;
    private final Reassembler reassembler;
    private final Disperser disperser;

    /**
     * An archive to read from.
     *
     * @param name for messages
     * @param pieces what it holds
     */
    public record Archive(String name, PieceStore pieces) {}

    /**
     * What became of a segment.
     *
     * @param segment the segment, if k valid pieces were found
     * @param validPieces pieces with distinct indexes that verify
     * @param troubles by archive: what is wrong with a piece in it
     */
    public record Rebuilt(Optional<Segment> segment, int validPieces, SortedMap<String, String> troubles) {}

    /** Rebuilds segments of a cluster from some archives. */
    public SegmentRebuilding(Genesis genesis, List<Archive> archives) {
        this.replicaCount = genesis.quorums().replicaCount();
        this.piecesNeeded = genesis.piecesNeeded();
        this.archives = List.copyOf(archives);
        this.reassembler = new Reassembler(genesis);
        this.disperser = new Disperser(genesis);
    }

    /**
     * Rebuilds one segment.
     *
     * @param commitment its commitment
     * @throws ReassemblyException if pieces that verify do not make a segment
     */
    public Rebuilt rebuild(Commitment commitment) throws StoreException, ReassemblyException {
        SortedMap<Integer, Piece> valid = new TreeMap<>();
        SortedMap<String, String> troubles = new TreeMap<>();
        for (Archive archive : archives) {
            for (int index = 0; index < replicaCount; index++) {
                if (!valid.containsKey(index)) {
                    addPiece(archive, commitment, index, valid, troubles);
                }
            }
        }
        for (Archive archive : archives) {
            if (valid.size() < replicaCount) {
                addFullBytes(archive, commitment, valid, troubles);
            }
        }
        if (valid.size() < piecesNeeded) {
            return new Rebuilt(Optional.empty(), valid.size(), troubles);
        }
        List<Piece> pieces = List.copyOf(valid.values()).subList(0, piecesNeeded);
        return new Rebuilt(
                Optional.of(reassembler.reassemble(commitment, pieces).segment()), valid.size(), troubles);
    }

    private static void addPiece(
            Archive archive,
            Commitment commitment,
            int index,
            SortedMap<Integer, Piece> valid,
            SortedMap<String, String> troubles)
            throws StoreException {
        try {
            Optional<Piece> piece = archive.pieces.piece(commitment.context().segmentNumber(), index);
            if (piece.isPresent()) {
                piece.get().verify(commitment);
                valid.put(index, piece.get());
            }
        } catch (StoreCorruptException | MerkleProofException | WireFormatException e) {
            troubles.put(archive.name, "piece %d: %s".formatted(index, e.getMessage()));
        }
    }

    private void addFullBytes(
            Archive archive, Commitment commitment, SortedMap<Integer, Piece> valid, SortedMap<String, String> troubles)
            throws StoreException {
        try {
            Optional<Bytes> compressed =
                    archive.pieces.undropped(commitment.context().segmentNumber());
            if (compressed.isEmpty()) {
                return;
            }
            Disperser.Dispersed made = disperser.disperse(commitment.context(), compressed.get());
            if (made.commitment().equals(commitment)) {
                List<Piece> pieces = new ArrayList<>(made.pieces());
                pieces.forEach(piece -> valid.putIfAbsent(piece.index(), piece));
            } else {
                troubles.put(archive.name, "its full bytes are not those of the commitment");
            }
        } catch (StoreCorruptException | IllegalArgumentException e) {
            // The second: bytes of another length than the context's, which a disperser refuses as its caller's
            // mistake.
            troubles.put(archive.name, "its full bytes: " + e.getMessage());
        }
    }
}
