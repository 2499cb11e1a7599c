package io.sherd.consensus.ledger;

import io.sherd.archive.store.PieceStore;
import io.sherd.archive.store.StoreException;
import io.sherd.merkle.Digest;
import io.sherd.replication.Invariant;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.StorageReceipt;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.piece.Disperser;
import io.sherd.replication.piece.Piece;
import io.sherd.replication.retention.Holding;
import io.sherd.replication.retention.ReplicaSet;
import io.sherd.replication.retention.SegmentSet;
import io.sherd.replication.wire.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Drives the retention rule of {@link Holding} over a replica's stores: notes receipts, makes hints, and lets the full bytes of a
 * segment go when the rule says that they may. A signature on the segment's own checkpoint is a receipt.
 *
 * <p>The full bytes of the newest segments are the entries of the vote log, which peers that lag are served from. So a segment leaves the
 * log as soon as the receipts of all n replicas are held, but while one is missing only when the log is over its bound; its
 * hints are durable long before that. A hint is made for whoever has been silent for {@link #GRACE_NANOS} since the segment
 * became stable, since a receipt mostly comes within a second. Nothing leaves the log above what state and archive hold durably.
 *
 * <p>After a crash a hint that was deleted may be back, and receipts of the last moments may be forgotten: both only add to what is
 * kept. Not thread-safe.
 */
final class Retention {

    private static final Logger LOG = LoggerFactory.getLogger(Retention.class);

    /** Certificates that are kept besides those that close an epoch: a newer one proves everything that an older one does. */
    static final int KEPT_CERTIFICATES = 8;

    /** How long a receipt may take before a hint is made in its place; sometimes up to twice as long. */
    static final long GRACE_NANOS = TimeUnit.SECONDS.toNanos(5);

    /** Certificates of closings that are not sealed here yet; the window has no more closings than this. */
    private static final int MAX_EARLY_CERTIFICATES = 1 << 17;

    /** Segments that one sweep disperses again to make hints, so that sealing never waits long. */
    private static final int DISPERSED_AT_ONCE = 16;

    /** Hints that one sweep deletes. */
    private static final int DELETED_AT_ONCE = 4096;

    private final Genesis genesis;
    private final int self;
    private final int replicaCount;
    private final PieceStore pieces;
    private final EntryLog log;
    private final FullSegments full;
    private final Disperser disperser;
    private final long logBytesLimit;
    private final LongFunction<Optional<Digest>> historyRoots;
    private final LongSupplier nanoClock;

    private final TreeMap<Long, CheckpointCertificate> early = new TreeMap<>();
    private final TreeMap<Integer, StorageReceipt> waitingReceipts = new TreeMap<>();
    private final TreeSet<Long> certificates = new TreeSet<>();
    private final TreeSet<Long> undropped;

    /** By replica: the segments for which its receipt is held. */
    private final List<SegmentSet> receipts = new ArrayList<>();

    /** By replica: the segments of which its piece is held here. */
    private final List<SegmentSet> hints = new ArrayList<>();

    private long sealedSequence;
    private long stateSequence;
    private long stable;
    private long stableSegments;
    private long firstLogged;
    private long loggedPlainBytes;

    /** Segments in the log below this one owe no hint; what is owed of a segment never grows. */
    private long hintedTo;

    /** Segments below were stable a while ago. */
    private long settledSegments;

    private long settlingSegments;
    private long settlingSince;

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
     * What a rule for one replica stands on.
     *
     * @param genesis the cluster's
     * @param replica this replica
     * @param pieces the archive
     * @param log the full entries
     * @param historyRoots the history root after so many segments, as far as it is remembered
     * @param logBytesLimit how many bytes of full entries may stay in the log while receipts are missing
     * @param nanoClock counts nanoseconds from anywhere
     */
    record Ground(
            Genesis genesis,
            int replica,
            PieceStore pieces,
            EntryLog log,
            LongFunction<Optional<Digest>> historyRoots,
            long logBytesLimit,
            LongSupplier nanoClock) {}

    /**
     * A rule for one replica.
     *
     * @param ground what it stands on
     * @param stateSequence the newest durable state checkpoint
     * @throws StoreException if the archive cannot be read
     */
    Retention(Ground ground, long stateSequence) throws StoreException {
        this.genesis = ground.genesis();
        this.self = ground.replica();
        this.replicaCount = genesis.quorums().replicaCount();
        this.pieces = ground.pieces();
        this.log = ground.log();
        this.full = new FullSegments(genesis, pieces, log::decided);
        this.disperser = new Disperser(genesis);
        this.historyRoots = ground.historyRoots();
        this.logBytesLimit = ground.logBytesLimit();
        this.nanoClock = ground.nanoClock();
        this.stateSequence = stateSequence;
        this.undropped = new TreeSet<>(pieces.undroppedSegments());
        var heldHints = pieces.hints();
        for (int replica = 0; replica < replicaCount; replica++) {
            receipts.add(pieces.receipts(replica));
            hints.add(heldHints.getOrDefault(replica, new SegmentSet()));
        }
        for (CheckpointCertificate certificate : pieces.certificates(0, Integer.MAX_VALUE)) {
            certificates.add(certificate.statement().sequence());
        }
        pieces.latestCertificate().ifPresent(certificate -> {
            stable = certificate.statement().sequence();
            stableSegments = certificate.statement().segmentCount();
        });
        this.sealedSequence = Resumption.lastSealed(pieces);
        this.firstLogged = firstLoggedSegment();
        this.hintedTo = firstLogged;
        for (long segment = firstLogged; segment < pieces.commitmentCount(); segment++) {
            loggedPlainBytes += commitment(segment).context().plainLength();
        }
        this.settlingSegments = stableSegments;
        this.settlingSince = nanoClock.getAsLong();
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

    /**
     * Makes the hints that are due, and lets go what the rule allows. Cheap when nothing is to be done.
     *
     * @param members the current member table
     */
    void sweep(MemberTable members) throws StoreException {
        settle();
        int budget = DISPERSED_AT_ONCE;
        budget -= dropFromArchive(members, budget);
        makeHintsOfLogged(members, budget);
        cutLog(members);
        deleteHints();
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
    Awaited awaited() {
        SegmentSet kept = keptInFull();
        SegmentSet receipted = kept;
        List<Long> missing = new ArrayList<>();
        for (SegmentSet held : receipts) {
            missing.add(kept.size() - SegmentSet.of(kept.common(held)).size());
            receipted = SegmentSet.of(receipted.common(held));
        }
        return new Awaited(kept.size() - receipted.size(), missing);
    }

    /** By replica: how many of its pieces are held here. */
    List<Long> hintCounts() {
        return hints.stream().map(SegmentSet::size).toList();
    }

    /** What is served of which segments, in order. */
    List<HeldRange> held() {
        return HeldRange.of(pieces.commitmentCount(), keptInFull(), hints);
    }

    /** The rule's view of a segment that is held in full. */
    private Holding holding(Commitment commitment, MemberTable members) {
        long segment = commitment.context().segmentNumber();
        ReplicaSet exempt = ReplicaSet.NONE;
        ReplicaSet receipted = ReplicaSet.NONE;
        ReplicaSet hinted = ReplicaSet.NONE;
        for (int replica = 0; replica < replicaCount; replica++) {
            if (members.member(replica).incarnation() > commitment.context().epoch()) {
                exempt = exempt.with(replica);
            }
            if (receipts.get(replica).contains(segment)) {
                receipted = receipted.with(replica);
            }
            if (hints.get(replica).contains(segment)) {
                hinted = hinted.with(replica);
            }
        }
        boolean isStable = commitment.context().lastSequence() <= stable;
        // A segment is sealed by one write with the own piece.
        return new Holding(self, replicaCount, true, true, isStable, receipted, hinted, exempt);
    }

    /** Segments that became stable a while ago: whoever has not sent a receipt for them by now gets a hint. */
    private void settle() {
        long now = nanoClock.getAsLong();
        if (now - settlingSince >= GRACE_NANOS) {
            settledSegments = settlingSegments;
            settlingSegments = stableSegments;
            settlingSince = now;
        }
    }

    private int dropFromArchive(MemberTable members, int budget) throws StoreException {
        int dispersed = 0;
        for (long segment : List.copyOf(undropped)) {
            Commitment commitment = commitment(segment);
            if (commitment.context().lastSequence() > Math.min(stable, stateSequence)) {
                return dispersed;
            }
            Holding holding = holding(commitment, members);
            if (!holding.hintsOwed().isEmpty() && segment < settledSegments && dispersed < budget) {
                holding = makeHints(holding, commitment);
                dispersed++;
            }
            if (holding.mayDrop()) {
                pieces.dropFullBytes(segment);
                undropped.remove(segment);
            }
        }
        return dispersed;
    }

    private void makeHintsOfLogged(MemberTable members, int budget) throws StoreException {
        // A log over its bound does not wait for receipts that are late.
        long end =
                Math.min(pieces.commitmentCount(), loggedPlainBytes > logBytesLimit ? stableSegments : settledSegments);
        int dispersed = 0;
        while (hintedTo < end && dispersed < budget) {
            Commitment commitment = commitment(hintedTo);
            Holding holding = holding(commitment, members);
            if (!holding.hintsOwed().isEmpty()) {
                var _ = makeHints(holding, commitment);
                dispersed++;
            }
            hintedTo++;
        }
    }

    private void cutLog(MemberTable members) throws StoreException {
        long end = 0;
        // The last stable segment stays: whoever is just behind is served from it.
        while (firstLogged < Math.min(pieces.commitmentCount(), stableSegments - 1)) {
            Commitment commitment = commitment(firstLogged);
            if (commitment.context().lastSequence() > stateSequence || !mayLeaveLog(commitment, members)) {
                break;
            }
            end = commitment.context().lastSequence();
            firstLogged++;
            loggedPlainBytes -= commitment.context().plainLength();
        }
        hintedTo = Math.max(hintedTo, firstLogged);
        if (end != 0) {
            log.truncateBelow(end + 1);
        }
    }

    /** What the archive keeps in full needs no log. */
    private boolean mayLeaveLog(Commitment commitment, MemberTable members) {
        if (undropped.contains(commitment.context().segmentNumber())) {
            return true;
        }
        Holding holding = holding(commitment, members);
        boolean nobodyLacksIt = holding.receipts().with(self).size() == replicaCount;
        return holding.mayDrop() && (nobodyLacksIt || loggedPlainBytes > logBytesLimit);
    }

    private Holding makeHints(Holding holding, Commitment commitment) throws StoreException {
        long segment = commitment.context().segmentNumber();
        Optional<Bytes> compressed = full.of(commitment);
        Invariant.holds(compressed.isPresent(), "segment %d was not dropped, and is not held in full", segment);
        Disperser.Dispersed dispersed = disperser.disperse(commitment.context(), compressed.get());
        Invariant.holds(
                dispersed.commitment().equals(commitment),
                "segment %d was sealed as %s, now it is %s",
                segment,
                commitment.root().shortHex(),
                dispersed.commitment().root().shortHex());
        List<Piece> made = new ArrayList<>();
        Holding now = holding;
        for (int owner : holding.hintsOwed().toList()) {
            made.add(dispersed.pieces().get(owner));
            now = now.madeHint(owner);
        }
        pieces.putPieces(made);
        for (int owner : holding.hintsOwed().toList()) {
            if (hints.get(owner).size() == 0) {
                LOG.info("holds pieces for replica {} from segment {} on: its receipts are missing", owner, segment);
            }
            hints.get(owner).add(segment, segment + 1);
        }
        return now;
    }

    private void deleteHints() throws StoreException {
        int deleted = 0;
        for (int owner = 0; owner < replicaCount; owner++) {
            for (SegmentSet.Range range : hints.get(owner).common(receipts.get(owner))) {
                for (long segment = range.first(); segment < range.end(); segment++) {
                    if (deleted == DELETED_AT_ONCE) {
                        return;
                    }
                    pieces.dropPiece(segment, owner);
                    hints.get(owner).remove(segment);
                    deleted++;
                }
            }
        }
    }

    private SegmentSet keptInFull() {
        SegmentSet kept = new SegmentSet();
        kept.add(firstLogged, pieces.commitmentCount());
        undropped.forEach(segment -> kept.add(segment, segment + 1));
        return kept;
    }

    private void store(CheckpointCertificate certificate) throws StoreException {
        pieces.putCertificate(certificate);
        long segment = certificate.statement().segmentCount() - 1;
        certificate
                .signatures()
                .keySet()
                .forEach(replica -> receipts.get(replica).add(segment, segment + 1));
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
        receipts.get(receipt.replica()).add(receipt.firstSegment(), receipt.segmentCount());
        return ReceiptVerdict.TAKEN;
    }

    private long firstLoggedSegment() throws StoreException {
        long segment = pieces.commitmentCount();
        while (segment > 0 && full.isLogged(commitment(segment - 1))) {
            segment--;
        }
        return segment;
    }

    private Commitment commitment(long segment) throws StoreException {
        return pieces.commitment(segment).orElseThrow();
    }
}
