package io.sherd.consensus.core;

import io.sherd.replication.ledger.Batch;
import io.sherd.replication.ledger.Request;
import io.sherd.replication.ledger.SignedType;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the primary proposes next, and when: an admin's change before anything else, since every other epoch entry voids
 * it; then a REJOIN, since whoever rejoins is missing until then; a seal
 * that is due; otherwise the operations that wait, gathered to batches while enough rounds are in flight.
 */
final class Proposals {

    private final ReplicaConfig config;
    private final Standing standing;
    private final MessageLog log;
    private final RequestQueue queue;
    private final Execution execution;
    private final NormalOperation normal;
    private final Ballots ballots;
    private final Sealing sealing;
    private final Pace pace;
    private long next = 1;
    private long epochEntryAt;
    private long sealAt;

    Proposals(
            ReplicaConfig config,
            Standing standing,
            MessageLog log,
            RequestQueue queue,
            Execution execution,
            NormalOperation normal,
            Ballots ballots,
            Sealing sealing,
            Pace pace) {
        this.config = config;
        this.standing = standing;
        this.log = log;
        this.queue = queue;
        this.execution = execution;
        this.normal = normal;
        this.ballots = ballots;
        this.sealing = sealing;
        this.pace = pace;
    }

    /**
     * A view or an epoch begins, or the replica starts: the next position to propose is above every proposal of this view,
     * null requests included, and behind an epoch entry among them nothing is proposed.
     *
     * @param lastProposed the highest position proposed in this view; 0 if none
     */
    void begin(long lastProposed) {
        next = lastProposed + 1;
        epochEntryAt = 0;
        sealAt = 0;
        for (Slot slot : log.all()) {
            Message.PrePrepare proposal = slot.proposal();
            if (proposal != null) {
                noted(proposal.batch(), slot.sequence());
            }
        }
    }

    /** Proposes as much as may be in flight. */
    void propose() {
        if (!(standing.mode() instanceof Mode.Active) || !standing.isPrimary()) {
            return;
        }
        next = Math.max(next, Math.max(execution.handed(), log.low()) + 1);
        int inFlight = log.inFlightAbove(execution.handed());
        while (inFlight < config.maxRoundsInFlight() && next <= log.high() && epochEntryAt == 0) {
            Batch batch = nextBatch();
            if (batch == null) {
                return;
            }
            Ballot ballot = new Ballot(standing.epoch(), standing.view(), next, batch.digest());
            noted(batch, next);
            next++;
            normal.propose(new Message.PrePrepare(ballot, batch, ballots.sign(ballot, SignedType.PRE_PREPARE)));
            inFlight++;
        }
    }

    private @Nullable Batch nextBatch() {
        List<Request.Rejoin> rejoins = new ArrayList<>();
        for (Request.Rejoin rejoin : queue.waitingRejoins()) {
            if (pace.allowsRejoin(rejoin.replica(), standing.tick())) {
                rejoins.add(rejoin);
            }
        }
        Request.Change change = queue.waitingChange();
        long fits = Math.min(config.limits().batchBytes(), log.freeBytes());
        Batch batch;
        if (change != null) {
            batch = Batch.of(List.of(change));
        } else if (!rejoins.isEmpty()) {
            batch = Batch.of(rejoins);
        } else if (sealing.isDue(standing.tick()) && sealAt <= execution.executed()) {
            batch = Batch.of(List.of(Request.Seal.at(next)));
        } else {
            List<Request> operations = queue.gatherOperations(fits);
            if (operations.isEmpty()) {
                return null;
            }
            batch = Batch.of(operations);
        }
        if (batch.sizeBytes() > fits) {
            return null;
        }
        return batch.kind() != Batch.Kind.EPOCH || pace.admits(batch, standing.tick()) ? batch : null;
    }

    private void noted(Batch batch, long sequence) {
        if (batch.kind() == Batch.Kind.EPOCH) {
            epochEntryAt = sequence;
        } else if (batch.kind() == Batch.Kind.SEAL) {
            sealAt = sequence;
        }
    }
}
