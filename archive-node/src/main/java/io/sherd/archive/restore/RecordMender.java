package io.sherd.archive.restore;

import io.sherd.archive.learner.BlockingSource;
import io.sherd.archive.learner.ConnectedSources;
import io.sherd.archive.learner.LedgerSource;
import io.sherd.archive.learner.SourceDirectory;
import io.sherd.archive.learner.SourceException;
import io.sherd.archive.store.ArchiveRecords;
import io.sherd.archive.store.RocksPieceStore;
import io.sherd.archive.store.StoreCorruptException;
import io.sherd.archive.store.StoreException;
import io.sherd.merkle.MerkleAccumulator;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.CheckpointStatement;
import io.sherd.replication.checkpoint.ClosedEpoch;
import io.sherd.replication.checkpoint.InvalidCertificateException;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.ledger.SignatureVerifier;
import io.sherd.replication.piece.Commitment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Completes the damaged records of an archive. The sound ones are kept; closed epochs and certificates that are lost come from whoever has
 * them and verify by themselves; a commitment that is lost comes from any one other replica and is believed when all commitments together
 * lead to the certified history root. Belongs to one thread.
 */
public final class RecordMender {

    private static final Logger LOG = LoggerFactory.getLogger(RecordMender.class);
    private static final Duration HEAD_PATIENCE = Duration.ofSeconds(2);
    private static final int COMMITMENTS_AT_ONCE = 1024;

    private final Genesis genesis;
    private final SignatureVerifier verifier;

    /** A mender of archives of one cluster. */
    public RecordMender(Genesis genesis, SignatureVerifier verifier) {
        this.genesis = genesis;
        this.verifier = verifier;
    }

    /**
     * What is known from elsewhere on this machine; all of it is verified.
     *
     * @param closings closed epochs, ascending
     * @param certificate a certificate
     */
    public record Known(List<ClosedEpoch> closings, Optional<CheckpointCertificate> certificate) {

        /** Nothing is. */
        public static final Known NOTHING = new Known(List.of(), Optional.empty());

        /** Copies the list. */
        public Known {
            closings = List.copyOf(closings);
        }
    }

    /** How it went. */
    public sealed interface Outcome {

        /**
         * All records are there, to be put in the place of the old ones.
         *
         * @param records what was saved, completed
         * @param commitments how many of them others gave
         */
        record Mended(ArchiveRecords records, long commitments) implements Outcome {}

        /**
         * It cannot be done now.
         *
         * @param troubles what is wrong with each source
         */
        record NotNow(SortedMap<Integer, String> troubles) implements Outcome {

            /** For a log. */
            @Override
            public String toString() {
                return troubles.isEmpty() ? "nobody can be asked" : troubles.toString();
            }
        }
    }

    /**
     * Tries once. Nothing is written.
     *
     * @param damaged the archive
     * @param known what else is known
     * @param others who can be asked, without the replica itself
     */
    public Outcome mend(RocksPieceStore damaged, Known known, SourceDirectory others)
            throws StoreException, InterruptedException {
        ArchiveRecords records = damaged.rescueRecords(genesis.quorums().replicaCount());
        CertificateChain chain = new CertificateChain(genesis, verifier);
        offer(chain, records, known);
        List<Long> missing = records.missingCommitments();
        SortedMap<Integer, String> troubles = new TreeMap<>();
        if (!missing.isEmpty() || chain.members().epoch() < newestEpoch(records)) {
            try (ConnectedSources connected = new ConnectedSources(others)) {
                connected.follow(chain.members());
                troubles.putAll(new HeadSearch(chain, connected.all())
                        .search(HEAD_PATIENCE)
                        .troubles());
                connected.follow(chain.members());
                if (!missing.isEmpty() && !complete(records, missing, chain, connected.all(), troubles)) {
                    return new Outcome.NotNow(troubles);
                }
            }
        }
        if (chain.members().epoch() < newestEpoch(records)) {
            return new Outcome.NotNow(troubles);
        }
        putProved(records, chain);
        return new Outcome.Mended(records, missing.size());
    }

    /** Takes what verifies; what does not is not asked why. */
    private static void offer(CertificateChain chain, ArchiveRecords records, Known known)
            throws StoreCorruptException {
        List<ClosedEpoch> closings = new ArrayList<>(known.closings());
        while (true) {
            long epoch = chain.members().epoch();
            records.closedEpoch(epoch).ifPresent(closings::add);
            for (ClosedEpoch closing : List.copyOf(closings)) {
                if (closing.epoch() == epoch && chain.members().epoch() == epoch) {
                    extend(chain, closing);
                }
            }
            if (chain.members().epoch() == epoch) {
                break;
            }
        }
        List<CheckpointCertificate> certificates = new ArrayList<>(records.certificates());
        known.certificate().ifPresent(certificates::add);
        certificates.forEach(certificate -> offer(chain, certificate));
    }

