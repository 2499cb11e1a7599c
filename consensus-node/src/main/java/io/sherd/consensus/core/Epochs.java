package io.sherd.consensus.core;

import io.sherd.replication.Invariant;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.ClosedEpoch;
import io.sherd.replication.checkpoint.InvalidCertificateException;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.ledger.LedgerEntry;
import io.sherd.replication.ledger.Request;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The end of an epoch (docs/DESIGN.md, "Epochs"): its epoch entry ends it, execution stops there, every vote of the epoch for a
 * later position is void, and the next one begins with the closing certificate.
 */
final class Epochs {

    private final ReplicaConfig config;
    private final Authenticator authenticator;
    private final Standing standing;
    private final MessageLog log;
    private final RequestQueue queue;
    private final Checkpoints checkpoints;
    private final Outbox out;
    private @Nullable MemberTable next;

    Epochs(
            ReplicaConfig config,
            Authenticator authenticator,
            Standing standing,
            MessageLog log,
            RequestQueue queue,
            Checkpoints checkpoints,
            Outbox out) {
        this.config = config;
        this.authenticator = authenticator;
        this.standing = standing;
        this.log = log;
        this.queue = queue;
        this.checkpoints = checkpoints;
        this.out = out;
    }

    /** The epoch entry is handed to execution. */
    void handedOver(LedgerEntry entry) {
        nextIs(standing.members().after(entry.batch()));
        endAt(entry.sequence());
    }

    /** The driver shows the table that the epoch's own closing binds. */
    void ready(MemberTable shown) {
        if (shown.epoch() == standing.epoch() + 1) {
            nextIs(shown);
        }
    }

    /** A peer shows how this epoch was closed; returns why it is ignored, or null. */
    @Nullable
    IgnoreReason onEpochClosed(ClosedEpoch closed) {
        if (closed.epoch() < standing.epoch()) {
            return IgnoreReason.OLD_EPOCH;
        }
        if (closed.epoch() > standing.epoch()) {
            return IgnoreReason.FUTURE_EPOCH;
        }
        if (next != null && closed.certificate().statement().sequence() <= log.low()) {
            return IgnoreReason.DUPLICATE;
        }
        try {
            closed.verify(config.domain(), config.quorums(), standing.members(), authenticator.verifier());
        } catch (InvalidCertificateException e) {
            return IgnoreReason.INVALID_PROOF;
        }
        nextIs(closed.next());
        checkpoints.adopt(closed.certificate());
        return null;
    }

    /** Once the closing is stable, the epoch is known to end there, whether or not its entry was executed here. */
    void heedStable() {
        CheckpointCertificate stable = checkpoints.stable();
        if (stable != null
                && stable.statement().epoch() == standing.epoch()
                && stable.statement().nextMembers().isPresent()
                && !standing.isEnding()) {
            endAt(stable.statement().sequence());
        }
    }

    /** Opens the next epoch when the closing is stable and everything up to it was handed to execution. */
    Optional<ClosedEpoch> openNext(long handed) {
        CheckpointCertificate stable = checkpoints.stable();
        MemberTable members = next;
        if (!standing.isEnding() || handed < standing.epochEnd() || stable == null || members == null) {
            return Optional.empty();
        }
        if (stable.statement().sequence() < standing.epochEnd()) {
            return Optional.empty();
        }
        ClosedEpoch closed = new ClosedEpoch(stable, members);
        Invariant.holds(
                stable.statement().nextMembers().equals(Optional.of(members.digest())),
                "the stable closing of epoch %d at %d binds another member table than its entry makes",
                standing.epoch(),
                standing.epochEnd());
        out.persist(new VoteRecord.Closed(closed));
        out.add(new Effect.EpochOpened(closed));
        log.reset(stable.statement().sequence());
        standing.openEpoch(members);
        next = null;
        queue.newView();
        queue.removeIf(request -> isVoidIn(members, request));
        out.note("epoch %d begins after %d, as %s"
                .formatted(standing.epoch(), stable.statement().sequence(), standing.mode()));
        return Optional.of(closed);
    }

    /** Whether a pending request can not be ordered under a table any more; whose signature held still holds. */
    private boolean isVoidIn(MemberTable members, Request request) {
        return switch (request) {
            case Request.Operation operation -> !members.isClient(operation.client());
            case Request.Rejoin rejoin -> !members.applies(rejoin);
            case Request.Change change ->
                members.objectionTo(change, config.quorums()).isPresent();
            case Request.Seal _ -> true;
        };
    }

    /** The requests of void proposals are still pending where they came in, and wait again in the next epoch. */
    private void endAt(long sequence) {
        if (standing.isEnding()) {
            return;
        }
        log.dropAbove(sequence);
        standing.endEpochAt(sequence);
        out.note("epoch %d ends at %d".formatted(standing.epoch(), sequence));
    }

    private void nextIs(MemberTable table) {
        MemberTable known = next;
        Invariant.holds(
                known == null || known.digest().equals(table.digest()),
                "two member tables follow epoch %d",
                standing.epoch());
        next = table;
    }
}
