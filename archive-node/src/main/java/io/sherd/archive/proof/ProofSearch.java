package io.sherd.archive.proof;

import io.sherd.archive.edge.EdgeLimits;
import io.sherd.archive.learner.BlockingSource;
import io.sherd.archive.learner.ConnectedSources;
import io.sherd.archive.learner.LedgerSource;
import io.sherd.archive.learner.SourceDirectory;
import io.sherd.archive.learner.SourceException;
import io.sherd.archive.restore.CertificateChain;
import io.sherd.archive.restore.HeadSearch;
import io.sherd.archive.state.InvalidStateException;
import io.sherd.archive.state.StateLeaf;
import io.sherd.archive.state.StateProof;
import io.sherd.archive.state.StateProofBuilder;
import io.sherd.merkle.Digest;
import io.sherd.merkle.MerkleProofException;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.CheckpointStatement;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.learner.LearnerProgress;
import io.sherd.replication.ledger.LedgerEntry;
import io.sherd.replication.ledger.Request;
import io.sherd.replication.ledger.SignatureVerifier;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.piece.Piece;
import io.sherd.replication.piece.Reassembler;
import io.sherd.replication.piece.ReassemblyException;
import io.sherd.replication.piece.SegmentContext;
import io.sherd.replication.proof.CertifiedStatement;
import io.sherd.replication.proof.RangeProof;
import io.sherd.replication.proof.TransactionProof;
import io.sherd.replication.segment.Segment;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Makes proofs under the highest certificate that sources show. It asks them one after another, which is enough for one proof: all
 * commitments for the path to the history root, k pieces of one segment, or a way through the state. Belongs to one thread.
 */
public final class ProofSearch implements AutoCloseable {

    /** While a state is asked for the cluster may go on; then it is asked for under the newer certificate. */
    private static final int STATE_ATTEMPTS = 3;

    private final Genesis genesis;
    private final Duration patience;
    private final CertificateChain chain;
    private final ConnectedSources sources;
    private final Reassembler reassembler;
    private @Nullable CertifiedHistory history;
    private @Nullable CertifiedStatement certified;

    /**
     * An entry that was found and rebuilt.
     *
     * @param commitment the commitment of its segment
     * @param segment the segment
     * @param entry the entry
     */
    public record Found(Commitment commitment, Segment segment, LedgerEntry entry) {}

    /**
     * A search that has asked nobody yet.
     *
     * @param genesis the one trust root
     * @param verifier decides about signatures
     * @param directory makes the sources
     * @param patience how long to wait for certificates
     */
    public ProofSearch(Genesis genesis, SignatureVerifier verifier, SourceDirectory directory, Duration patience) {
        this.genesis = genesis;
        this.patience = patience;
        this.chain = new CertificateChain(genesis, verifier);
        this.sources = new ConnectedSources(directory);
        this.reassembler = new Reassembler(genesis);
    }

    /**
     * Finds the entry at a position.
     *
     * @param sequence the position
     * @return the entry
     * @throws ProofUnavailableException if it is not sealed yet, or cannot be had
     * @throws ReassemblyException if more than f replicas signed a lie
     */
    public Found entry(long sequence) throws ProofUnavailableException, ReassemblyException, InterruptedException {
        CertifiedHistory known = history();
        OptionalLong segment = known.segmentOf(sequence);
        if (segment.isEmpty()) {
            throw new ProofUnavailableException(
                    ProofUnavailableException.Kind.ABSENT,
                    "there is no entry %d under the newest certificate, which is of seq %d"
                            .formatted(sequence, certified().statement().sequence()),
                    List.of());
        }
        Commitment commitment = commitment(segment.getAsLong());
        Segment rebuilt = rebuild(commitment);
        int place = Math.toIntExact(sequence - rebuilt.firstSequence());
        return new Found(commitment, rebuilt, rebuilt.entries().get(place));
    }

    /**
     * Proves that the request with a digest is in the ledger, at its last place there. Segments are rebuilt from the newest one down
     * until it is found: for an old request that is most of the ledger.
     *
     * @param request the request's digest
     * @return the proof
     * @throws ProofUnavailableException if it is in no certified segment, or a segment cannot be had
     * @throws ReassemblyException if more than f replicas signed a lie
     */
    public TransactionProof transaction(Digest request)
            throws ProofUnavailableException, ReassemblyException, InterruptedException {
        CertifiedHistory known = history();
        for (long number = known.segmentCount() - 1L; number >= 0; number--) {
            Commitment commitment = commitment(number);
            Segment segment = rebuild(commitment);
            for (LedgerEntry entry : segment.entries().reversed()) {
                int index = entry.batch().requests().stream()
                        .map(Request::digest)
                        .toList()
                        .lastIndexOf(request);
                if (index >= 0) {
                    return transaction(new Found(commitment, segment, entry), index);
                }
            }
        }
        throw new ProofUnavailableException(
                ProofUnavailableException.Kind.ABSENT,
                "no request of the %d certified segments has the digest %s"
                        .formatted(known.segmentCount(), request.hex()),
                List.of());
    }

