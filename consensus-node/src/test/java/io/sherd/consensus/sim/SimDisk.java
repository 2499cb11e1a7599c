package io.sherd.consensus.sim;

import io.sherd.consensus.core.Ballot;
import io.sherd.consensus.core.DecidedEntry;
import io.sherd.consensus.core.Event;
import io.sherd.consensus.core.Message;
import io.sherd.consensus.core.Recovered;
import io.sherd.consensus.core.VoteRecord;
import io.sherd.merkle.Digest;
import io.sherd.merkle.Sha256;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.CheckpointStatement;
import io.sherd.replication.checkpoint.ClosedEpoch;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.ledger.Batch;
import io.sherd.replication.ledger.DirectoryId;
import io.sherd.replication.ledger.LedgerEntry;
import io.sherd.replication.ledger.Request;
import io.sherd.replication.segment.Segment;
import io.sherd.replication.segment.SegmentBuilder;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What one replica's disk holds: its records, and the ledger that it executed. The cut is the real one; a segment's root and
 * the state's are hashes of the ledger, which is all that the core can see of them.
 */
final class SimDisk {

    private final SimCluster cluster;
    private final DirectoryId directory;
    private final List<VoteRecord> records = new ArrayList<>();
    private final Set<VoteRecord> durable = new HashSet<>();
    private final Set<Ballot> proposed = new HashSet<>();
    private final Set<Message.Commit> committed = new HashSet<>();
    private final TreeMap<Long, DecidedEntry> decided = new TreeMap<>();
    private final TreeMap<Long, ClosedEpoch> closed = new TreeMap<>();
    private final TreeMap<Long, Event.CheckpointReady> closings = new TreeMap<>();
    private final TreeMap<Long, CheckpointCertificate> stable = new TreeMap<>();
    private final TreeSet<Digest> requests = new TreeSet<>();
    private final SegmentBuilder builder;
    private MemberTable executedMembers;
    private Optional<Request.Rejoin> rejoin = Optional.empty();
    private long executed;
    private Digest historyRoot = Digest.ZERO;
    private long stateSequence;
    private Digest stateRoot = Digest.ZERO;
    private Recovered.Sealing sealing = Recovered.Sealing.NONE;

