package io.sherd.consensus.core;

import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.genesis.Member;
import io.sherd.replication.ledger.Batch;
import io.sherd.replication.ledger.LedgerEntry;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One PBFT replica, as a deterministic core: the same arguments and events give the same effects, byte for byte. It reads no
 * clock, starts no thread, touches no disk or socket. One thread calls it.
 *
 * <p>This class only dispatches, and says what follows from every event: decided entries are handed to execution, an epoch
 * whose closing is stable gives way to the next, and a primary proposes what it may. The parts decide the rest: {@link
 * NormalOperation}, {@link Checkpoints}, {@link Epochs}, {@link CatchUp}, {@link Proposals}, {@link Sealing}.
 */
public final class Replica {

    private final ReplicaConfig config;
    private final Recovered recovered;
    private final Outbox out = new Outbox();
    private final Standing standing;
    private final MessageLog log;
    private final RequestQueue queue;
    private final Execution execution;
    private final Checkpoints checkpoints;
    private final Epochs epochs;
    private final Pace pace;
    private final Sealing sealing;
    private final NormalOperation normal;
    private final Proposals proposals;
    private final CatchUp catchUp;
    private final Relay relay;
    private final Promptness promptness;
    private final Hearing hearing;
    private final ViewSynchronizer synchronizer;
    private final Reproposals reproposals;
    private final ViewChanges viewChanges;
    private final Witness witness;
    private final Inquiry inquiry;
    private boolean started;

    /**
     * A replica that goes on where it stopped.
     *
     * @param config who it is, and its bounds
     * @param authenticator its key, and the verdict about others'
     * @param onDisk what its disk knows
     */
    public Replica(ReplicaConfig config, Authenticator authenticator, Recovered onDisk) {
        this.config = config;
        Member self = onDisk.members().member(config.replica());
        recovered = self.key().equals(authenticator.signer().key()) ? onDisk : onDisk.withoutVotes();
        CheckpointCertificate stable = recovered.stable().orElse(null);
        long low = stable == null ? 0 : stable.statement().sequence();
        int window = config.limits().window();
        Ballots ballots = new Ballots(config, authenticator);
        standing = new Standing(config, authenticator.signer().key(), recovered);
        log = new MessageLog(window, config.limits().windowBytes(), low);
        queue = new RequestQueue(config.maxPendingRequests(), config.limits().windowBytes());
        BatchRules rules = new BatchRules(config, authenticator, queue);
        execution = new Execution(out, log, window, recovered.executed());
        checkpoints = new Checkpoints(config, authenticator, standing, log, execution, out, stable);
        epochs = new Epochs(config, authenticator, standing, log, queue, checkpoints, out);
        pace = new Pace(config);
        sealing = new Sealing(config.sealTicks(), recovered.sealing());
        normal = new NormalOperation(config, standing, log, queue, ballots, rules, pace, out);
        proposals = new Proposals(config, standing, log, queue, execution, normal, ballots, sealing, pace);
        catchUp = new CatchUp(config, standing, log, execution, checkpoints, ballots, out);
        relay = new Relay(config, standing, queue, rules, out);
        promptness = new Promptness(config, standing, log, queue, execution, normal, catchUp, out);
        hearing = new Hearing(config, standing);
        synchronizer = new ViewSynchronizer(
                config, standing, log, queue, execution, sealing, pace, catchUp, promptness, hearing);
        reproposals = new Reproposals(config, standing, log, normal, out);
        viewChanges = new ViewChanges(
                config,
                authenticator,
                standing,
                log,
                queue,
                checkpoints,
                normal,
                proposals,
                synchronizer,
                reproposals,
                ballots,
                out);
        witness = new Witness(config, standing, log, checkpoints, viewChanges, reproposals, out, recovered);
        inquiry = new Inquiry(config, authenticator, standing, recovered, out);
    }

    /**
     * Begins, once, before the first {@link #step}.
     *
     * @return what to do first
     */
    public List<Effect> start() {
        if (started) {
            throw new IllegalStateException("the replica has started already");
        }
        started = true;
        out.note("replica %d starts in epoch %d, view %d, at %d, as %s"
                .formatted(standing.self(), standing.epoch(), standing.view(), recovered.executed(), standing.mode()));
        if (inquiry.isOpen()) {
            inquiry.ask();
        } else {
            goOn();
        }
        return out.take();
    }

    /** Goes on where the disk says that it stopped. */
    private void goOn() {
        long lastProposed = new Restart(standing, log, normal).restore(recovered);
        viewChanges.restore(recovered, lastProposed);
        recovered.decided().forEach(entry -> handOver(entry, false));
        if (standing.isRejoining()) {
            recovered.rejoin().ifPresent(relay::rejoinWith);
        }
        witness.begun();
        out.broadcast(catchUp.status());
        settle();
    }

