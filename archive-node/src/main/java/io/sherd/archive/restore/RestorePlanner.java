package io.sherd.archive.restore;

import io.sherd.archive.learner.BlockingSource;
import io.sherd.archive.learner.ConnectedSources;
import io.sherd.archive.learner.LedgerSource;
import io.sherd.archive.learner.SourceException;
import io.sherd.archive.restore.RestorePlan.Missing;
import io.sherd.archive.restore.RestorePlan.Reads;
import io.sherd.archive.restore.RestorePlan.Writes;
import io.sherd.archive.state.StateCheckpoint;
import io.sherd.archive.store.DataDirectory;
import io.sherd.archive.store.RocksPieceStore;
import io.sherd.archive.store.StoreCorruptException;
import io.sherd.archive.store.StoreException;
import io.sherd.archive.store.StoreOwner;
import io.sherd.merkle.MerkleAccumulator;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.CheckpointStatement;
import io.sherd.replication.piece.Commitment;
import io.sherd.replication.piece.Piece;
import io.sherd.replication.retention.SegmentSet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Says what a {@link Restorer} would do, and writes nothing: it follows the certificates and all commitments, which prove themselves,
 * and reads no more than a few pieces of each source, to see how fast it is. A source is taken to have its own piece of every segment that
 * it has a commitment of; whether it has is only known by reading all of it.
 */
public final class RestorePlanner {

    private static final Duration RECEIPT_PATIENCE = Duration.ofSeconds(10);
    private static final int COMMITMENTS_AT_ONCE = 1024;
    private static final int SAMPLED_PIECES = 4;
    private static final int MAX_MISSING = 100;

    private final Restorer.Settings settings;
    private final CountedSources sources;
    private final SortedMap<Integer, String> troubles = new TreeMap<>();

    /** By directory: whose pieces of what it keeps. */
    private final SortedMap<Integer, SortedMap<Integer, SegmentSet>> hints = new TreeMap<>();

    /** A plan for a restore that was not started. */
    public RestorePlanner(Restorer.Settings settings) {
        this.settings = settings;
        this.sources = new CountedSources(settings.sources().of(settings.genesis(), settings.replica()));
    }

    /**
     * Makes the plan; fails as {@link Restorer#run} does before it writes anything.
     *
     * @throws RestoreRefusedException if the replica is alive, or the directory is in use for it
     * @throws StoreException if the directory is another's, or cannot be read
     * @throws StateUnavailableException if too few sources tell how far the ledger goes, or none gives its commitments
     */
    public RestorePlan plan()
            throws RestoreRefusedException, StoreException, StateUnavailableException, InterruptedException {
        StoreOwner owner = new StoreOwner(settings.genesis().clusterId(), settings.replica());
        Restorer.requireRestorable(settings.directory(), owner);
        SourceSearch search = new SourceSearch(settings.genesis(), settings.verifier(), settings.stallLimit());
        search.refuseIfAlive(settings.replica(), settings.sources().live());
        try (ConnectedSources connected = new ConnectedSources(sources)) {
            connected.follow(settings.genesis().members());
            CertificateChain chain = new CertificateChain(settings.genesis(), settings.verifier());
            troubles.putAll(search.findNewest(chain, connected, () -> {}));
            List<LedgerSource> answering = connected.all().stream()
                    .filter(source -> !troubles.containsKey(source.replica()))
                    .toList();
            Optional<CheckpointStatement> newest = chain.newest().map(CheckpointCertificate::statement);
            return newest.isEmpty() ? nothing() : plan(chain, newest.get(), answering);
        }
    }

    private RestorePlan nothing() {
        StateCheckpoint none = new StateCheckpoint(0, settings.genesis().clusterId());
        return new RestorePlan(
                settings.replica(),
                0,
                0,
                0,
                none,
                OptionalLong.of(0),
                false,
                new TreeMap<>(),
                new Writes(0, 0, 0, 0),
                Optional.empty(),
                List.of(),
                troubles);
    }