    /**
     * Proves that a request of an entry is in the ledger.
     *
     * @param found the entry, from this search
     * @param index the request's place in it
     * @return the proof
     */
    public TransactionProof transaction(Found found, int index) throws ProofUnavailableException, InterruptedException {
        return TransactionProof.of(
                certified(),
                found.commitment(),
                history().path(found.segment().number()),
                found.segment(),
                found.entry().sequence(),
                index);
    }

    /**
     * Proves what a key of the application holds in the newest certified state.
     *
     * @param key the key
     * @return the proof, also if it holds nothing
     * @throws ProofUnavailableException if no state is certified, or no source shows it
     */
    public KeyProof key(Bytes key) throws ProofUnavailableException, InterruptedException {
        SortedMap<Integer, String> troubles = new TreeMap<>();
        for (int attempt = 0; attempt < STATE_ATTEMPTS; attempt++) {
            certified = null;
            CertifiedStatement newest = certified();
            CheckpointStatement statement = newest.statement();
            if (statement.stateSequence() == 0) {
                throw new ProofUnavailableException(
                        ProofUnavailableException.Kind.ABSENT, "no state is certified yet", List.of());
            }
            for (LedgerSource source : sources.all()) {
                try {
                    StateProof proof = walk(new BlockingSource(source), statement, key);
                    boolean holds = proof.verify(statement.stateRoot()).isPresent();
                    return new KeyProof(genesis.clusterId(), newest, holds, proof);
                } catch (SourceException | InvalidStateException e) {
                    troubles.put(source.replica(), String.valueOf(e.getMessage()));
                }
            }
        }
        throw unreachable("nobody shows the certified state", troubles);
    }

    /**
     * A run of certified segments.
     *
     * @param proof what proves its commitments
     * @param start where a learner stands before the first of them
     */
    public record Range(RangeProof proof, LearnerProgress start) {}

    /**
     * Proves a run of segments, down to their commitments.
     *
     * @param first the first segment
     * @param end the one behind the last; the run ends earlier where the certificate does
     * @return the run
     * @throws ProofUnavailableException if the first segment is not certified, or nobody shows the commitments
     */
    public Range range(long first, long end) throws ProofUnavailableException, InterruptedException {
        CertifiedHistory known = history();
        if (first >= known.segmentCount()) {
            throw new ProofUnavailableException(
                    ProofUnavailableException.Kind.ABSENT,
                    "there is no segment %d: the newest certificate is about the first %d"
                            .formatted(first, known.segmentCount()),
                    List.of());
        }
        long last = Math.min(end, known.segmentCount());
        List<Digest> frontier = known.frontierBefore(first);
        RangeProof proof =
                new RangeProof(genesis.clusterId(), first, last, certified(), frontier, known.consistencyFrom(last));
        SegmentContext context = commitment(first).context();
        LearnerProgress start = new LearnerProgress(
                genesis.clusterId(),
                first,
                context.firstSequence(),
                context.ledgerHashBefore(),
                frontier,
                chain.members(),
                Optional.of(certified().certificate()));
        return new Range(proof, start);
    }

    /**
     * Certified commitments from a segment on.
     *
     * @param from the first one
     * @param limit how many at most, at least 1
     * @return at least one
     * @throws ProofUnavailableException if nobody shows them
     */
    public List<Commitment> commitments(long from, int limit) throws ProofUnavailableException, InterruptedException {
        CertifiedHistory known = history();
        SortedMap<Integer, String> troubles = new TreeMap<>();
        for (LedgerSource source : sources.all()) {
            try {
                List<Commitment> shown = new BlockingSource(source)
                        .commitments(from, Math.min(limit, EdgeLimits.COMMITMENTS_PER_ANSWER)).stream()
                                .limit(Math.min(limit, known.segmentCount() - from))
                                .toList();
                if (!shown.isEmpty() && known.hasAll(from, shown)) {
                    return shown;
                }
                troubles.put(source.replica(), "does not show the certified commitments");
            } catch (SourceException e) {
                troubles.put(source.replica(), String.valueOf(e.getMessage()));
            }
        }
        throw unreachable("nobody shows the commitment of segment " + from, troubles);
    }

    @Override
    public void close() {
        sources.close();
    }

    private static StateProof walk(BlockingSource source, CheckpointStatement statement, Bytes key)
            throws SourceException, InvalidStateException, InterruptedException {
        StateProofBuilder builder = new StateProofBuilder(StateLeaf.APPLICATION, key, statement.stateRoot());
        Optional<StateProof> proof = Optional.empty();
        while (proof.isEmpty()) {
            proof = builder.add(source.state(statement.stateSequence(), statement.stateRoot(), builder.prefix()));
        }
        return proof.get();
    }