    SimDisk(SimCluster cluster, DirectoryId directory) {
        this.cluster = cluster;
        this.directory = directory;
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

    /** Whether a record is durable. */
    boolean holds(VoteRecord record) {
        return durable.contains(record);
    }

    @Nullable
    ClosedEpoch closed(long epoch) {
        return closed.get(epoch);
    }

    /** The latest stable certificate, if any. */
    Optional<CheckpointCertificate> stable() {
        return stable.isEmpty()
                ? Optional.empty()
                : Optional.of(stable.lastEntry().getValue());
    }

    /** Makes a record durable. */
    void persist(VoteRecord record) {
        records.add(record);
        durable.add(record);
        switch (record) {
            case VoteRecord.Decided(DecidedEntry entry) ->
                decided.put(entry.entry().sequence(), entry);
            case VoteRecord.Closed(ClosedEpoch closing) -> {
                closed.put(closing.epoch(), closing);
                stable.put(closing.certificate().statement().sequence(), closing.certificate());
            }
            case VoteRecord.StableCheckpoint(CheckpointCertificate certificate) ->
                stable.put(certificate.statement().sequence(), certificate);
            case VoteRecord.OwnRejoin(Request.Rejoin own) -> rejoin = Optional.of(own);
            case VoteRecord.Proposal(Message.PrePrepare p) -> proposed.add(p.ballot());
            case VoteRecord.OwnPrepare p -> {}
            case VoteRecord.OwnCommit own -> committed.add(own.commit());
            case VoteRecord.InView v -> {}
            case VoteRecord.OwnViewChange v -> {}
            case VoteRecord.AcceptedNewView v -> {}
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
        long low = stable.isEmpty() ? 0 : stable.lastKey();
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

    /** A fresh disk with the ledger up to this disk's last stable checkpoint that is executed here, and a REJOIN to send. */
    SimDisk restored(int replica, int generation) {
        SimDisk fresh = new SimDisk(cluster, SimCluster.directory(replica, generation));
        var certified = stable.floorEntry(executed);
        long upTo = certified == null ? 0 : certified.getKey();
        MemberTable members = cluster.members();
        for (DecidedEntry entry : decided.headMap(upTo, true).values()) {
            fresh.decided.put(entry.entry().sequence(), entry);
            fresh.execute(entry.entry(), entry.epoch());
        }
        for (ClosedEpoch closing : closed.values()) {
            if (closing.certificate().statement().sequence() <= upTo) {
                fresh.persist(new VoteRecord.Closed(closing));
                members = closing.next();
            }
        }
        if (certified != null) {
            fresh.persist(new VoteRecord.StableCheckpoint(certified.getValue()));
        }
        fresh.persist(new VoteRecord.OwnRejoin(
                cluster.rejoin(replica, members.member(replica).incarnation(), generation)));
        return fresh;
    }

    /** What a core that starts on this disk knows. */
    Recovered recovered() {
        RecordFold fold = new RecordFold(cluster.members(), stable());
        records.forEach(fold::take);
        boolean ended = executed > 0
                && decided.containsKey(executed)
                && decided.get(executed).entry().batch().kind() == Batch.Kind.EPOCH
                && decided.get(executed).epoch() == fold.members().epoch();
        return fold.recovered(
                directory, rejoin, executed, ended, entriesFrom(executed + 1, Integer.MAX_VALUE), sealing);
    }

    private void close(Segment segment, long epoch) {
        historyRoot = Sha256.of(
                historyRoot.toByteArray(), segment.entriesTree().root().toByteArray());
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
                historyRoot,
                stateSequence,
                stateRoot,
                next.map(MemberTable::digest));
        closings.put(segment.lastSequence(), new Event.CheckpointReady(statement, next));
    }

    /** Whether the batch of a ballot is durable. */
    boolean holdsProposal(Ballot ballot) {
        return proposed.contains(ballot);
    }

    /** Whether a COMMIT is durable. */
    boolean holdsCommit(Message.Commit commit) {
        return committed.contains(commit);
    }

    /** Folds records to what they leave of votes. */
    private static final class RecordFold {
        private MemberTable members;
        private final long low;
        private final Optional<CheckpointCertificate> stable;
        private long view;
        private boolean viewActive = true;
        private final List<Message.PrePrepare> proposals = new ArrayList<>();
        private final List<Message.Prepare> prepares = new ArrayList<>();
        private final List<VoteRecord.OwnCommit> commits = new ArrayList<>();
        private Optional<Message.ViewChange> viewChange = Optional.empty();
        private Optional<Message.NewView> newView = Optional.empty();

        RecordFold(MemberTable members, Optional<CheckpointCertificate> stable) {
            this.members = members;
            this.stable = stable;
            this.low = stable.map(c -> c.statement().sequence()).orElse(0L);
        }

        MemberTable members() {
            return members;
        }

        void take(VoteRecord record) {
            switch (record) {
                case VoteRecord.Proposal(Message.PrePrepare p) -> proposals.add(p);
                case VoteRecord.OwnPrepare(Message.Prepare p) -> prepares.add(p);
                case VoteRecord.OwnCommit c -> commits.add(c);
                case VoteRecord.InView(long epoch, long in, boolean active) -> {
                    view = in;
                    viewActive = active;
                }
                case VoteRecord.OwnViewChange(Message.ViewChange own) -> viewChange = Optional.of(own);
                case VoteRecord.AcceptedNewView(Message.NewView accepted) -> newView = Optional.of(accepted);
                case VoteRecord.Closed(ClosedEpoch closing) -> {
                    members = closing.next();
                    view = 0;
                    viewActive = true;
                    proposals.clear();
                    prepares.clear();
                    commits.clear();
                    viewChange = Optional.empty();
                    newView = Optional.empty();
                }
                case VoteRecord.Decided d -> {}
                case VoteRecord.StableCheckpoint s -> {}
                case VoteRecord.OwnRejoin r -> {}
            }
        }

        Recovered recovered(
                DirectoryId directory,
                Optional<Request.Rejoin> rejoin,
                long executed,
                boolean epochEnded,
                List<DecidedEntry> decided,
                Recovered.Sealing sealing) {
            proposals.removeIf(p -> p.ballot().sequence() <= low);
            prepares.removeIf(p -> p.ballot().sequence() <= low);
            commits.removeIf(c -> c.commit().ballot().sequence() <= low);
            return new Recovered(
                    members,
                    directory,
                    rejoin,
                    view,
                    viewActive,
                    stable,
                    executed,
                    epochEnded,
                    decided,
                    proposals,
                    prepares,
                    commits,
                    viewActive ? Optional.empty() : viewChange,
                    newView.filter(n -> viewActive && n.view() == view),
                    sealing);
        }
    }
}