    /**
     * Takes in one event.
     *
     * @param event what happened
     * @return what to do about it, in this order
     */
    public List<Effect> step(Event event) {
        if (!started) {
            throw new IllegalStateException("the replica has not started");
        }
        if (inquiry.isOpen()) {
            ask(event);
        } else {
            dispatch(event);
            settle();
        }
        return out.take();
    }

    /** Takes in an event as long as it is not known whether the disk knows all that was signed. */
    private void ask(Event event) {
        switch (event) {
            case Event.Tick _ -> {
                standing.countTick();
                inquiry.tick();
            }
            case Event.Arrived(int sender, Message message) -> onArrived(sender, message);
            case Event.Submitted submitted -> onSubmitted(submitted);
            case Event.Executed executed -> inquiry.defer(executed);
            case Event.CheckpointReady ready -> inquiry.defer(ready);
        }
        if (!inquiry.isOpen()) {
            out.note("n - f replicas show no signature that this disk does not know");
            goOn();
            for (Event kept : inquiry.takeDeferred()) {
                dispatch(kept);
                settle();
            }
        }
    }

    private void dispatch(Event event) {
        switch (event) {
            case Event.Tick _ -> onTick();
            case Event.Arrived(int sender, Message message) -> onArrived(sender, message);
            case Event.Submitted submitted -> onSubmitted(submitted);
            case Event.Executed executed -> onExecuted(executed);
            case Event.CheckpointReady ready -> onCheckpointReady(ready);
        }
    }

    /** {@return what the replica looks like from outside} */
    public Inspection inspect() {
        return new Inspection(
                standing.epoch(),
                standing.view(),
                inquiry.isOpen() ? new Mode.Asking() : standing.mode(),
                standing.primary(),
                execution.handed(),
                log.low(),
                queue.size(),
                log.inFlightAbove(execution.handed()),
                log.size(),
                log.bytes(),
                promptness.patience(),
                viewChanges.supporters(),
                standing.isChangingView() ? standing.tick() - viewChanges.leftAt() : 0,
                standing.members());
    }

    private void onArrived(int sender, Message message) {
        if (!config.quorums().isReplica(sender) || sender == config.replica()) {
            throw new IllegalArgumentException("replica %d has no peer %d".formatted(config.replica(), sender));
        }
        hearing.heard(sender);
        IgnoreReason reason = reasonToIgnore(sender, message);
        if (reason != null) {
            out.ignored(sender, message.getClass().getSimpleName(), reason);
        }
    }

    /** Hands a message to the part it concerns; returns why it is ignored, or null. */
    private @Nullable IgnoreReason reasonToIgnore(int sender, Message message) {
        return switch (message) {
            case Message.FetchSigned _ -> witness.onFetchSigned(sender);
            case Message.Signed m -> inquiry.onSigned(sender, m);
            case Message _ when inquiry.isOpen() -> IgnoreReason.NOT_ACTIVE;
            case Message.PrePrepare m -> {
                IgnoreReason reason = otherEpoch(sender, m.ballot().epoch());
                yield reason != null ? reason : onPrePrepare(sender, m);
            }
            case Message.Prepare m -> {
                IgnoreReason reason = otherEpoch(sender, m.ballot().epoch());
                yield reason != null ? reason : normal.onPrepare(sender, m);
            }
            case Message.Commit m -> {
                IgnoreReason reason = otherEpoch(sender, m.ballot().epoch());
                yield reason != null ? reason : normal.onCommit(sender, m);
            }
            case Message.Checkpoint m -> onCheckpoint(sender, m);
            case Message.Certificate m -> checkpoints.onCertificate(m.certificate());
            case Message.EpochClosed m -> epochs.onEpochClosed(m.closed());
            case Message.Entries m -> catchUp.onEntries(sender, m, entry -> handOver(entry, true));
            case Message.Forward m -> relay.onForward(m.request());
            case Message.Status m -> {
                catchUp.onStatus(sender, m);
                if (m.epoch() == standing.epoch() && m.view() < standing.view()) {
                    catchUp.showNewView(sender, reproposals.newView());
                }
                yield null;
            }
            case Message.ViewChange m -> {
                IgnoreReason reason = otherEpoch(sender, m.epoch());
                yield reason != null ? reason : onViewChange(sender, m);
            }
            case Message.NewView m -> {
                IgnoreReason reason = otherEpoch(sender, m.epoch());
                yield reason != null ? reason : viewChanges.onNewView(sender, m);
            }
            case Message.FetchBatches m -> reproposals.onFetchBatches(sender, m);
            case Message.Batches m -> viewChanges.onBatches(m);
            case Message.FetchEntries _ -> IgnoreReason.NOT_FOR_CORE;
            case Message.Receipt _ -> IgnoreReason.NOT_FOR_CORE;
        };
    }