    private RestorePlan plan(CertificateChain chain, CheckpointStatement newest, List<LedgerSource> answering)
            throws StoreException, StateUnavailableException, InterruptedException {
        ReceiptSearch receipts = new ReceiptSearch(settings.genesis(), settings.verifier(), chain);
        receipts.ask(answering, RECEIPT_PATIENCE);
        long stored = Math.min(storedSegments(), newest.segmentCount());
        readHints();
        Totals totals = totals(chain, newest, answering, receipts.owedBy(settings.replica()), stored);
        StateCheckpoint state = new StateCheckpoint(newest.stateSequence(), newest.stateRoot());
        OptionalLong stateBytes = stateBytes(answering, state);
        SortedMap<Integer, Reads> reads = new TreeMap<>();
        long shared = (stateBytes.orElse(0) + totals.commitmentBytes) / Math.max(1, answering.size());
        for (LedgerSource source : answering) {
            Reads pieces = totals.reads.getOrDefault(source.replica(), new Reads(0, 0));
            reads.put(source.replica(), new Reads(pieces.pieces(), pieces.bytes() + shared));
        }
        Writes writes = new Writes(
                totals.ownPieces,
                totals.madeHints,
                totals.undropped,
                totals.writtenBytes + totals.commitmentBytes + stateBytes.orElse(0));
        Optional<Duration> time = time(answering, newest.segmentCount(), reads);
        return new RestorePlan(
                settings.replica(),
                newest.sequence(),
                newest.segmentCount(),
                stored,
                state,
                stateBytes,
                settings.replays()
                        || (stateBytes.isEmpty() && settings.machine().isPresent()),
                reads,
                writes,
                time,
                totals.missing,
                troubles);
    }

    private void readHints() throws StoreException {
        for (var directory : settings.sources().directories().entrySet()) {
            try {
                hints.put(
                        directory.getKey(),
                        directory.getValue().stores().pieces().hints());
            } catch (StoreCorruptException e) {
                troubles.putIfAbsent(directory.getKey(), String.valueOf(e.getMessage()));
            }
        }
    }

    /** What an interrupted restore has left; what it wrote last is not counted as done. */
    private long storedSegments() throws StoreException {
        DataDirectory.Layout layout = new DataDirectory.Layout(settings.directory());
        if (!RestoreMark.isIn(layout)) {
            return 0;
        }
        try (RocksPieceStore archive = RocksPieceStore.openReadOnly(layout.archive())) {
            return archive.commitmentCount();
        }
    }

    /** Follows all commitments of one source after another, until those of one lead to the certified history root. */
    private Totals totals(
            CertificateChain chain,
            CheckpointStatement newest,
            List<LedgerSource> answering,
            OwedHints owed,
            long stored)
            throws StoreException, StateUnavailableException, InterruptedException {
        for (LedgerSource source : answering) {
            BlockingSource asked = new BlockingSource(source);
            Totals totals = new Totals(answering, chain, newest, owed, stored);
            try {
                while (totals.history.size() < newest.segmentCount()) {
                    int count = (int) Math.min(COMMITMENTS_AT_ONCE, newest.segmentCount() - totals.history.size());
                    List<Commitment> next = asked.commitments(totals.history.size(), count);
                    if (next.isEmpty() || next.size() > count) {
                        throw new SourceException(
                                SourceException.Kind.NOT_FOUND,
                                "has no commitment of segment " + totals.history.size());
                    }
                    for (Commitment commitment : next) {
                        totals.add(commitment);
                    }
                }
                if (totals.history.root().equals(newest.historyRoot())) {
                    return totals;
                }
                troubles.put(source.replica(), "its commitments do not lead to the certified history root");
            } catch (SourceException e) {
                troubles.put(source.replica(), String.valueOf(e.getMessage()));
            }
        }
        throw new StateUnavailableException("nobody gives the commitments of the ledger", troubles);
    }

    private OptionalLong stateBytes(List<LedgerSource> answering, StateCheckpoint state) throws InterruptedException {
        for (LedgerSource source : answering) {
            try {
                return OptionalLong.of(StateSize.estimate(new BlockingSource(source), state));
            } catch (SourceException e) {
                troubles.putIfAbsent(
                        source.replica(), "state of position %d: %s".formatted(state.sequence(), e.getMessage()));
            }
        }
        return OptionalLong.empty();
    }

    /** At most: sources answer at the same time, and each several questions at once, which is not tried here. */
    private Optional<Duration> time(List<LedgerSource> answering, long segments, SortedMap<Integer, Reads> reads)
            throws InterruptedException {
        double seconds = -1;
        for (LedgerSource source : answering) {
            long bytes = 0;
            long start = System.nanoTime();
            for (int sample = 0; sample < Math.min(SAMPLED_PIECES, segments); sample++) {
                long segment = segments * sample / SAMPLED_PIECES;
                try {
                    bytes += new BlockingSource(source)
                            .piece(segment, source.replica())
                            .encoded()
                            .size();
                } catch (SourceException e) {
                    troubles.putIfAbsent(
                            source.replica(),
                            "piece %d of segment %d: %s".formatted(source.replica(), segment, e.getMessage()));
                }
            }
            if (bytes > 0) {
                double took = (System.nanoTime() - start) / 1e9;
                Reads planned = reads.getOrDefault(source.replica(), new Reads(0, 0));
                seconds = Math.max(seconds, took * planned.bytes() / bytes);
            }
        }
        return seconds < 0 ? Optional.empty() : Optional.of(Duration.ofNanos((long) (seconds * 1e9)));
    }

