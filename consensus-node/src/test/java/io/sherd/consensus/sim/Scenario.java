package io.sherd.consensus.sim;

import io.sherd.consensus.core.Message;
import io.sherd.replication.Invariant;
import io.sherd.replication.ledger.Batch;
import io.sherd.replication.ledger.Request;
import io.sherd.replication.wire.Bytes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * A text file of commands, and what a cluster does when it is told them. The network takes half a tick for every message, so that a
 * trace changes where the protocol does and hardly anywhere else. docs/SIMULATOR.md describes the commands.
 */
final class Scenario {

    private static final SimNetwork STEADY = new SimNetwork(0, 0, 5, 0, 0, 0);
    private static final int SIZE_BYTES = 50;

    /** What a scenario came to. */
    record Outcome(String trace, Optional<String> violation) {}

    private final List<String> lines;
    private final int replicas;
    private final long seed;
    private final List<String> found = new ArrayList<>();
    private final List<Request> submitted = new ArrayList<>();
    private final SimCluster cluster;
    private final Simulation simulation;
    private final ScenarioTrace trace;
    private final Tap tap;
    private SimNetwork network = STEADY;

    private Scenario(List<String> lines) {
        this.lines = lines;
        int size = 4;
        long chosen = 1;
        for (String line : lines) {
            Words words = new Words(line);
            switch (words.next()) {
                case "replicas" -> size = words.number();
                case "seed" -> chosen = words.number();
                case "finds" -> found.addAll(words.rest());
                default -> {}
            }
        }
        this.replicas = size;
        this.seed = chosen;
        this.cluster = new SimCluster(replicas);
        this.trace = new ScenarioTrace(replicas);
        this.simulation = new Simulation(cluster, seed, new Trace(trace::happened));
        this.tap = new Tap(simulation);
        simulation.intercept(tap);
    }