    /** Whoever is in a later epoch answers a message of an earlier one with what closed that. */
    private @Nullable IgnoreReason otherEpoch(int sender, long epoch) {
        if (epoch < standing.epoch()) {
            catchUp.showClosing(sender, epoch);
            return IgnoreReason.OLD_EPOCH;
        }
        if (epoch > standing.epoch()) {
            catchUp.tellStatus(sender);
            return IgnoreReason.FUTURE_EPOCH;
        }
        return null;
    }

    private @Nullable IgnoreReason onPrePrepare(int sender, Message.PrePrepare proposal) {
        IgnoreReason reason = normal.onPrePrepare(sender, proposal);
        if (reason == null) {
            promptness.proposed(proposal.batch());
        }
        return reason;
    }

    /** Who asks for the view that this primary has opened missed its NEW-VIEW. */
    private @Nullable IgnoreReason onViewChange(int sender, Message.ViewChange change) {
        IgnoreReason reason = viewChanges.onViewChange(sender, change);
        if (reason == IgnoreReason.OLD_VIEW) {
            catchUp.showNewView(sender, reproposals.newView());
        }
        return reason;
    }

    private @Nullable IgnoreReason onCheckpoint(int sender, Message.Checkpoint checkpoint) {
        long epoch = checkpoint.statement().epoch();
        if (epoch < standing.epoch() && checkpoint.statement().nextMembers().isPresent()) {
            catchUp.showClosing(sender, epoch);
        } else if (epoch > standing.epoch()) {
            catchUp.tellStatus(sender);
        }
        return checkpoints.onCheckpoint(sender, checkpoint);
    }

    private void onSubmitted(Event.Submitted submitted) {
        IgnoreReason reason = relay.onSubmitted(submitted.request());
        if (reason != null) {
            out.ignored(config.replica(), "Submitted", reason);
        }
    }

    private void onExecuted(Event.Executed executed) {
        LedgerEntry entry = execution.executed(executed.sequence());
        sealing.executed(
                executed.sequence(),
                entry.batch().kind(),
                executed.closing(),
                executed.stateCheckpoint(),
                standing.tick());
        if (executed.closing()) {
            synchronizer.closed();
        }
    }

    private void onCheckpointReady(Event.CheckpointReady ready) {
        ready.nextMembers().ifPresent(epochs::ready);
        checkpoints.ready(ready.statement());
    }

    private void onTick() {
        standing.countTick();
        normal.castDelayed();
        relay.tick();
        promptness.tick();
        normal.resend(execution.handed());
        if (standing.tick() % config.resendTicks() == 0) {
            checkpoints.resend();
        }
        viewChanges.tick();
        catchUp.tick();
        if (standing.tick() % config.statusTicks() == 0) {
            out.broadcast(catchUp.status());
        }
    }

    /** What follows from any event. */
    private void settle() {
        DecidedEntry next = execution.next();
        while (next != null && !isBeyondEpoch(next)) {
            handOver(next, true);
            next = execution.next();
        }
        epochs.heedStable();
        checkpoints.announce();
        epochs.openNext(execution.handed()).ifPresent(closed -> {
            checkpoints.openEpoch();
            normal.newView();
            viewChanges.openEpoch();
            synchronizer.openEpoch();
            proposals.begin(0);
        });
        proposals.propose();
        relay.heedMembers();
    }

    private boolean isBeyondEpoch(DecidedEntry entry) {
        return entry.epoch() != standing.epoch()
                || (standing.isEnding() && entry.entry().sequence() > standing.epochEnd());
    }

    private void handOver(DecidedEntry entry, boolean remember) {
        execution.handOver(entry, remember);
        queue.executed(entry.entry().batch());
        if (entry.epoch() == standing.epoch()
                && entry.view() == standing.view()
                && entry.entry().batch().kind() != Batch.Kind.NULL) {
            synchronizer.progressed();
        }
        // An entry of an earlier epoch is one that a restart found decided but not executed: its epoch has ended
        // already.
        if (entry.epoch() == standing.epoch() && entry.entry().batch().kind() == Batch.Kind.EPOCH) {
            epochs.handedOver(entry.entry());
        }
    }
}
