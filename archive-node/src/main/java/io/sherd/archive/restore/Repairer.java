package io.sherd.archive.restore;

import io.sherd.archive.learner.BlockingSource;
import io.sherd.archive.learner.InsufficientPiecesException;
import io.sherd.archive.learner.LedgerSource;
import io.sherd.archive.learner.SourceException;
import io.sherd.archive.store.PieceStore;
import io.sherd.archive.store.StoreCorruptException;
import io.sherd.archive.store.StoreException;
import io.sherd.merkle.MerkleProofException;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.learner.Shortage;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.piece.Disperser;
import io.sherd.replication.piece.Piece;
import io.sherd.replication.piece.Reassembler;
import io.sherd.replication.piece.ReassemblyException;
import io.sherd.replication.retention.ReplicaSet;
import io.sherd.replication.retention.SegmentSet;
import io.sherd.replication.wire.WireFormatException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ToLongFunction;

/**
 * Makes one piece of an archive anew: its replica's own, or a hint; or the full bytes of a segment. Whoever holds that piece, or the segment's full bytes, has it as it is; else
 * k pieces of others rebuild it. Every piece is verified against the commitment, so nobody needs trust, and the stored piece is
 * replaced only by one that verifies. A source that cannot be reached once is asked no more.
 */
public final class Repairer {

    private final Genesis genesis;
    private final PieceStore archive;
    private final int replica;
    private final List<LedgerSource> sources;
    private final Reassembler reassembler;

    /** What those sources said that could not be reached, and are asked no more: waiting for each again would take for ever. */
    private final SortedMap<Integer, String> silent = new TreeMap<>();

    /**
     * A repairer of one archive.
     *
     * @param genesis the cluster
     * @param archive the archive, whose commitments are right
     * @param replica whose it is, and so the index of its own pieces
     * @param sources who can be asked; not closed from here
     */
    public Repairer(Genesis genesis, PieceStore archive, int replica, List<LedgerSource> sources) {
        this.genesis = genesis;
        this.archive = archive;
        this.replica = replica;
        this.sources = List.copyOf(sources);
        this.reassembler = new Reassembler(genesis);
    }

    /**
     * How a piece was repaired.
     *
     * @param segment the segment
     * @param rebuilt whether it was rebuilt from k others, rather than found whole somewhere
     * @param bytesReceived from all sources
     */
    public record Repaired(long segment, boolean rebuilt, long bytesReceived) {}

    /** Repairs the own piece of a segment, as {@link #repair(long, int)} does. */
    public Repaired repair(long segment)
            throws StoreException, InsufficientPiecesException, ReassemblyException, InterruptedException {
        return repair(segment, replica);
    }

    /**
     * Repairs a piece of a segment.
     *
     * @param segment the segment
     * @param index which piece: the own one, or one that is held for another replica
     * @throws InsufficientPiecesException if fewer than k valid pieces can be reached; nothing was changed
     * @throws ReassemblyException if pieces that verify do not make a segment: more than f replicas signed a lie
     */
    public Repaired repair(long segment, int index)
            throws StoreException, InsufficientPiecesException, ReassemblyException, InterruptedException {
        Commitment commitment = commitment(segment);
        long before = sum(LedgerSource::bytesReceived);
        SortedMap<Integer, String> troubles = new TreeMap<>(silent);
        for (LedgerSource source : sources) {
            List<Piece> found = ask(source, commitment, index, troubles);
            if (!found.isEmpty()) {
                archive.putPiece(found.getFirst());
                return new Repaired(segment, false, sum(LedgerSource::bytesReceived) - before);
            }
        }
        archive.putPiece(rebuild(commitment, troubles).pieces().get(index));
        return new Repaired(segment, true, sum(LedgerSource::bytesReceived) - before);
    }

    /**
     * Repairs the full bytes of a segment that was not dropped yet, from k pieces of others.
     *
     * @param segment the segment
     * @throws InsufficientPiecesException if fewer than k valid pieces can be reached; nothing was changed
     * @throws ReassemblyException if pieces that verify do not make a segment: more than f replicas signed a lie
     */
    public Repaired repairFullBytes(long segment)
            throws StoreException, InsufficientPiecesException, ReassemblyException, InterruptedException {
        long before = sum(LedgerSource::bytesReceived);
        Disperser.Dispersed made = rebuild(commitment(segment), new TreeMap<>(silent));
        archive.putUndropped(segment, made.compressed());
        return new Repaired(segment, true, sum(LedgerSource::bytesReceived) - before);
    }

