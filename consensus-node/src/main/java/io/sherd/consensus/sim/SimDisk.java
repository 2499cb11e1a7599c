package io.sherd.consensus.sim;

import io.sherd.consensus.core.DecidedEntry;
import io.sherd.consensus.core.Event;
import io.sherd.consensus.core.Recovered;
import io.sherd.consensus.core.VoteRecord;
import io.sherd.merkle.Digest;
import io.sherd.merkle.MerkleAccumulator;
import io.sherd.merkle.Sha256;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.CheckpointStatement;
import io.sherd.replication.checkpoint.ClosedEpoch;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.ledger.Batch;
import io.sherd.replication.ledger.DirectoryId;
import io.sherd.replication.ledger.LedgerEntry;
import io.sherd.replication.ledger.Signer;
import io.sherd.replication.piece.Disperser.Dispersed;
import io.sherd.replication.segment.Segment;
import io.sherd.replication.segment.SegmentBuilder;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What one replica's disk holds: its votes, the entries that were decided, and the ledger that it executed, cut and dispersed
 * as a real one. Only the state is left out: its root is a hash of the ledger, which is all that the core can see of it.
 */
final class SimDisk {

    private final SimCluster cluster;
    private final SegmentWorks works;
    private final DirectoryId directory;
    private final SimVotes votes;
    private final SimRetention retention;
    private final TreeMap<Long, DecidedEntry> decided = new TreeMap<>();
    private final TreeMap<Long, ClosedEpoch> closed = new TreeMap<>();
    private final TreeMap<Long, Event.CheckpointReady> closings = new TreeMap<>();
    private final TreeMap<Long, CheckpointCertificate> certificates = new TreeMap<>();
    private final List<Dispersed> segments = new ArrayList<>();
    private final Set<Digest> requests = new HashSet<>();
    /** By number: segments of a transfer that is not complete; they are no part of the ledger yet. */
    private final TreeMap<Long, List<DecidedEntry>> incoming = new TreeMap<>();

    private final SegmentBuilder builder;
    private final MerkleAccumulator history = new MerkleAccumulator();
    private MemberTable executedMembers;
    private boolean fetches;
    private long keptFrom = LedgerEntry.FIRST_SEQUENCE;
    private long executed;
    private long stateSequence;
    private Digest stateRoot = Digest.ZERO;
    private Recovered.Sealing sealing = Recovered.Sealing.NONE;

    SimDisk(int replica, SimCluster cluster, SegmentWorks works, DirectoryId directory) {
        this(cluster, works, directory, new SimVotes(cluster.members()), new SimRetention(replica, cluster.size()));
    }

    private SimDisk(
            SimCluster cluster, SegmentWorks works, DirectoryId directory, SimVotes votes, SimRetention retention) {
        this.cluster = cluster;
        this.works = works;
        this.directory = directory;
        this.votes = votes;
        this.retention = retention;
        this.executedMembers = cluster.members();
        this.builder = new SegmentBuilder(
                cluster.limits(),
                0,
                LedgerEntry.FIRST_SEQUENCE,
                cluster.domain().clusterId());
    }

    long executed() {
        return executed;
    }

    boolean hasExecuted(Digest request) {
        return requests.contains(request);
    }

    Digest ledgerHash() {
        return builder.ledgerHash();
    }

    SimVotes votes() {
        return votes;
    }

    /** What is kept of each sealed segment. */
    SimRetention retention() {
        return retention;
    }

    @Nullable
    ClosedEpoch closed(long epoch) {
        return closed.get(epoch);
    }

    /** Closed epochs from one on. */
    List<ClosedEpoch> closedFrom(long epoch) {
        return List.copyOf(closed.tailMap(epoch, true).values());
    }

    /** The newest certificate whose closing is executed here: what a learner is shown. */
    Optional<CheckpointCertificate> head() {
        var head = certificates.floorEntry(executed);
        return head == null ? Optional.empty() : Optional.of(head.getValue());
    }

    /** The segments that were closed, dispersed. */
    List<Dispersed> segments() {
        return segments;
    }