    /** What the segments come to, added one by one as a restore would fetch and store them. */
    private final class Totals {
        private final MerkleAccumulator history = new MerkleAccumulator();
        private final List<LedgerSource> answering;
        private final CertificateChain chain;
        private final CheckpointStatement newest;
        private final OwedHints owed;
        private final long stored;
        private final SortedMap<Integer, Reads> reads = new TreeMap<>();
        private final List<Missing> missing = new ArrayList<>();
        private long commitmentBytes;
        private long ownPieces;
        private long madeHints;
        private long undropped;
        private long writtenBytes;

        private Totals(
                List<LedgerSource> answering,
                CertificateChain chain,
                CheckpointStatement newest,
                OwedHints owed,
                long stored) {
            this.answering = answering;
            this.chain = chain;
            this.newest = newest;
            this.owed = owed;
            this.stored = stored;
        }

        private void add(Commitment commitment) throws StoreException {
            history.append(commitment.leaf());
            if (history.size() <= stored) {
                return;
            }
            commitmentBytes += Commitment.SIZE_BYTES;
            read(commitment);
            write(commitment);
        }

        /** As the learner does it: from those that have given least. */
        private void read(Commitment commitment) throws StoreException {
            SortedMap<Integer, Integer> holders = holders(commitment);
            int needed = settings.genesis().piecesNeeded();
            holders.entrySet().stream()
                    .sorted((one, other) -> Long.compare(bytesFrom(one.getValue()), bytesFrom(other.getValue())))
                    .limit(needed)
                    .forEach(holder -> reads.merge(
                            holder.getValue(),
                            new Reads(1, Piece.encodedSizeBytes(commitment.context(), holder.getKey())),
                            (a, b) -> new Reads(a.pieces() + b.pieces(), a.bytes() + b.bytes())));
            if (holders.size() < needed) {
                miss(commitment.context().segmentNumber(), holders.size());
            }
        }

        /** By piece index: who would be asked for it. */
        private SortedMap<Integer, Integer> holders(Commitment commitment) throws StoreException {
            long segment = commitment.context().segmentNumber();
            SortedMap<Integer, Integer> holders = new TreeMap<>();
            for (LedgerSource source : answering) {
                StoredReplica directory = settings.sources().directories().get(source.replica());
                if (directory == null || segment < directory.stores().pieces().commitmentCount()) {
                    holders.put(source.replica(), source.replica());
                }
            }
            hints.forEach((source, owners) -> owners.forEach((owner, kept) -> {
                if (kept.contains(segment)) {
                    holders.putIfAbsent(owner, source);
                }
            }));
            if (holders.size() < settings.genesis().piecesNeeded()) {
                addWhole(commitment, holders);
            }
            return holders;
        }

        private void addWhole(Commitment commitment, SortedMap<Integer, Integer> holders) throws StoreException {
            for (var directory : settings.sources().directories().entrySet()) {
                if (directory.getValue().stores().full().of(commitment).isPresent()) {
                    for (int index = 0; index < commitment.context().pieceCount(); index++) {
                        holders.putIfAbsent(index, directory.getKey());
                    }
                    return;
                }
            }
        }

        private long bytesFrom(int source) {
            return reads.getOrDefault(source, new Reads(0, 0)).bytes();
        }

        private void miss(long segment, int pieces) {
            if (!missing.isEmpty()) {
                Missing last = missing.getLast();
                if (last.endSegment() == segment && last.pieces() == pieces) {
                    missing.set(missing.size() - 1, new Missing(last.firstSegment(), segment + 1, pieces));
                    return;
                }
            }
            if (missing.size() < MAX_MISSING) {
                missing.add(new Missing(segment, segment + 1, pieces));
            }
        }

        private void write(Commitment commitment) {
            ownPieces++;
            writtenBytes += Piece.encodedSizeBytes(commitment.context(), settings.replica());
            if (commitment.context().lastSequence() > newest.stateSequence()) {
                undropped++;
                writtenBytes += commitment.context().compressedLength();
                return;
            }
            for (int owner :
                    owed.of(commitment.context(), chain.members()).hintsOwed().toList()) {
                madeHints++;
                writtenBytes += Piece.encodedSizeBytes(commitment.context(), owner);
            }
        }
    }
}
