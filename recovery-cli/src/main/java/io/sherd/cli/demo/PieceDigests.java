package io.sherd.cli.demo;

import io.sherd.archive.store.DataDirectory;
import io.sherd.archive.store.RocksPieceStore;
import io.sherd.archive.store.StoreException;
import io.sherd.merkle.Digest;
import io.sherd.merkle.Sha256;
import io.sherd.replication.piece.Piece;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The hashes of all own pieces of a stopped replica, so that they can be compared after its disk was wiped.
 *
 * @param digests by segment
 */
record PieceDigests(List<Digest> digests) {
    PieceDigests {
        digests = List.copyOf(digests);
    }

    /** Reads all own pieces of a data directory, which nobody has open. */
    static PieceDigests of(Path dataDirectory, int replica) throws StoreException {
        try (RocksPieceStore archive =
                RocksPieceStore.openReadOnly(new DataDirectory.Layout(dataDirectory).archive())) {
            List<Digest> digests = new ArrayList<>();
            for (long segment = 0; segment < archive.commitmentCount(); segment++) {
                Optional<Piece> piece = archive.piece(segment, replica);
                digests.add(piece.map(own -> Sha256.of(own.encoded().readOnlyArray()))
                        .orElse(Digest.ZERO));
            }
            return new PieceDigests(digests);
        }
    }

    int segments() {
        return digests.size();
    }

    /** Whether another reading starts with all of these. */
    boolean isPrefixOf(PieceDigests other) {
        return other.digests.size() >= digests.size()
                && other.digests.subList(0, digests.size()).equals(digests)
                && !digests.contains(Digest.ZERO);
    }
}
