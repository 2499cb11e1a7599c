package io.sherd.consensus.ledger;

import io.sherd.archive.store.PieceStore;
import io.sherd.archive.store.StoreException;
import io.sherd.consensus.core.DecidedEntry;
import io.sherd.merkle.Digest;
import io.sherd.replication.Invariant;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.StorageReceipt;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.ledger.LedgerEntry;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.segment.Segment;
import io.sherd.replication.segment.SegmentCodec;
import io.sherd.replication.segment.SegmentCompression;
import io.sherd.replication.wire.Bytes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The retention rule (docs/DESIGN.md, "Nothing sealed is ever lost"), in its plain form: the full bytes of a segment go when
 * its checkpoint or a later one is stable and the receipts of all n replicas are held. A signature on the segment's own
 * checkpoint is a receipt.
 *
 * <p>The full bytes of the newest segments are the entries of the vote log, which peers that lag are served from. The log is
 * let go up to the last stable segment, never above what state and archive hold durably, and segments
 * without all receipts stay in it as long as it does not grow beyond a bound. Beyond that, their compressed bytes move to the
 * archive first and stay there until the last receipt comes. Not thread-safe.
 */
final class Retention {

    private static final Logger LOG = LoggerFactory.getLogger(Retention.class);

    /** Certificates that are kept besides those that close an epoch: a newer one proves everything that an older one does. */
    static final int KEPT_CERTIFICATES = 8;

    /** Certificates of closings that are not sealed here yet; the window has no more closings than this. */
    private static final int MAX_EARLY_CERTIFICATES = 1 << 17;

    private static final int READ_ENTRIES = 128;

    private final Genesis genesis;
    private final PieceStore pieces;
    private final EntryLog log;
    private final long logBytesLimit;
    private final LongFunction<Optional<Digest>> historyRoots;

    private final TreeMap<Long, CheckpointCertificate> early = new TreeMap<>();
    private final TreeMap<Integer, StorageReceipt> waitingReceipts = new TreeMap<>();
    private final TreeSet<Long> certificates = new TreeSet<>();
    private final TreeSet<Long> undropped;
    private long sealedSequence;
    private long stateSequence;
    private long stable;
    private long stableSegments;
    private long firstLogged;
    private long loggedPlainBytes;

    /** Why a receipt was not taken. */
    enum ReceiptVerdict {
        /** It is recorded. */
        TAKEN,
        /** It speaks of segments that are not sealed here yet; it is tried again when they are. */
        LATER,
        /** Its history root is not the one here, or is not remembered any more. */
        OTHER_HISTORY,
        /** It was signed before the replica joined again. */
        OLD_INCARNATION
    }

    /**
     * A rule for one replica.
     *
     * @param genesis the cluster's
     * @param pieces the archive
     * @param log the full entries
     * @param historyRoots the history root after so many segments, as far as it is remembered
     * @param logBytesLimit how many bytes of full entries may stay in the log while receipts are missing
     * @param stateSequence the newest durable state checkpoint
     * @throws StoreException if the archive cannot be read
     */
    Retention(
            Genesis genesis,
            PieceStore pieces,
            EntryLog log,
            LongFunction<Optional<Digest>> historyRoots,
            long logBytesLimit,
            long stateSequence)
            throws StoreException {
        this.genesis = genesis;
        this.pieces = pieces;
        this.log = log;
        this.historyRoots = historyRoots;
        this.logBytesLimit = logBytesLimit;
        this.stateSequence = stateSequence;
        this.undropped = new TreeSet<>(pieces.undroppedSegments());
        for (CheckpointCertificate certificate : pieces.certificates(0, Integer.MAX_VALUE)) {
            certificates.add(certificate.statement().sequence());
        }
        pieces.latestCertificate().ifPresent(certificate -> {
            stable = certificate.statement().sequence();
            stableSegments = certificate.statement().segmentCount();
        });
        this.sealedSequence = Resumption.lastSealed(pieces);
        this.firstLogged = firstLoggedSegment();
        for (long segment = firstLogged; segment < pieces.commitmentCount(); segment++) {
            loggedPlainBytes += commitment(segment).context().plainLength();
        }
    }

    /** A segment was sealed: its commitment and the own piece are durable. */
    void onSealed(Commitment commitment) throws StoreException {
        if (commitment.context().lastSequence() > sealedSequence) {
            sealedSequence = commitment.context().lastSequence();
            loggedPlainBytes += commitment.context().plainLength();
        }
        while (!early.isEmpty() && early.firstKey() <= sealedSequence) {
            store(early.pollFirstEntry().getValue());
        }
        for (StorageReceipt receipt : List.copyOf(waitingReceipts.values())) {
            if (receipt.segmentCount() <= pieces.commitmentCount()) {
                waitingReceipts.remove(receipt.replica());
                record(receipt);
            }
        }
    }

    /** The state is durable as of a position. */
    void onStateCheckpoint(long sequence) {
        stateSequence = Math.max(stateSequence, sequence);
    }

    /** A checkpoint became stable, or its certificate has more signatures; maybe before it is sealed here. */
    void onStable(CheckpointCertificate certificate) throws StoreException {
        long sequence = certificate.statement().sequence();
        if (sequence > stable) {
            stable = sequence;
            stableSegments = certificate.statement().segmentCount();
        }
        if (sequence <= sealedSequence) {
            store(certificate);
        } else if (early.size() < MAX_EARLY_CERTIFICATES) {
            early.put(sequence, certificate);
        }
    }

