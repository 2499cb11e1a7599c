package io.sherd.consensus.sim;

import io.sherd.consensus.core.DecidedEntry;
import io.sherd.consensus.core.Effect;
import io.sherd.consensus.core.Event;
import io.sherd.consensus.core.Inspection;
import io.sherd.consensus.core.Message;
import io.sherd.consensus.core.Replica;
import io.sherd.replication.checkpoint.ClosedEpoch;
import io.sherd.replication.ledger.Request;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** One replica of a simulation: a core on a disk, and what a driver does for it. */
final class SimReplica {

    private static final int NEVER = Integer.MAX_VALUE;

    private final int id;
    private final SimCluster cluster;
    private final Simulation simulation;
    private SimDisk disk;
    private @Nullable Replica core;
    private UnaryOperator<List<Effect>> lie = UnaryOperator.identity();
    private boolean honest = true;
    private int generation;
    private int life;
    private int crashAfter = NEVER;

    SimReplica(int id, SimCluster cluster, Simulation simulation) {
        this.id = id;
        this.cluster = cluster;
        this.simulation = simulation;
        this.disk = new SimDisk(cluster, SimCluster.directory(id, 0));
    }

    int id() {
        return id;
    }

    SimDisk disk() {
        return disk;
    }

    boolean isUp() {
        return core != null;
    }

    boolean isHonest() {
        return honest;
    }

    Inspection inspect() {
        Replica running = core;
        if (running == null) {
            throw new IllegalStateException("r" + id + " is down");
        }
        return running.inspect();
    }

    /** From now on its effects are rewritten: it is one of the f. */
    void lies(UnaryOperator<List<Effect>> rewrite) {
        honest = false;
        lie = rewrite;
    }

    void start() {
        life++;
        crashAfter = NEVER;
        simulation.checkers().restarted(id);
        Replica started = new Replica(cluster.config(id), cluster.authenticator(id), disk.recovered());
        core = started;
        perform(started.start());
        for (Event.CheckpointReady closing : disk.unstableClosings()) {
            handle(closing);
        }
    }

    void crash() {
        core = null;
        life++;
    }

    /** Crashes in the middle of what some later step asks for, after so many more effects. */
    void crashAfter(int effects) {
        crashAfter = effects;
    }

    /** Will not crash by itself any more. */
    void spare() {
        crashAfter = NEVER;
    }

    /** Loses its disk and restores a new one from a peer's. */
    void wipe(SimReplica source) {
        generation++;
        disk = source.disk.restored(id, generation);
    }

    void handle(Event event) {
        Replica running = core;
        if (running == null) {
            return;
        }
        if (!(event instanceof Event.Tick)) {
            simulation.trace().line(simulation.now(), id, Trace.describe(event));
        }
        perform(running.step(event));
    }

    private void perform(List<Effect> effects) {
        for (Effect effect : honest ? effects : lie.apply(effects)) {
            if (crashAfter != NEVER && crashAfter-- == 0) {
                simulation.crashed(this);
                return;
            }
            simulation.trace().line(simulation.now(), id, Trace.describe(effect));
            if (honest) {
                simulation.checkers().effect(id, effect, disk);
            }
            perform(effect);
        }
        Replica running = core;
        if (running != null && honest) {
            simulation.checkers().inspected(id, running.inspect());
        }
    }

    private void perform(Effect effect) {
        switch (effect) {
            case Effect.Persist p -> disk.persist(p.record());
            case Effect.Send(int to, Message message) -> simulation.send(id, to, message);
            case Effect.Broadcast(Message message) -> {
                for (int to = 0; to < cluster.size(); to++) {
                    if (to != id) {
                        simulation.send(id, to, message);
                    }
                }
            }
            case Effect.Execute e -> {
                int now = life;
                simulation.afterExecution(id, () -> {
                    if (life == now) {
                        executed(disk.execute(e.entry(), e.epoch()));
                    }
                });
            }
            case Effect.SendClosing c -> {
                ClosedEpoch closed = disk.closed(c.epoch());
                if (closed != null) {
                    simulation.send(id, c.replica(), new Message.EpochClosed(closed));
                }
            }
            case Effect.Stable s -> {}
            case Effect.EpochOpened o -> {}
            case Effect.Ignored i -> simulation.ignored(i.reason());
            case Effect.Note n -> {}
        }
    }

    private void executed(Event.Executed executed) {
        Event.CheckpointReady closing = disk.closing(executed.sequence());
        if (closing != null) {
            if (honest) {
                simulation.checkers().sealed(id, closing.statement());
            }
            int now = life;
            simulation.afterSealing(id, () -> {
                if (life == now) {
                    handle(closing);
                }
            });
        }
        handle(executed);
    }

    /** A message reaches this replica's edge: what the driver answers does not reach the core. */
    void arrive(int sender, Message message) {
        if (message instanceof Message.FetchEntries(long from, int limit)) {
            List<DecidedEntry> entries = disk.entriesFrom(from, Math.min(limit, Simulation.ENTRIES_AT_ONCE));
            if (isUp() && !entries.isEmpty()) {
                simulation.send(id, sender, new Message.Entries(entries));
            }
            return;
        }
        if (message instanceof Message.Forward(Request request) && disk.hasExecuted(request.digest())) {
            return;
        }
        handle(new Event.Arrived(sender, message));
    }
}
