package io.sherd.consensus.sim;

import io.sherd.consensus.core.DecidedEntry;
import io.sherd.consensus.core.Effect;
import io.sherd.consensus.core.Event;
import io.sherd.consensus.core.Inspection;
import io.sherd.consensus.core.Message;
import io.sherd.consensus.core.Replica;
import io.sherd.consensus.core.VoteRecord;
import io.sherd.replication.checkpoint.ClosedEpoch;
import io.sherd.replication.genesis.Member;
import io.sherd.replication.ledger.MemberChange;
import io.sherd.replication.ledger.Request;
import io.sherd.replication.ledger.Signer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One node of a simulation: a core on a disk, and what a driver does for it. Effects wait in a queue while records become
 * durable; the core goes on meanwhile, as it does behind a real driver. A crash loses the queue, and of the records that are
 * being written all but some first ones.
 */
final class SimNode {

    private static final int NEVER = Integer.MAX_VALUE;

    private final int number;
    private final int replica;
    private final String name;
    private final SimCluster cluster;
    private final Simulation simulation;
    private final ArrayDeque<Effect> effects = new ArrayDeque<>();
    private final ArrayDeque<Event> stalled = new ArrayDeque<>();
    private List<VoteRecord> syncing = List.of();
    private SimDisk disk;
    private @Nullable SimDisk backup;
    private @Nullable Replica core;
    private @Nullable SimTransfer transfer;
    private @Nullable Adversary adversary;
    private boolean honest = true;
    private int generation;
    private int life;
    private int crashAfter = NEVER;
    private boolean paused;
    private boolean retired;
    private boolean superseded;
    private int keyGeneration;
    private boolean keyReplaced;

    /** A node that is not started: of a replica, or its twin, which has the same key and speaks for the same directory. */
    SimNode(int number, int replica, SimCluster cluster, Simulation simulation) {
        this.number = number;
        this.replica = replica;
        this.name = "r" + replica + (number == replica ? "" : "'");
        this.cluster = cluster;
        this.simulation = simulation;
        this.disk = new SimDisk(replica, cluster, simulation.works(), SimCluster.directory(replica, 0));
    }

    /** Its place among the nodes: the replica's number, except for twins. */
    int number() {
        return number;
    }

    int replica() {
        return replica;
    }

    String name() {
        return name;
    }

    SimDisk disk() {
        return disk;
    }

    boolean isUp() {
        return core != null;
    }

    /** Whether it fetches certified state instead of taking part. */
    boolean isFetching() {
        return transfer != null;
    }

    boolean isHonest() {
        return honest;
    }

    /** How many directories it had before this one. */
    int generation() {
        return generation;
    }

    /** The key that it is started with. */
    Signer signer() {
        return cluster.signer(replica, keyGeneration);
    }

    /** Whether this directory and this key speak for their replica in the epoch that its core is in. */
    boolean isMember() {
        if (!isUp()) {
            return false;
        }
        Member member = inspect().members().member(replica);
        return member.directory().equals(SimCluster.directory(replica, generation))
                && member.key().equals(signer().key());
    }

    Inspection inspect() {
        Replica running = core;
        if (running == null) {
            throw new IllegalStateException(name + " is down");
        }
        return running.inspect();
    }

    /** From now on an adversary rewrites its effects: it is one of the f. */
    void lies(Adversary rewriting) {
        honest = false;
        adversary = rewriting;
    }

    /** Whether an adversary lies for it in a certain way. */
    boolean lies(Lie how) {
        Adversary rewriting = adversary;
        return rewriting != null && rewriting.lies().contains(how);
    }

    /** From now on it counts among the f for what was done to it, though it follows the protocol. */
    void isFaulty() {
        honest = false;
    }

    /** Whether it stopped because another directory has joined as its replica: only a restore helps. */
    boolean isSuperseded() {
        return superseded;
    }

    /** Whether it stopped because its replica has another key: only that key helps. */
    boolean isKeyReplaced() {
        return keyReplaced;
    }