    /**
     * Repairs the pieces of a segment that are held for other replicas, those of them that are damaged.
     *
     * @param segment the segment
     * @return how each was repaired
     */
    public List<Repaired> repairHints(long segment)
            throws StoreException, InsufficientPiecesException, ReassemblyException, InterruptedException {
        List<Repaired> repaired = new ArrayList<>();
        for (Map.Entry<Integer, SegmentSet> held : archive.hints().entrySet()) {
            if (held.getValue().contains(segment) && isDamaged(segment, held.getKey())) {
                repaired.add(repair(segment, held.getKey()));
            }
        }
        return repaired;
    }

    /** Whether a piece is missing, cannot be read, or is not that of its commitment. */
    public boolean isDamaged(long segment, int index) throws StoreException {
        try {
            Optional<Piece> stored = archive.piece(segment, index);
            if (stored.isEmpty()) {
                return true;
            }
            stored.get().verify(archive.commitment(segment).orElseThrow());
            return false;
        } catch (StoreCorruptException | MerkleProofException | WireFormatException e) {
            return true;
        }
    }

    private Commitment commitment(long segment) throws StoreException {
        return archive.commitment(segment)
                .orElseThrow(() -> new IllegalArgumentException("segment " + segment + " is not in this archive"));
    }

    private Disperser.Dispersed rebuild(Commitment commitment, SortedMap<Integer, String> troubles)
            throws InsufficientPiecesException, ReassemblyException, InterruptedException {
        int needed = genesis.piecesNeeded();
        List<Piece> pieces = new ArrayList<>();
        ReplicaSet held = ReplicaSet.NONE;
        for (LedgerSource source : sources) {
            if (pieces.size() < needed) {
                List<Piece> own = ask(source, commitment, source.replica(), troubles);
                pieces.addAll(own);
                held = own.isEmpty() ? held : held.with(source.replica());
            }
        }
        // What its owner does not give, somebody else may hold as a hint.
        ReplicaSet missing = ReplicaSet.all(genesis.quorums().replicaCount()).minus(held);
        for (int owner : missing.toList()) {
            if (pieces.size() < needed) {
                pieces.addAll(hintFor(owner, commitment));
            }
        }
        if (pieces.size() < needed) {
            throw new InsufficientPiecesException(
                    new Shortage(
                            Shortage.Stage.PIECES,
                            commitment.context().segmentNumber(),
                            pieces.size(),
                            needed,
                            troubles),
                    new TreeMap<>());
        }
        return reassembler.reassemble(commitment, pieces).dispersed();
    }

    /** The first valid copy of a piece that anybody but its owner holds, if there is one. */
    private List<Piece> hintFor(int owner, Commitment commitment) throws InterruptedException {
        for (LedgerSource source : sources) {
            List<Piece> hint = source.replica() == owner ? List.of() : ask(source, commitment, owner, new TreeMap<>());
            if (!hint.isEmpty()) {
                return hint;
            }
        }
        return List.of();
    }

    /** The piece that was asked for if it comes and verifies, else nothing and a note of the trouble. */
    private List<Piece> ask(LedgerSource source, Commitment commitment, int index, SortedMap<Integer, String> troubles)
            throws InterruptedException {
        if (silent.containsKey(source.replica())) {
            return List.of();
        }
        try {
            Piece piece = new BlockingSource(source).piece(commitment.context().segmentNumber(), index);
            if (piece.index() != index) {
                throw new WireFormatException("piece %d was asked for, piece %d came".formatted(index, piece.index()));
            }
            piece.verify(commitment);
            troubles.remove(source.replica());
            return List.of(piece);
        } catch (SourceException e) {
            troubles.put(source.replica(), String.valueOf(e.getMessage()));
            if (e.kind() == SourceException.Kind.UNREACHABLE) {
                silent.put(source.replica(), String.valueOf(e.getMessage()));
            }
        } catch (MerkleProofException | WireFormatException e) {
            troubles.put(source.replica(), "sent what does not verify: " + e.getMessage());
        }
        return List.of();
    }

    private long sum(ToLongFunction<LedgerSource> number) {
        return sources.stream().mapToLong(number).sum();
    }
}