    static Scenario read(Path file) {
        try {
            return new Scenario(Files.readAllLines(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The planted bugs that this scenario must fail with. */
    List<String> found() {
        return found;
    }

    Outcome run() {
        Optional<String> violation = Optional.empty();
        try {
            simulation.network(STEADY);
            simulation.startAll();
            simulation.run(2);
            trace.begin();
            for (String line : lines) {
                trace.command(line);
                if (perform(new Words(line))) {
                    trace.summary(simulation);
                }
            }
        } catch (Violation | Invariant.Violation | IllegalStateException e) {
            violation = Optional.of(String.valueOf(e.getMessage()));
            trace.happened("0 ! VIOLATION " + e.getMessage());
        }
        return new Outcome(trace.text(), violation);
    }

    /** Performs a command; returns whether the line has one. */
    private boolean perform(Words words) {
        switch (words.next()) {
            case "", "#", "replicas", "seed", "finds" -> {
                return false;
            }
            case "run" -> simulation.run(words.number());
            case "until" -> until(words);
            case "expect" -> expect(words.rest());
            case "submit" -> submit(words);
            case "retry" -> simulation.retry();
            case "flood" -> flood(words.number(), words.after("to").node());
            case "lie-as-client" -> lieAsClient(words.number());
            case "network" -> {
                network = networkNamed(words.next());
                simulation.network(network);
            }
            case "crash" -> words.nodes().forEach(simulation::crash);
            case "restart" -> words.nodes().forEach(simulation::restart);
            case "pause" -> simulation.node(words.node()).pause((long) words.number() * Simulation.TICK);
            case "wipe" -> wipe(words.node(), words.after("from").node());
            case "replace-key" ->
                simulation.replaceKey(
                        words.node(),
                        words.after("to").nodes().stream().mapToInt(r -> r).toArray());
            case "next-key" -> simulation.takeNextKey(words.node());
            case "back-up" -> simulation.node(words.node()).backUp();
            case "roll-back" -> rollBack(words.node());
            case "twin" -> simulation.twin(words.node());
            case "lie" -> lie(words.node(), words.rest());
            case "forget" ->
                words.nodes().forEach(node -> simulation.node(node).disk().forget());
            case "away" -> words.nodes().forEach(node -> simulation.links().away(node, true));
            case "back" -> words.nodes().forEach(node -> simulation.links().away(node, false));
            case "split" ->
                simulation.partition(words.nodes().stream().mapToInt(i -> i).toArray());
            case "cut" -> simulation.links().cut(words.node(), words.after("to").node());
            case "heal" -> {
                simulation.healNetwork();
                simulation.network(network);
                tap.clear();
            }
            case "lose" -> tap.lose(words);
            case "hold" -> tap.hold(words);
            case "pass" -> tap.clear();
            case "release" -> tap.release();
            case "propose" ->
                propose(
                        words.next(),
                        words.after("at").next(),
                        words.after("by").node());
            case "open" -> open(words.next().split("/", -1), words.after("by").node());
            default -> throw new IllegalArgumentException("no such command: " + words);
        }
        return true;
    }

    private static SimNetwork networkNamed(String name) {
        return switch (name) {
            case "steady" -> STEADY;
            case "calm" -> SimNetwork.CALM;
            case "storm" -> SimNetwork.STORM;
            case "lossy" -> new SimNetwork(300, 0, 5, 0, 0, 0);
            case "doubling" -> new SimNetwork(0, 1000, 1, 60, 0, 0);
            case "far" -> new SimNetwork(0, 0, 120, 0, 0, 0);
            case "slow-disks" -> new SimNetwork(0, 0, 5, 0, 200, 60);
            default -> throw new IllegalArgumentException("no such network: " + name);
        };
    }

    private void until(Words words) {
        List<String> condition = words.upTo("within");
        long ticks = words.number();
        if (!simulation.runUntil(() -> holds(condition), ticks)) {
            throw new Violation("not %s within %d ticks".formatted(String.join(" ", condition), ticks));
        }
        if (condition.equals(List.of("settled"))) {
            simulation.checkConverged();
        }
    }

    private void expect(List<String> condition) {
        if (!holds(condition)) {
            throw new Violation("not " + String.join(" ", condition));
        }
    }

    private boolean holds(List<String> condition) {
        Words words = new Words(String.join(" ", condition));
        String what = words.next();
        return switch (what) {
            case "settled" -> simulation.isSettled();
            case "answered" -> simulation.unanswered() == 0;
            case "head" -> simulation.checkers().head() == words.number();
            case "stable" -> simulation.checkers().certified() >= words.number();
            case "epoch" -> simulation.checkers().epochs() - 1 >= words.number();
            default -> {
                SimNode node = simulation.node(Words.node(what));
                String mode = words.next();
                yield switch (mode) {
                    case "down" -> !node.isUp();
                    case "fetching" -> node.isFetching();
                    case "superseded" -> node.isSuperseded();
                    case "key-replaced" -> node.isKeyReplaced();
                    case "view" -> node.isUp() && node.inspect().view() == words.number();
                    case "epoch" -> node.isUp() && node.inspect().epoch() == words.number();
                    case "executed" -> node.isUp() && node.inspect().executed() >= words.number();
                    default ->
                        node.isUp()
                                && node.inspect()
                                        .mode()
                                        .getClass()
                                        .getSimpleName()
                                        .equalsIgnoreCase(mode);
                };
            }
        };
    }

    private void submit(Words words) {
        int count = words.number();
        List<Integer> to = words.has("to") ? words.after("to").nodesUpTo("every") : List.of();
        int every = words.has("every") ? words.after("every").number() : 0;
        for (int i = 0; i < count; i++) {
            int[] doors = to.isEmpty()
                    ? new int[] {i % replicas}
                    : to.stream().mapToInt(r -> r).toArray();
            submitted.add(simulation.submit(SIZE_BYTES, doors));
            simulation.run(every);
        }
    }

    /** Many requests of a client that sends no others, so large that few fit into a batch. */
    private void flood(int count, int to) {
        simulation.flood(SimCluster.ANOTHER_CLIENT, count, cluster.limits().requestBytes() / 2, to);
    }

    /** One id with another body for each replica. */
    private void lieAsClient(int id) {
        for (int i = 0; i < replicas; i++) {
            Request lie = cluster.operation(1, 1_000_000L + id, Bytes.wrap(new byte[] {(byte) i}));
            simulation.submitTo(i, lie);
        }
    }

    private void wipe(int victim, int source) {
        simulation.wipe(victim, source);
        simulation.restart(victim);
    }

    private void rollBack(int victim) {
        SimNode node = simulation.node(victim);
        node.isFaulty();
        simulation.crash(victim);
        node.rollBack();
        simulation.restart(victim);
    }

    private void lie(int liar, List<String> names) {
        EnumSet<Lie> lies = EnumSet.noneOf(Lie.class);
        names.forEach(name -> lies.add(Lie.valueOf(name)));
        SimNode node = simulation.node(liar);
        node.lies(new Adversary(cluster, simulation, node, seed + liar, lies));
    }

    /** A liar proposes something at a position, and its core knows nothing of it. */
    private void propose(String what, String ballot, int liar) {
        String[] at = ballot.split("/", -1);
        long sequence = Long.parseLong(at[2]);
        Forger forger = new Forger(cluster, liar, new SplittableRandom(seed));
        Batch batch = switch (what) {
            case "seal" -> Batch.of(List.of(Request.Seal.at(sequence)));
            case "request" -> Batch.of(List.of(submitted.getLast()));
            default -> throw new IllegalArgumentException("nothing to propose: " + what);
        };
        simulation.node(liar).isFaulty();
        say(liar, forger.propose(Long.parseLong(at[1]), Long.parseLong(at[0]), sequence, batch));
    }

    private void say(int liar, Message message) {
        for (int to = 0; to < replicas; to++) {
            if (to != liar) {
                simulation.send(simulation.node(liar), to, message);
            }
        }
    }

    /** A liar opens a view by an empty VIEW-CHANGE of its own and those that are held for it, of whatever epoch they are. */
    private void open(String[] view, int liar) {
        Forger forger = new Forger(cluster, liar, new SplittableRandom(seed));
        TreeMap<Integer, Message.ViewChange> changes = new TreeMap<>();
        for (Message.ViewChange change : tap.viewChangesHeldFor(liar)) {
            changes.putIfAbsent(change.replica(), change);
        }
        changes.remove(liar);
        List<Message.ViewChange> all = new ArrayList<>();
        all.add(forger.empty(Long.parseLong(view[0]), Long.parseLong(view[1])));
        all.addAll(changes.values());
        simulation.node(liar).isFaulty();
        say(liar, forger.openedBy(all));
    }
}