    /**
     * A receipt whose signature was verified.
     *
     * @param receipt of any replica
     * @param members the current member table
     * @return what was done with it
     */
    ReceiptVerdict onReceipt(StorageReceipt receipt, MemberTable members) throws StoreException {
        if (receipt.epoch() < members.member(receipt.replica()).incarnation()) {
            return ReceiptVerdict.OLD_INCARNATION;
        }
        if (receipt.segmentCount() > pieces.commitmentCount()) {
            waitingReceipts.put(receipt.replica(), receipt);
            return ReceiptVerdict.LATER;
        }
        return record(receipt);
    }

    /** Lets go what the rule allows. Cheap when nothing is to be done. */
    void sweep() throws StoreException {
        dropUndropped();
        long end = 0;
        // The last stable segment stays: whoever is just behind is served from it.
        while (firstLogged < Math.min(pieces.commitmentCount(), stableSegments - 1)) {
            Commitment commitment = commitment(firstLogged);
            if (commitment.context().lastSequence() > stateSequence || !mayLeaveLog(commitment)) {
                break;
            }
            end = commitment.context().lastSequence();
            firstLogged++;
            loggedPlainBytes -= commitment.context().plainLength();
        }
        if (end != 0) {
            log.truncateBelow(end + 1);
        }
    }

    /** Plain bytes of the sealed segments whose entries are in the log. */
    long loggedPlainBytes() {
        return loggedPlainBytes;
    }

    /**
     * Segments whose full bytes are kept, in the log or in the archive, because somebody's receipt is missing.
     *
     * @param segments how many there are
     * @param missingReceipts by replica: how many of them lack its receipt
     */
    record Awaited(long segments, List<Long> missingReceipts) {}

    /** What is kept for receipts that have not come. */
    Awaited awaited() throws StoreException {
        long segments = 0;
        Long[] missing = new Long[genesis.quorums().replicaCount()];
        Arrays.fill(missing, 0L);
        List<Long> kept = new ArrayList<>(undropped);
        for (long segment = firstLogged; segment < pieces.commitmentCount(); segment++) {
            kept.add(segment);
        }
        for (long segment : kept) {
            List<Integer> without = pieces.replicasWithoutReceipt(segment, missing.length);
            segments += without.isEmpty() ? 0 : 1;
            for (int replica : without) {
                missing[replica]++;
            }
        }
        return new Awaited(segments, List.of(missing));
    }

    private boolean mayLeaveLog(Commitment commitment) throws StoreException {
        long segment = commitment.context().segmentNumber();
        if (undropped.contains(segment) || hasAllReceipts(segment)) {
            return true;
        }
        if (loggedPlainBytes <= logBytesLimit) {
            return false;
        }
        pieces.putFullBytes(segment, compressed(commitment));
        undropped.add(segment);
        LOG.info(
                "segment {} moves to the archive in full: receipts of replicas {} are missing",
                segment,
                pieces.replicasWithoutReceipt(segment, genesis.quorums().replicaCount()));
        return true;
    }

    private void dropUndropped() throws StoreException {
        for (Iterator<Long> segments = undropped.iterator(); segments.hasNext(); ) {
            long segment = segments.next();
            if (commitment(segment).context().lastSequence() <= Math.min(stable, stateSequence)
                    && hasAllReceipts(segment)) {
                pieces.dropFullBytes(segment);
                segments.remove();
            }
        }
    }

    private void store(CheckpointCertificate certificate) throws StoreException {
        pieces.putCertificate(certificate);
        certificates.add(certificate.statement().sequence());
        if (certificates.size() > KEPT_CERTIFICATES) {
            while (certificates.size() > KEPT_CERTIFICATES) {
                certificates.pollFirst();
            }
            pieces.dropCertificatesBelow(certificates.first());
        }
    }

    private ReceiptVerdict record(StorageReceipt receipt) throws StoreException {
        if (!historyRoots.apply(receipt.segmentCount()).equals(Optional.of(receipt.historyRoot()))) {
            return ReceiptVerdict.OTHER_HISTORY;
        }
        pieces.putReceipt(receipt);
        return ReceiptVerdict.TAKEN;
    }

    private boolean hasAllReceipts(long segment) throws StoreException {
        return pieces.replicasWithoutReceipt(segment, genesis.quorums().replicaCount())
                .isEmpty();
    }

    /** The segment's compressed bytes, made again from its entries: they are a pure function of them. */
    private Bytes compressed(Commitment commitment) throws StoreException {
        List<LedgerEntry> entries = new ArrayList<>();
        long next = commitment.context().firstSequence();
        while (next <= commitment.context().lastSequence()) {
            List<DecidedEntry> read =
                    log.decided(next, READ_ENTRIES, genesis.limits().maxSegmentBytes());
            Invariant.holds(!read.isEmpty(), "entry %d is not in the log, and its segment is not dropped", next);
            for (DecidedEntry decided : read) {
                if (next <= commitment.context().lastSequence()) {
                    entries.add(decided.entry());
                    next++;
                }
            }
        }
        Segment segment = new Segment(
                commitment.context().segmentNumber(), commitment.context().ledgerHashBefore(), entries);
        return SegmentCompression.compress(SegmentCodec.encode(segment)).bytes();
    }

    private long firstLoggedSegment() throws StoreException {
        long segment = pieces.commitmentCount();
        while (segment > 0
                && !log.decided(commitment(segment - 1).context().firstSequence(), 1, 1)
                        .isEmpty()) {
            segment--;
        }
        return segment;
    }

    private Commitment commitment(long segment) throws StoreException {
        return pieces.commitment(segment).orElseThrow();
    }
}