    /** The highest certificate, with what leads to its keys; asked for once. */
    private CertifiedStatement certified() throws ProofUnavailableException, InterruptedException {
        CertifiedStatement known = certified;
        if (known != null) {
            return known;
        }
        sources.follow(chain.members());
        HeadSearch.Result result = new HeadSearch(chain, sources.all()).search(patience);
        sources.follow(chain.members());
        CheckpointCertificate newest =
                chain.newest().orElseThrow(() -> unreachable("nobody shows a certificate", result.troubles()));
        int epochs = Math.toIntExact(newest.statement().epoch());
        known = new CertifiedStatement(chain.closedEpochs().subList(0, epochs), newest);
        certified = known;
        return known;
    }

    private CertifiedHistory history() throws ProofUnavailableException, InterruptedException {
        CertifiedHistory known = history;
        if (known != null) {
            return known;
        }
        CheckpointStatement statement = certified().statement();
        SortedMap<Integer, String> troubles = new TreeMap<>();
        for (LedgerSource source : sources.all()) {
            try {
                Optional<CertifiedHistory> found = history(new BlockingSource(source), statement);
                if (found.isPresent()) {
                    history = found.get();
                    return found.get();
                }
                troubles.put(source.replica(), "its commitments do not lead to the certified history root");
            } catch (SourceException e) {
                troubles.put(source.replica(), String.valueOf(e.getMessage()));
            }
        }
        throw unreachable(
                "nobody shows the %d commitments up to seq %d"
                        .formatted(statement.segmentCount(), statement.sequence()),
                troubles);
    }

    private static Optional<CertifiedHistory> history(BlockingSource source, CheckpointStatement statement)
            throws SourceException, InterruptedException {
        CertifiedHistory.Builder builder = new CertifiedHistory.Builder();
        while (builder.size() < statement.segmentCount()) {
            int wanted = (int) Math.min(EdgeLimits.COMMITMENTS_PER_ANSWER, statement.segmentCount() - builder.size());
            List<Commitment> next = source.commitments(builder.size(), wanted);
            if (next.isEmpty()) {
                return Optional.empty();
            }
            next.stream().limit(wanted).forEach(builder::add);
        }
        return builder.under(statement);
    }

    private Commitment commitment(long segment) throws ProofUnavailableException, InterruptedException {
        return commitments(segment, 1).getFirst();
    }

    /** Own pieces first, then whatever hints and full bytes give. */
    private Segment rebuild(Commitment commitment)
            throws ProofUnavailableException, ReassemblyException, InterruptedException {
        SortedMap<Integer, Piece> valid = new TreeMap<>();
        SortedMap<Integer, String> troubles = new TreeMap<>();
        int count = genesis.quorums().replicaCount();
        int needed = genesis.piecesNeeded();
        for (int round = 0; round < count && valid.size() < needed; round++) {
            for (LedgerSource source : sources.all()) {
                int index = (source.replica() + round) % count;
                if (valid.size() < needed && !valid.containsKey(index)) {
                    piece(source, commitment, index, troubles).ifPresent(piece -> valid.put(index, piece));
                }
            }
        }
        if (valid.size() < needed) {
            throw new ProofUnavailableException(
                    ProofUnavailableException.Kind.INSUFFICIENT,
                    "segment %d cannot be rebuilt: %d valid pieces, %d needed"
                            .formatted(commitment.context().segmentNumber(), valid.size(), needed),
                    facts(troubles));
        }
        return reassembler.reassemble(commitment, List.copyOf(valid.values())).segment();
    }

    private static Optional<Piece> piece(
            LedgerSource source, Commitment commitment, int index, SortedMap<Integer, String> troubles)
            throws InterruptedException {
        try {
            Piece piece = new BlockingSource(source).piece(commitment.context().segmentNumber(), index);
            piece.verify(commitment);
            if (piece.index() == index) {
                return Optional.of(piece);
            }
            troubles.putIfAbsent(source.replica(), "sent piece %d for piece %d".formatted(piece.index(), index));
        } catch (SourceException | MerkleProofException | WireFormatException e) {
            troubles.putIfAbsent(source.replica(), String.valueOf(e.getMessage()));
        }
        return Optional.empty();
    }

    private static ProofUnavailableException unreachable(String what, SortedMap<Integer, String> troubles) {
        return new ProofUnavailableException(ProofUnavailableException.Kind.UNREACHABLE, what, facts(troubles));
    }

    private static List<String> facts(SortedMap<Integer, String> troubles) {
        List<String> facts = new ArrayList<>();
        troubles.forEach((replica, trouble) -> facts.add("r%d %s".formatted(replica, trouble)));
        return facts;
    }
}
