package io.sherd.cli.inspect;

import io.sherd.archive.store.RocksPieceStore;
import io.sherd.archive.store.StoreCorruptException;
import io.sherd.archive.store.StoreException;
import io.sherd.cli.output.CommandFailure;
import io.sherd.cli.output.ExitCode;
import io.sherd.consensus.durable.VoteLogView;
import io.sherd.merkle.MerkleProofException;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.piece.Piece;
import io.sherd.replication.piece.SegmentContext;
import io.sherd.replication.wire.WireFormatException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The commitment of one segment, and what a directory holds of the segment.
 *
 * @param kind segment
 * @param segment its number
 * @param epoch the epoch that it was sealed in
 * @param firstSequence position of its first entry
 * @param lastSequence position of its last entry
 * @param n pieces that there are
 * @param f faulty replicas that are tolerated
 * @param k pieces that rebuild it
 * @param codec how it was compressed
 * @param compressedBytes bytes that were dispersed
 * @param plainBytes bytes before compression
 * @param pieceBytes bytes of each piece
 * @param ledgerHashBefore the ledger hash before its first entry
 * @param ledgerHashAfter the ledger hash after its last entry
 * @param entriesRoot the root over its entries
 * @param root the root over its pieces
 * @param leaf its leaf under the history root
 * @param ownPiece whether the replica's own piece is there
 * @param hints pieces of other replicas that are there
 * @param damagedPieces pieces that are there and are not those of the commitment, its own maybe among them
 * @param fullBytes where its full bytes are: archive, votes, or dropped
 * @param missingReceipts replicas that have not said that their piece is durable
 * @param ok whether the commitment is proved
 * @param verdict why
 * @param exitCode what the command ends with
 */
public record SegmentReport(
        String kind,
        long segment,
        long epoch,
        long firstSequence,
        long lastSequence,
        int n,
        int f,
        int k,
        int codec,
        int compressedBytes,
        int plainBytes,
        int pieceBytes,
        String ledgerHashBefore,
        String ledgerHashAfter,
        String entriesRoot,
        String root,
        String leaf,
        boolean ownPiece,
        List<Integer> hints,
        List<Integer> damagedPieces,
        String fullBytes,
        List<Integer> missingReceipts,
        boolean ok,
        String verdict,
        int exitCode)
        implements Inspected {

    /**
     * Reads a segment's commitment and checks it.
     *
     * @param genesis the cluster
     * @param view the directory
     * @param number the segment
     * @throws CommandFailure if there is no such segment
     */
    public static SegmentReport of(Genesis genesis, DirectoryView view, long number)
            throws StoreException, CommandFailure {
        try (RocksPieceStore archive = view.archive()) {
            Commitment commitment = commitment(archive, number);
            SegmentContext context = commitment.context();
            Verdict verdict = ProvedHistory.of(genesis, archive, view.replica()).ofSegment(number);
            List<Integer> held = new ArrayList<>();
            List<Integer> damaged = new ArrayList<>();
            for (int index = 0; index < context.pieceCount(); index++) {
                switch (pieceOf(archive, commitment, index)) {
                    case ABSENT -> {}
                    case WHOLE -> held.add(index);
                    case DAMAGED -> {
                        held.add(index);
                        damaged.add(index);
                    }
                }
            }
            boolean ownPiece = held.contains(view.replica());
            List<Integer> hints =
                    held.stream().filter(index -> index != view.replica()).toList();
            boolean isRotten = verdict.isProved() && !damaged.isEmpty();
            return new SegmentReport(
                    "segment",
                    number,
                    context.epoch(),
                    context.firstSequence(),
                    context.lastSequence(),
                    context.pieceCount(),
                    context.faultLimit(),
                    context.piecesNeeded(),
                    context.codec(),
                    context.compressedLength(),
                    context.plainLength(),
                    context.pieceSizeBytes(),
                    context.ledgerHashBefore().hex(),
                    context.ledgerHashAfter().hex(),
                    context.entriesRoot().hex(),
                    commitment.root().hex(),
                    commitment.leaf().hex(),
                    ownPiece,
                    hints,
                    damaged,
                    fullBytes(archive, view, context),
                    archive.replicasWithoutReceipt(number, context.pieceCount()),
                    verdict.isProved() && !isRotten,
                    isRotten
                            ? "pieces %s are rotten: `sherd repair` makes them anew".formatted(damaged)
                            : verdict.text(),
                    (isRotten ? ExitCode.REPAIRABLE : verdict.exit()).code());
        }
    }

    private enum Stored {
        ABSENT,
        WHOLE,
        DAMAGED
    }

    private static Stored pieceOf(RocksPieceStore archive, Commitment commitment, int index) throws StoreException {
        try {
            Optional<Piece> piece = archive.piece(commitment.context().segmentNumber(), index);
            if (piece.isEmpty()) {
                return Stored.ABSENT;
            }
            piece.get().verify(commitment);
            return Stored.WHOLE;
        } catch (StoreCorruptException | MerkleProofException | WireFormatException e) {
            return Stored.DAMAGED;
        }
    }

    private static String fullBytes(RocksPieceStore archive, DirectoryView view, SegmentContext context)
            throws StoreException {
        if (archive.undropped(context.segmentNumber()).isPresent()) {
            return "archive";
        }
        try (VoteLogView votes = view.votes()) {
            return votes.decided(context.firstSequence()).isPresent() ? "votes" : "dropped";
        }
    }

    /** The commitment of a segment that must be there. */
    static Commitment commitment(RocksPieceStore archive, long segment) throws StoreException, CommandFailure {
        return archive.commitment(segment)
                .orElseThrow(() -> new CommandFailure(
                        ExitCode.NOT_FOUND,
                        "segment.absent",
                        "there is no segment %d in this directory".formatted(segment),
                        archive.commitmentCount() == 0
                                ? "it holds none"
                                : "it holds segments 0 to " + (archive.commitmentCount() - 1)));
    }

    @Override
    public List<String> text() {
        return new Facts()
                .add("segment", segment)
                .add("entries", "seq %d to %d, epoch %d".formatted(firstSequence, lastSequence, epoch))
                .add("pieces", "n=%d f=%d k=%d, %d bytes each".formatted(n, f, k, pieceBytes))
                .add("bytes", "%d, %d compressed (codec %d)".formatted(plainBytes, compressedBytes, codec))
                .add("root", root)
                .add("leaf", leaf)
                .add("entries root", entriesRoot)
                .add("ledger hash", ledgerHashBefore + " before")
                .add("", ledgerHashAfter + " after")
                .add("own piece", ownPiece ? "here" : "MISSING")
                .add("hints", hints.isEmpty() ? "none" : hints)
                .add("full bytes", fullBytes.equals("dropped") ? fullBytes : "in the " + fullBytes)
                .add("receipts", missingReceipts.isEmpty() ? "of all" : "missing of " + missingReceipts)
                .lines(exitCode, verdict);
    }
}
