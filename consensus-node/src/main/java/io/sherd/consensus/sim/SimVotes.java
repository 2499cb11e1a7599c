package io.sherd.consensus.sim;

import io.sherd.consensus.core.Ballot;
import io.sherd.consensus.core.DecidedEntry;
import io.sherd.consensus.core.Message;
import io.sherd.consensus.core.Recovered;
import io.sherd.consensus.core.VoteRecord;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.ledger.Batch;
import io.sherd.replication.ledger.DirectoryId;
import io.sherd.replication.ledger.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The votes that are durable on one disk: those of the current epoch above the last stable checkpoint. */
final class SimVotes {

    /** What was said about one position, in any view. */
    private static final class Position {
        private final List<Message.PrePrepare> proposals = new ArrayList<>();
        private final List<Message.Prepare> prepares = new ArrayList<>();
        private final List<VoteRecord.OwnCommit> commits = new ArrayList<>();

        private Position copy() {
            Position copy = new Position();
            copy.proposals.addAll(proposals);
            copy.prepares.addAll(prepares);
            copy.commits.addAll(commits);
            return copy;
        }
    }

    private final TreeMap<Long, Position> positions = new TreeMap<>();
    private MemberTable members;
    private @Nullable CheckpointCertificate stable;
    private Optional<Request.Rejoin> rejoin = Optional.empty();
    private Optional<Message.ViewChange> viewChange = Optional.empty();
    private Optional<Message.NewView> newView = Optional.empty();
    private long view;
    private boolean viewActive = true;
    private long epochEnd = Long.MAX_VALUE;

    SimVotes(MemberTable members) {
        this.members = members;
    }

    SimVotes copy() {
        SimVotes copy = new SimVotes(members);
        positions.forEach((sequence, position) -> copy.positions.put(sequence, position.copy()));
        copy.stable = stable;
        copy.rejoin = rejoin;
        copy.viewChange = viewChange;
        copy.newView = newView;
        copy.view = view;
        copy.viewActive = viewActive;
        copy.epochEnd = epochEnd;
        return copy;
    }

    void persist(VoteRecord record) {
        switch (record) {
            case VoteRecord.Proposal(Message.PrePrepare p) ->
                at(p.ballot()).proposals.add(p);
            case VoteRecord.OwnPrepare(Message.Prepare p) ->
                at(p.ballot()).prepares.add(p);
            case VoteRecord.OwnCommit own -> at(own.commit().ballot()).commits.add(own);
            case VoteRecord.InView(long epoch, long in, boolean active) -> {
                view = in;
                viewActive = active;
            }
            case VoteRecord.OwnViewChange(Message.ViewChange own) -> viewChange = Optional.of(own);
            case VoteRecord.AcceptedNewView(Message.NewView accepted) -> newView = Optional.of(accepted);
            case VoteRecord.StableCheckpoint(CheckpointCertificate certificate) -> stableAt(certificate);
            case VoteRecord.Closed c -> {
                members = c.closed().next();
                view = 0;
                viewActive = true;
                epochEnd = Long.MAX_VALUE;
                positions.clear();
                viewChange = Optional.empty();
                newView = Optional.empty();
                stableAt(c.closed().certificate());
            }
            case VoteRecord.OwnRejoin(Request.Rejoin own) -> rejoin = Optional.of(own);
            case VoteRecord.Decided(DecidedEntry decided) -> {
                if (decided.epoch() == members.epoch()
                        && decided.entry().batch().kind() == Batch.Kind.EPOCH) {
                    epochEnd = decided.entry().sequence();
                }
            }
        }
    }

    /** The member table of the epoch that the disk is in. */
    MemberTable members() {
        return members;
    }

    /** The last stable certificate. */
    @Nullable
    CheckpointCertificate stable() {
        return stable;
    }

    /** Whether the batch of a ballot is durable. */
    boolean holdsProposal(Ballot ballot) {
        Position position = positions.get(ballot.sequence());
        return position != null
                && position.proposals.stream().anyMatch(p -> p.ballot().equals(ballot));
    }

    /** Whether a PREPARE is durable. */
    boolean holds(Message.Prepare prepare) {
        Position position = positions.get(prepare.ballot().sequence());
        return position != null && position.prepares.contains(prepare);
    }

    /** Whether a COMMIT is durable. */
    boolean holds(Message.Commit commit) {
        Position position = positions.get(commit.ballot().sequence());
        return position != null
                && position.commits.stream().anyMatch(own -> own.commit().equals(commit));
    }

    /**
     * For each position above the last stable checkpoint that was prepared here, the highest view it was prepared in. What was
     * prepared above an entry that ends the epoch is void once that entry is decided.
     */
    SortedMap<Long, Long> preparedViews() {
        TreeMap<Long, Long> views = new TreeMap<>();
        positions
                .headMap(epochEnd, true)
                .forEach((sequence, position) -> position.commits.forEach(
                        own -> views.merge(sequence, own.commit().ballot().view(), Math::max)));
        return views;
    }

    /** Whether a VIEW-CHANGE is durable. */
    boolean holds(Message.ViewChange change) {
        return viewChange.isPresent() && viewChange.get().equals(change);
    }

    /** Whether a NEW-VIEW is durable. */
    boolean holds(Message.NewView opened) {
        return newView.isPresent() && newView.get().equals(opened);
    }

    /** Whether a REJOIN is durable. */
    boolean holds(Request.Rejoin own) {
        return rejoin.isPresent() && rejoin.get().equals(own);
    }

    /** What a core that starts on this disk knows. */
    Recovered recovered(
            DirectoryId directory,
            long executed,
            boolean epochEnded,
            List<DecidedEntry> decided,
            Recovered.Sealing sealing) {
        List<Message.PrePrepare> proposals = new ArrayList<>();
        List<Message.Prepare> prepares = new ArrayList<>();
        List<VoteRecord.OwnCommit> commits = new ArrayList<>();
        for (Position position : positions.values()) {
            proposals.addAll(position.proposals);
            prepares.addAll(position.prepares);
            commits.addAll(position.commits);
        }
        return new Recovered(
                members,
                directory,
                rejoin,
                view,
                viewActive,
                Optional.ofNullable(stable),
                executed,
                epochEnded,
                decided,
                proposals,
                prepares,
                commits,
                viewActive ? Optional.empty() : viewChange,
                newView.filter(n -> viewActive && n.view() == view),
                true,
                sealing);
    }

    private void stableAt(CheckpointCertificate certificate) {
        stable = certificate;
        positions.headMap(certificate.statement().sequence(), true).clear();
    }

    private Position at(Ballot ballot) {
        return positions.computeIfAbsent(ballot.sequence(), sequence -> new Position());
    }
}
