package io.sherd.consensus.durable;

import io.sherd.archive.store.StoreException;
import io.sherd.consensus.core.DecidedEntry;
import io.sherd.consensus.core.Message;
import io.sherd.consensus.core.Recovered;
import io.sherd.consensus.core.VoteRecord;
import io.sherd.consensus.core.VoteRecord.InView;
import io.sherd.consensus.durable.SlotCodec.Slot;
import io.sherd.merkle.Digest;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.ClosedEpoch;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.ledger.Batch;
import io.sherd.replication.ledger.DirectoryId;
import io.sherd.replication.ledger.Request;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Map.Entry;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Puts together what a replica knows when it starts, from the log and what archive and state say. Used once. */
final class VoteRecovery {

    private final VoteReader reader;
    private final VoteMarks marks;
    private final StartingPoint start;
    private final int replica;
    private final DirectoryId directory;
    private final long epoch;

    /** The epoch that each known closing ended, by the closing's position. */
    private final TreeMap<Long, Long> closings = new TreeMap<>();

    /** So that a proposal and the decision for it share one batch. */
    private final Map<Digest, Batch> batches = new HashMap<>();

    private final List<Message.PrePrepare> proposals = new ArrayList<>();
    private final List<Message.Prepare> prepares = new ArrayList<>();
    private final List<VoteRecord.OwnCommit> commits = new ArrayList<>();
    private final TreeMap<Long, Slot.Decided> decisions = new TreeMap<>();

    VoteRecovery(VoteReader reader, VoteMarks marks, StartingPoint start, int replica, DirectoryId directory) {
        this.reader = reader;
        this.marks = marks;
        this.start = start;
        this.replica = replica;
        this.directory = directory;
        this.epoch = start.members().epoch();
    }

    Recovered recovered() throws StoreException {
        start.closings().forEach(this::addClosing);
        marks.closed().forEach(this::addClosing);
        Optional<CheckpointCertificate> stable = newer(start.stable(), marks.stable());
        readSlots(VoteMarks.sequenceOf(stable));
        Optional<InView> inView = marks.inView();
        inView.ifPresent(view -> requireNotLater(view.epoch()));
        long view = inView.filter(v -> v.epoch() == epoch).map(InView::view).orElse(0L);
        boolean active =
                inView.filter(v -> v.epoch() == epoch).map(InView::active).orElse(true);
        return new Recovered(
                start.members(),
                directory,
                pendingRejoin(),
                view,
                active,
                stable,
                start.executed(),
                start.epochEnded(),
                toExecute(),
                proposals,
                prepares,
                commits,
                marks.viewChange().filter(m -> !active && m.epoch() == epoch && m.view() == view),
                marks.newView().filter(m -> active && m.epoch() == epoch && m.view() == view),
                true,
                start.sealing());
    }

    private void addClosing(ClosedEpoch closing) {
        requireNotLater(closing.epoch() + 1);
        closings.put(closing.certificate().statement().sequence(), closing.epoch());
    }

    private void requireNotLater(long other) {
        if (other > epoch) {
            throw new IllegalArgumentException(
                    "started with the member table of epoch %d, but epoch %d is known".formatted(epoch, other));
        }
    }

    private void readSlots(long stable) throws StoreException {
        reader.forEachSlot(Math.min(stable, start.executed()) + 1, (_, slot) -> {
            switch (slot) {
                case Slot.Proposal(var ballot, var signature) -> {
                    if (ballot.epoch() == epoch && ballot.sequence() > stable) {
                        proposals.add(new Message.PrePrepare(ballot, batchOf(slot), signature));
                    }
                }
                case Slot.Prepare(var vote) -> {
                    if (vote.ballot().epoch() == epoch && vote.ballot().sequence() > stable) {
                        prepares.add(vote);
                    }
                }
                case Slot.Commit(var vote) -> {
                    if (vote.commit().ballot().epoch() == epoch
                            && vote.commit().ballot().sequence() > stable) {
                        commits.add(vote);
                    }
                }
                case Slot.Decided decided -> decisions.put(decided.sequence(), decided);
            }
        });
    }

    /**
     * Decided entries behind the last executed one, without a gap. What an ended epoch decided behind its closing is void, and
     * while an epoch's closing is not known yet, nothing behind its last entry is executed.
     */
    private List<DecidedEntry> toExecute() throws StoreException {
        List<DecidedEntry> entries = new ArrayList<>();
        boolean ended = start.epochEnded();
        for (long sequence = start.executed() + 1; !ended; sequence++) {
            Slot.@Nullable Decided decided = decisions.get(sequence);
            if (decided == null || decided.ballot().epoch() != epochOf(sequence)) {
                break;
            }
            Batch batch = batchOf(decided);
            entries.add(VoteReader.entry(decided, batch));
            ended = batch.kind() == Batch.Kind.EPOCH && decided.ballot().epoch() == epoch;
        }
        return entries;
    }

    private long epochOf(long sequence) {
        @Nullable Entry<Long, Long> closing = closings.ceilingEntry(sequence);
        return closing == null ? epoch : closing.getValue();
    }

    private Batch batchOf(Slot slot) throws StoreException {
        Batch known = batches.get(slot.digest());
        if (known != null) {
            return known;
        }
        Batch batch = reader.requireBatch(slot);
        batches.put(slot.digest(), batch);
        return batch;
    }

    /** The directory's own REJOIN, while it can still be ordered. */
    private Optional<Request.Rejoin> pendingRejoin() {
        MemberTable members = start.members();
        return marks.rejoin()
                .filter(own -> own.replica() == replica && own.directory().equals(directory) && members.applies(own));
    }

    private static Optional<CheckpointCertificate> newer(
            Optional<CheckpointCertificate> first, Optional<CheckpointCertificate> second) {
        return VoteMarks.sequenceOf(second) > VoteMarks.sequenceOf(first) ? second : first;
    }
}