    /** What an admin signs to give its replica the key after this one. */
    MemberChange.ReplaceKey nextKey() {
        return cluster.replaceKey(replica, keyGeneration + 1);
    }

    /** The next start is with the key after this one. */
    void takeNextKey() {
        keyGeneration++;
        keyReplaced = false;
    }

    /** Never starts again. */
    void retire() {
        retired = true;
    }

    void start() {
        if (retired || superseded || keyReplaced || transfer != null) {
            return;
        }
        life++;
        crashAfter = NEVER;
        if (disk.fetches()) {
            fetch();
            return;
        }
        simulation.checkers().restarted(number);
        Replica started =
                new Replica(cluster.config(replica), cluster.authenticator(replica, keyGeneration), disk.recovered());
        core = started;
        perform(started.start());
        for (Event.CheckpointReady closing : disk.unstableClosings()) {
            handle(closing);
        }
    }

    void crash() {
        for (VoteRecord record : syncing.subList(0, simulation.choose(syncing.size() + 1))) {
            disk.persist(record);
        }
        syncing = List.of();
        effects.clear();
        core = null;
        SimTransfer fetching = transfer;
        if (fetching != null) {
            fetching.end();
            transfer = null;
        }
        paused = false;
        stalled.clear();
        life++;
    }

    /** Crashes in the middle of what some later step asks for, after so many more effects. */
    void crashAfter(int count) {
        crashAfter = count;
    }

    /** Will not crash by itself any more, and does not stand still. */
    void spare() {
        crashAfter = NEVER;
        resume();
    }

    /** Stands still for so many units of time, if it is up; what reaches it waits. */
    void pause(long units) {
        if (!isUp()) {
            return;
        }
        simulation.line(this, "stands still for " + units);
        paused = true;
        int now = life;
        simulation.plan(units, () -> {
            if (life == now) {
                resume();
            }
        });
    }

    /** Goes on at once, if it stands still. */
    void resume() {
        paused = false;
        while (!stalled.isEmpty() && !paused) {
            handle(stalled.removeFirst());
        }
    }

    /** Loses its disk and restores a new one from a peer's; what it was told to do before, it does no more. */
    void wipe(SimNode source) {
        generation++;
        superseded = false;
        disk = source.disk.restored(replica, generation, signer());
        backup = null;
        honest = true;
        adversary = null;
    }

    /** Keeps a copy of its disk. */
    void backUp() {
        backup = disk.copy();
    }

    /** Puts the copy back: it has forgotten what it said since, so it counts among the f. */
    void rollBack() {
        SimDisk old = backup;
        if (old != null) {
            disk = old.copy();
        }
    }

    /** Begins on a copy of another node's disk. */
    void clone(SimNode original) {
        generation = original.generation;
        keyGeneration = original.keyGeneration;
        disk = original.disk.copy();
    }

    /** A tick of its clock. */
    void tick() {
        SimTransfer fetching = transfer;
        if (fetching == null) {
            handle(new Event.Tick());
        } else if (!paused) {
            fetching.tick();
        }
    }

    void handle(Event event) {
        Replica running = core;
        if (running == null) {
            return;
        }
        if (paused) {
            if (!(event instanceof Event.Tick)) {
                stalled.add(event);
            }
            return;
        }
        if (!(event instanceof Event.Tick)) {
            simulation.trace().event(simulation.now(), name, event);
        }
        perform(running.step(event));
    }

    /** A message reaches this replica's edge: what the driver answers does not reach the core. */
    void arrive(int sender, Message message) {
        if (message instanceof Message.FetchEntries(long from, int limit)) {
            List<DecidedEntry> entries = disk.keptFrom(from, Math.min(limit, Simulation.ENTRIES_AT_ONCE));
            if (isUp() && (!entries.isEmpty() || disk.hasForgotten(from))) {
                Message answer = new Message.Entries(entries);
                simulation.send(this, sender, adversary == null ? answer : adversary.answers(answer));
            }
            return;
        }
        if (message instanceof Message.Forward(Request request) && disk.hasExecuted(request.digest())) {
            return;
        }
        if (adversary != null && isUp()) {
            adversary.hears(sender, message);
        }
        handle(new Event.Arrived(sender, message));
    }

