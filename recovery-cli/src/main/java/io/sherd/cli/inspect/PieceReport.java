package io.sherd.cli.inspect;

import io.sherd.archive.store.RocksPieceStore;
import io.sherd.archive.store.StoreCorruptException;
import io.sherd.archive.store.StoreException;
import io.sherd.cli.output.CommandFailure;
import io.sherd.cli.output.ExitCode;
import io.sherd.merkle.Digest;
import io.sherd.merkle.MerkleProofException;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.piece.Piece;
import io.sherd.replication.wire.WireFormatException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One stored piece, the path that proves it, and whether it does.
 *
 * @param kind piece
 * @param segment its segment
 * @param index which of the segment's pieces
 * @param role own, or hint: held for another replica
 * @param bytes its size; null if it cannot be read
 * @param leaf its leaf hash
 * @param path the siblings from the leaf upwards
 * @param root where the path must lead
 * @param bytesHex the piece itself, if that was asked for
 * @param ok whether the path leads there, and the root is proved
 * @param verdict why
 * @param exitCode what the command ends with
 */
public record PieceReport(
        String kind,
        long segment,
        int index,
        String role,
        @Nullable Integer bytes,
        @Nullable String leaf,
        List<String> path,
        String root,
        @Nullable String bytesHex,
        boolean ok,
        String verdict,
        int exitCode)
        implements Inspected {

    private static final int HEX_CHARACTERS_A_LINE = 96;

    /** Which piece is shown, and how. */
    public record Wanted(long segment, @Nullable Integer index, boolean hex) {}

    /**
     * Reads a piece and checks it.
     *
     * @param genesis the cluster
     * @param view the directory
     * @param wanted which piece; without an index, the replica's own
     * @throws CommandFailure if there is no such piece
     */
    public static PieceReport of(Genesis genesis, DirectoryView view, Wanted wanted)
            throws StoreException, CommandFailure {
        int index = wanted.index() == null ? view.replica() : wanted.index();
        try (RocksPieceStore archive = view.archive()) {
            Commitment commitment = SegmentReport.commitment(archive, wanted.segment());
            Verdict history = ProvedHistory.of(genesis, archive, view.replica()).ofSegment(wanted.segment());
            Optional<Piece> stored;
            try {
                stored = archive.piece(wanted.segment(), index);
            } catch (StoreCorruptException e) {
                Verdict rotten = Verdict.bad(ExitCode.REPAIRABLE, "%s", String.valueOf(e.getMessage()));
                return report(view, wanted, index, null, commitment, rotten);
            }
            Piece piece = stored.orElseThrow(() -> absent(view, wanted.segment(), index));
            return report(
                    view,
                    wanted,
                    index,
                    piece,
                    commitment,
                    leads(piece, commitment).and(history));
        }
    }

    private static Verdict leads(Piece piece, Commitment commitment) {
        try {
            piece.verify(commitment);
            return Verdict.proved("its path leads to the root");
        } catch (MerkleProofException | WireFormatException e) {
            return Verdict.bad(ExitCode.REPAIRABLE, "%s", String.valueOf(e.getMessage()));
        }
    }

    private static PieceReport report(
            DirectoryView view,
            Wanted wanted,
            int index,
            @Nullable Piece piece,
            Commitment commitment,
            Verdict verdict) {
        return new PieceReport(
                "piece",
                wanted.segment(),
                index,
                index == view.replica() ? "own" : "hint",
                piece == null ? null : piece.bytes().size(),
                piece == null
                        ? null
                        : commitment.context().leaf(index, piece.bytes()).hex(),
                piece == null
                        ? List.of()
                        : piece.siblings().stream().map(Digest::hex).toList(),
                commitment.root().hex(),
                piece == null || !wanted.hex() ? null : piece.bytes().hex(),
                verdict.isProved(),
                verdict.text(),
                verdict.exit().code());
    }

    private static CommandFailure absent(DirectoryView view, long segment, int index) {
        return new CommandFailure(
                ExitCode.NOT_FOUND,
                "piece.absent",
                "piece %d of segment %d is not in this directory".formatted(index, segment),
                index == view.replica()
                        ? "it is this replica's own: sherd repair makes it anew"
                        : "this is the directory of r%d, which holds piece %d of each segment"
                                .formatted(view.replica(), view.replica()));
    }

    @Override
    public List<String> text() {
        Facts facts = new Facts()
                .add("piece", "%d of segment %d, %s".formatted(index, segment, role))
                .add("bytes", bytes == null ? "unreadable" : bytes)
                .add("leaf", leaf == null ? "-" : leaf);
        for (int level = 0; level < path.size(); level++) {
            facts.add("path " + level, path.get(level));
        }
        facts.add("root", root);
        if (bytesHex != null) {
            for (int from = 0; from < bytesHex.length(); from += HEX_CHARACTERS_A_LINE) {
                facts.add(
                        "%08x".formatted(from / 2),
                        bytesHex.substring(from, Math.min(bytesHex.length(), from + HEX_CHARACTERS_A_LINE)));
            }
        }
        return facts.lines(exitCode, verdict);
    }
}