    /** Makes a record durable. */
    void persist(VoteRecord record) {
        votes.persist(record);
        switch (record) {
            case VoteRecord.Decided(DecidedEntry entry) ->
                decided.put(entry.entry().sequence(), entry);
            case VoteRecord.Closed(ClosedEpoch closing) -> {
                closed.put(closing.epoch(), closing);
                certified(closing.certificate());
            }
            case VoteRecord.StableCheckpoint(CheckpointCertificate certificate) -> certified(certificate);
            case VoteRecord.Proposal p -> {}
            case VoteRecord.OwnPrepare p -> {}
            case VoteRecord.OwnCommit c -> {}
            case VoteRecord.InView v -> {}
            case VoteRecord.OwnViewChange v -> {}
            case VoteRecord.AcceptedNewView v -> {}
            case VoteRecord.OwnRejoin r -> {}
        }
    }

    /** Executes the next entry; returns its closing's statement, if it closes a segment. */
    Event.Executed execute(LedgerEntry entry, long epoch) {
        Optional<Segment> segment = builder.add(entry);
        executed = entry.sequence();
        entry.batch().requests().forEach(request -> requests.add(request.digest()));
        Batch.Kind kind = entry.batch().kind();
        long lastRequest = kind == Batch.Kind.OPERATIONS || kind == Batch.Kind.EPOCH ? executed : sealing.lastRequest();
        boolean stateCheckpoint = segment.isPresent() && segment.get().isStateCheckpoint(cluster.limits());
        segment.ifPresent(closing -> close(closing, epoch));
        sealing = new Recovered.Sealing(
                lastRequest,
                stateCheckpoint ? executed : sealing.lastStateCheckpoint(),
                segment.isPresent() ? sealing.lastStateCheckpoint() : sealing.covered());
        if (stateCheckpoint) {
            stateSequence = executed;
            stateRoot = Sha256.of(new byte[] {9}, builder.ledgerHash().toByteArray());
        }
        return new Event.Executed(executed, segment.isPresent(), stateCheckpoint);
    }

    /** What the closing at a position lets the core sign. */
    Event.@Nullable CheckpointReady closing(long sequence) {
        return closings.get(sequence);
    }

    /** The closings above the last stable checkpoint: shown to the core again after a start. */
    List<Event.CheckpointReady> unstableClosings() {
        CheckpointCertificate stable = votes.stable();
        long low = stable == null ? 0 : stable.statement().sequence();
        return List.copyOf(closings.tailMap(low, false).values());
    }

    /** Decided entries from a position on. */
    List<DecidedEntry> entriesFrom(long from, int limit) {
        List<DecidedEntry> found = new ArrayList<>();
        for (DecidedEntry entry : decided.tailMap(from).values()) {
            if (found.size() == limit || entry.entry().sequence() != from + found.size()) {
                break;
            }
            found.add(entry);
        }
        return found;
    }

    /** Decided entries from a position on, as long as they are kept for others. */
    List<DecidedEntry> keptFrom(long from, int limit) {
        return from < keptFrom ? List.of() : entriesFrom(from, limit);
    }

    /** Whether a position is kept for others no more. */
    boolean hasForgotten(long sequence) {
        return sequence < keptFrom;
    }

    /** From now on nothing up to the last stable closing is kept for others but as pieces. */
    void forget() {
        var certified = certificates.floorEntry(executed);
        keptFrom = certified == null ? keptFrom : Math.max(keptFrom, certified.getKey() + 1);
    }

    /** A range of the executed ledger, as it is rebuilt from pieces; empty if it is not all here. */
    List<DecidedEntry> rebuilt(long first, long last) {
        return last > executed ? List.of() : entriesFrom(first, (int) (last - first + 1));
    }

    /** Whether a transfer was begun and not installed: then nothing may run on this disk. */
    boolean fetches() {
        return fetches;
    }

    /** A transfer begins. */
    void beginFetching() {
        fetches = true;
    }

    /** What a transfer has so far. */
    SortedMap<Long, List<DecidedEntry>> incoming() {
        return incoming;
    }

    /** Keeps a segment of a transfer, checked. */
    void keep(long segment, List<DecidedEntry> entries) {
        incoming.put(segment, entries);
    }