    private void perform(List<Effect> asked) {
        effects.addAll(adversary == null ? asked : adversary.apply(asked));
        drain();
        Replica running = core;
        if (running != null && honest) {
            simulation.checkers().inspected(number, running.inspect());
        }
    }

    /** Performs what waits, up to the next record that takes time to become durable. */
    private void drain() {
        while (syncing.isEmpty() && !effects.isEmpty()) {
            if (effects.getFirst() instanceof Effect.Persist && simulation.syncSpread() > 0) {
                sync();
                return;
            }
            if (crashAfter != NEVER && crashAfter-- == 0) {
                simulation.crashed(this);
                return;
            }
            Effect effect = effects.removeFirst();
            simulation.trace().effect(simulation.now(), name, effect);
            if (honest) {
                simulation.checkers().effect(this, effect);
            }
            perform(effect);
        }
    }

    /** All records at the head of the queue become durable together, a little later. */
    private void sync() {
        List<VoteRecord> group = new ArrayList<>();
        while (!effects.isEmpty() && effects.getFirst() instanceof Effect.Persist(VoteRecord record)) {
            simulation.trace().effect(simulation.now(), name, effects.removeFirst());
            if (honest) {
                simulation.checkers().persisted(this, record);
            }
            group.add(record);
        }
        syncing = group;
        int now = life;
        simulation.plan(1 + simulation.choose(simulation.syncSpread()), () -> {
            if (life == now) {
                syncing.forEach(disk::persist);
                syncing = List.of();
                drain();
            }
        });
    }

    private void perform(Effect effect) {
        switch (effect) {
            case Effect.Persist p -> disk.persist(p.record());
            case Effect.Send(int to, Message message) -> simulation.send(this, to, message);
            case Effect.Broadcast(Message message) -> {
                simulation.spoken(this, message);
                for (int to = 0; to < cluster.size(); to++) {
                    if (to != replica) {
                        simulation.send(this, to, message);
                    }
                }
            }
            case Effect.Execute e -> {
                int now = life;
                simulation.plan(1, () -> {
                    if (life == now) {
                        executed(disk.execute(e.entry(), e.epoch()));
                    }
                });
            }
            case Effect.SendClosing c -> {
                ClosedEpoch closed = disk.closed(c.epoch());
                if (closed != null) {
                    simulation.send(this, c.replica(), new Message.EpochClosed(closed));
                }
            }
            case Effect.Stable s -> {}
            case Effect.EpochOpened o -> {}
            case Effect.Ignored i -> simulation.ignored(i.reason());
            case Effect.Superseded s -> {
                superseded = true;
                simulation.crash(number);
            }
            case Effect.KeyReplaced k -> {
                keyReplaced = true;
                simulation.crash(number);
            }
            case Effect.Forgotten f -> {
                superseded = true;
                simulation.crash(number);
            }
            case Effect.FallenBehind b -> {
                // The driver stops as it would at a crash; what is durable stays.
                crash();
                disk.beginFetching();
                start();
            }
            case Effect.Note n -> {}
        }
    }

    private void fetch() {
        simulation.line(this, "fetches certified state");
        transfer = new SimTransfer(this, cluster, simulation, () -> {
            transfer = null;
            if (honest) {
                simulation.checkers().installed(this);
            }
            simulation.line(this, "has fetched everything up to " + disk.executed());
            start();
        });
    }

    private void executed(Event.Executed executed) {
        Event.CheckpointReady closing = disk.closing(executed.sequence());
        if (closing != null) {
            if (honest) {
                simulation.checkers().sealed(this, closing.statement());
            }
            int now = life;
            simulation.plan(2 + simulation.choose(simulation.sealSpread() + 1), () -> {
                if (life == now) {
                    handle(closing);
                }
            });
        }
        handle(executed);
    }
}