    private static void offer(CertificateChain chain, CheckpointCertificate certificate) {
        try {
            CertificateChain.Offer _ = chain.offer(certificate);
        } catch (InvalidCertificateException e) {
            LOG.warn("a stored certificate is not used: {}", e.getMessage());
        }
    }

    private static void extend(CertificateChain chain, ClosedEpoch closing) {
        try {
            boolean _ = chain.extend(List.of(closing));
        } catch (InvalidCertificateException e) {
            LOG.warn("a stored closing of epoch {} is not used: {}", closing.epoch(), e.getMessage());
        }
    }

    /** The newest epoch that a commitment or certificate speaks of: all before it were closed. */
    private static long newestEpoch(ArchiveRecords records) throws StoreCorruptException {
        long newest = 0;
        for (long segment = records.commitmentCount() - 1; segment >= 0 && newest == 0; segment--) {
            newest = records.commitment(segment)
                    .map(commitment -> commitment.context().epoch())
                    .orElse(0L);
        }
        for (CheckpointCertificate certificate : records.certificates()) {
            newest = Math.max(newest, certificate.statement().epoch());
        }
        return newest;
    }

    /** Asks one source after the other for what is missing, and the last time for all. */
    private static boolean complete(
            ArchiveRecords records,
            List<Long> missing,
            CertificateChain chain,
            List<LedgerSource> sources,
            SortedMap<Integer, String> troubles)
            throws StoreException, InterruptedException {
        Optional<CheckpointStatement> proof = chain.newest()
                .map(CheckpointCertificate::statement)
                .filter(statement -> statement.segmentCount() > missing.getLast());
        if (proof.isEmpty()) {
            sources.forEach(source -> troubles.putIfAbsent(
                    source.replica(), "has no certificate that covers segment " + missing.getLast()));
            return false;
        }
        for (boolean all : new boolean[] {false, true}) {
            for (LedgerSource source : sources) {
                try {
                    List<Commitment> history = history(records, proof.get().segmentCount(), all, source);
                    if (leadsTo(history, proof.get())) {
                        history.stream()
                                .filter(commitment -> commitment.context().segmentNumber() < records.commitmentCount())
                                .forEach(records::put);
                        return true;
                    }
                    troubles.put(source.replica(), "its commitments do not lead to the certified history root");
                } catch (SourceException e) {
                    troubles.put(source.replica(), String.valueOf(e.getMessage()));
                }
            }
        }
        return false;
    }

    /** The commitments up to a count: the own ones, and a source's where they are missing, or everywhere. */
    private static List<Commitment> history(ArchiveRecords records, long count, boolean all, LedgerSource source)
            throws StoreException, SourceException, InterruptedException {
        List<Commitment> history = new ArrayList<>();
        while (history.size() < count) {
            long next = history.size();
            Optional<Commitment> own =
                    all || next >= records.commitmentCount() ? Optional.empty() : records.commitment(next);
            if (own.isPresent()) {
                history.add(own.get());
                continue;
            }
            List<Commitment> given = new BlockingSource(source).commitments(next, limit(records, next, count, all));
            if (given.isEmpty()) {
                throw new SourceException(SourceException.Kind.NOT_FOUND, "it has no commitment of segment " + next);
            }
            history.addAll(given);
        }
        return history.subList(0, (int) count);
    }

    /** How many commitments in a row are to be asked for. */
    private static int limit(ArchiveRecords records, long from, long count, boolean all) throws StoreException {
        long end = from;
        while (end < count
                && end - from < COMMITMENTS_AT_ONCE
                && (all
                        || end >= records.commitmentCount()
                        || records.commitment(end).isEmpty())) {
            end++;
        }
        return (int) (end - from);
    }

    private static boolean leadsTo(List<Commitment> history, CheckpointStatement proof) {
        MerkleAccumulator accumulator = new MerkleAccumulator();
        history.forEach(commitment -> accumulator.append(commitment.leaf()));
        return accumulator.root().equals(proof.historyRoot());
    }

    /** What closes or certifies more than the archive's segments stays out: it comes again when they are here. */
    private static void putProved(ArchiveRecords records, CertificateChain chain) {
        List<ClosedEpoch> closed = chain.closedEpochs().stream()
                .filter(closing -> isCovered(records, closing.certificate()))
                .toList();
        closed.forEach(records::put);
        records.dropClosedEpochsFrom(closed.size());
        chain.newest().filter(certificate -> isCovered(records, certificate)).ifPresent(records::put);
    }

    private static boolean isCovered(ArchiveRecords records, CheckpointCertificate certificate) {
        return certificate.statement().segmentCount() <= records.commitmentCount();
    }
}