    /**
     * Makes what a transfer brought part of the ledger, all of it at once. The votes stay, but for those of epochs that are known to have
     * ended by now.
     */
    void install(List<ClosedEpoch> chain, @Nullable CheckpointCertificate target) {
        TreeMap<Long, ClosedEpoch> ends = new TreeMap<>();
        for (ClosedEpoch closing : chain) {
            if (closing.epoch() >= votes.members().epoch()) {
                ends.put(closing.certificate().statement().sequence(), closing);
            }
        }
        while (!ends.isEmpty() && ends.firstKey() <= executed) {
            persist(new VoteRecord.Closed(ends.pollFirstEntry().getValue()));
        }
        for (List<DecidedEntry> entries : incoming.values()) {
            for (DecidedEntry entry : entries) {
                if (entry.entry().sequence() > executed) {
                    persist(new VoteRecord.Decided(entry));
                    execute(entry.entry(), entry.epoch());
                }
                ClosedEpoch ended = ends.remove(entry.entry().sequence());
                if (ended != null) {
                    persist(new VoteRecord.Closed(ended));
                }
            }
        }
        CheckpointCertificate known = votes.stable();
        if (target != null
                && (known == null
                        || known.statement().sequence() < target.statement().sequence())) {
            persist(new VoteRecord.StableCheckpoint(target));
        }
        incoming.clear();
        fetches = false;
    }

    /** A fresh disk with the ledger up to this disk's last stable checkpoint that is executed here, and a REJOIN to send. */
    SimDisk restored(int replica, int generation, Signer signer) {
        SimDisk fresh = new SimDisk(replica, cluster, works, SimCluster.directory(replica, generation));
        var certified = certificates.floorEntry(executed);
        long upTo = certified == null ? 0 : certified.getKey();
        fresh.replay(decided, upTo);
        for (ClosedEpoch closing : closed.values()) {
            if (closing.certificate().statement().sequence() <= upTo) {
                fresh.persist(new VoteRecord.Closed(closing));
            }
        }
        if (certified != null) {
            fresh.persist(new VoteRecord.StableCheckpoint(certified.getValue()));
        }
        long incarnation = fresh.votes.members().member(replica).incarnation();
        fresh.persist(new VoteRecord.OwnRejoin(cluster.rejoin(signer, replica, incarnation, generation)));
        return fresh;
    }

    /** A copy, as a backup of the directory would be. */
    SimDisk copy() {
        SimDisk copy = new SimDisk(cluster, works, directory, votes.copy(), retention.copy());
        copy.replay(decided, executed);
        copy.decided.putAll(decided);
        copy.closed.putAll(closed);
        copy.certificates.putAll(certificates);
        copy.incoming.putAll(incoming);
        copy.fetches = fetches;
        copy.keptFrom = keptFrom;
        return copy;
    }

    /** What a core that starts on this disk knows. */
    Recovered recovered() {
        DecidedEntry last = decided.get(executed);
        boolean ended = last != null
                && last.entry().batch().kind() == Batch.Kind.EPOCH
                && last.epoch() == votes.members().epoch();
        return votes.recovered(directory, executed, ended, entriesFrom(executed + 1, Integer.MAX_VALUE), sealing);
    }

    private void replay(SortedMap<Long, DecidedEntry> entries, long upTo) {
        for (DecidedEntry entry : entries.headMap(upTo + 1).values()) {
            decided.put(entry.entry().sequence(), entry);
            execute(entry.entry(), entry.epoch());
        }
    }

    private void certified(CheckpointCertificate certificate) {
        certificates.put(certificate.statement().sequence(), certificate);
        retention.certified(certificate);
    }

    private void close(Segment segment, long epoch) {
        Dispersed dispersed = works.disperse(segment, epoch);
        segments.add(dispersed);
        retention.sealed(dispersed.commitment());
        history.append(dispersed.commitment().leaf());
        Optional<MemberTable> next = Optional.empty();
        if (segment.closedBy() == Batch.Kind.EPOCH) {
            executedMembers = executedMembers.after(segment.entries().getLast().batch());
            next = Optional.of(executedMembers);
        }
        CheckpointStatement statement = new CheckpointStatement(
                epoch,
                segment.lastSequence(),
                segment.ledgerHashAfter(),
                segment.number() + 1,
                history.root(),
                stateSequence,
                stateRoot,
                next.map(MemberTable::digest));
        closings.put(segment.lastSequence(), new Event.CheckpointReady(statement, next));
    }
}
