package io.sherd.archive.export;

import io.sherd.archive.store.StoreCorruptException;
import io.sherd.archive.store.StoreException;
import io.sherd.merkle.MerkleAccumulator;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.ledger.SignatureVerifier;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.piece.Reassembler;
import io.sherd.replication.piece.ReassemblyException;
import io.sherd.replication.proof.InvalidProofException;
import io.sherd.replication.proof.RangeProof;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * Checks an exported archive with nothing but the genesis: the certificate and its keys, every commitment, and every segment down to its
 * bytes, of which one at a time is in memory.
 */
public final class ExportVerifier {

    /** More bad segments than these are counted and not named. */
    private static final int MAX_FINDINGS = 1000;

    private final Genesis genesis;
    private final SignatureVerifier verifier;
    private final Reassembler reassembler;

    /**
     * A verifier for one cluster.
     *
     * @param genesis the one trust root
     * @param verifier decides about signatures
     */
    public ExportVerifier(Genesis genesis, SignatureVerifier verifier) {
        this.genesis = genesis;
        this.verifier = verifier;
        this.reassembler = new Reassembler(genesis);
    }

    /**
     * A segment whose bytes are not those of its commitment.
     *
     * @param segment the segment
     * @param detail what is wrong
     */
    public record Finding(long segment, String detail) {}

    /**
     * What was found; the certificate and the commitments hold.
     *
     * @param segments how many segments are in the file
     * @param entries how many entries the good ones have
     * @param bytesRead compressed bytes of the good ones
     * @param findings the bad ones
     * @param moreFindings how many more there are than are named
     */
    public record Result(long segments, long entries, long bytesRead, List<Finding> findings, long moreFindings) {

        /** Copies the list. */
        public Result {
            findings = List.copyOf(findings);
        }
    }

    /**
     * Checks a file and goes on past bad segments.
     *
     * @param file the file
     * @param progress told how many segments were checked
     * @return what was found
     * @throws InvalidProofException if the certificate, its keys or the commitments do not hold
     */
    public Result verify(ExportFile file, LongConsumer progress) throws StoreException, InvalidProofException {
        RangeProof range = file.range();
        var _ = range.verifyStatement(genesis, verifier);
        MerkleAccumulator history = range.begin();
        while (history.size() < range.segmentEnd()) {
            for (Commitment commitment : file.commitments(history.size(), Integer.MAX_VALUE)) {
                range.append(history, commitment);
            }
        }
        range.verifyEnd(history);
        return segments(file, progress);
    }

    private Result segments(ExportFile file, LongConsumer progress) throws StoreException {
        RangeProof range = file.range();
        List<Finding> findings = new ArrayList<>();
        long more = 0;
        long entries = 0;
        long bytesRead = 0;
        for (long segment = range.firstSegment(); segment < range.segmentEnd(); segment++) {
            Commitment commitment = file.commitments(segment, 1).getFirst();
            try {
                entries += reassembler
                        .reassemble(commitment, file.compressed(segment))
                        .segment()
                        .entries()
                        .size();
                bytesRead += commitment.context().compressedLength();
            } catch (StoreCorruptException | ReassemblyException e) {
                if (findings.size() < MAX_FINDINGS) {
                    findings.add(new Finding(segment, String.valueOf(e.getMessage())));
                } else {
                    more++;
                }
            }
            progress.accept(segment + 1 - range.firstSegment());
        }
        return new Result(range.segmentEnd() - range.firstSegment(), entries, bytesRead, findings, more);
    }
}
