package io.sherd.consensus.sim;

import io.sherd.consensus.core.Event;
import io.sherd.consensus.core.IgnoreReason;
import io.sherd.consensus.core.Inspection;
import io.sherd.consensus.core.Message;
import io.sherd.consensus.core.Mode;
import io.sherd.merkle.Digest;
import io.sherd.replication.ledger.MemberChange;
import io.sherd.replication.ledger.Request;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A cluster in virtual time. One unit is a tenth of a tick; each replica ticks with a phase of its own. Everything that happens
 * is ordered by time and then by the order in which it was planned, and every choice comes from one seed.
 */
public final class Simulation {

    /** Units of virtual time to a tick. */
    public static final int TICK = 10;

    /** Entries in one answer to a FETCH-ENTRIES. */
    static final int ENTRIES_AT_ONCE = 8;

    /** Decides about single messages. */
    interface Interceptor {
        /** What goes out instead of a message that one node says to another; null if nothing does. */
        @Nullable
        Message passes(SimNode from, SimNode to, Message message);
    }

    private final SimCluster cluster;
    private final SplittableRandom random;
    private final Agenda agenda = new Agenda();
    private final SegmentWorks works;
    private final List<SimNode> nodes = new ArrayList<>();
    private final Checkers checkers;
    private final Trace trace;
    private final Links links;
    private final RetentionWorld retention;
    private final Map<Digest, Request> unanswered = new LinkedHashMap<>();
    private final EnumMap<IgnoreReason, Integer> ignored = new EnumMap<>(IgnoreReason.class);
    private BiConsumer<SimNode, Message> listener = (node, message) -> {};
    private @Nullable Echo echo;
    private @Nullable Interceptor interceptor;
    private SimNetwork network = SimNetwork.CALM;
    private long events;
    private long nextId = 1;
    private int wiped;

    /**
     * A cluster that is not started.
     *
     * @param cluster who takes part
     * @param seed decides every choice
     */
    public Simulation(SimCluster cluster, long seed) {
        this(cluster, seed, new Trace());
    }

    /**
     * A cluster that is not started, with a trace of its own.
     *
     * @param cluster who takes part
     * @param seed decides every choice
     * @param trace takes in what happens
     */
    public Simulation(SimCluster cluster, long seed, Trace trace) {
        this.cluster = cluster;
        this.random = new SplittableRandom(seed);
        this.trace = trace;
        this.works = new SegmentWorks(cluster);
        this.checkers = new Checkers(cluster);
        this.links = new Links(2 * cluster.size());
        this.retention = new RetentionWorld(cluster, this, seed);
        for (int i = 0; i < cluster.size(); i++) {
            nodes.add(new SimNode(i, i, cluster, this));
        }
    }

    /** Starts every replica, each with its own phase. */
    public Simulation startAll() {
        for (SimNode node : nodes) {
            plan(choose(TICK), () -> {
                node.start();
                tick(node);
            });
        }
        return this;
    }

    /**
     * How the network behaves from now on.
     *
     * @param behaviour its loss and delays
     */
    public void network(SimNetwork behaviour) {
        network = behaviour;
    }

    /**
     * Loses the messages that {@code which} says, from now on.
     *
     * @param which true for what is lost
     */
    public void lose(Predicate<Message> which) {
        links.lose(which);
    }

    /**
     * Cuts the cluster in two: only replicas of one side hear each other.
     *
     * @param minority those of one side
     */
    public void partition(int... minority) {
        boolean[] side = new boolean[2 * cluster.size()];
        for (int node : minority) {
            side[node] = true;
        }
        links.split(side);
    }

    /** Everybody hears everybody again, and all that are down start. */
    public void heal() {
        healNetwork();
        nodes.forEach(SimNode::spare);
        nodes.forEach(node -> restart(node.number()));
    }

    /** Everybody hears everybody again. */
    void healNetwork() {
        links.joinAll();
        links.allBack();
        links.fates(null);
        network(SimNetwork.CALM);
        lose(message -> false);
    }

    /**
     * A client sends a new request of some size to some replicas, and again to all until it is executed everywhere.
     *
     * @param sizeBytes of the payload
     * @param to which replicas
     * @return the request
     */
    public Request.Operation submit(int sizeBytes, int... to) {
        Request.Operation operation = cluster.operation((int) (nextId % SimCluster.CLIENTS), nextId++, sizeBytes);
        unanswered.put(operation.digest(), operation);
        for (int replica : to) {
            submitTo(replica, operation);
        }
        return operation;
    }

    /** A client sends many requests to one replica at once, and asks for none of them again. */
    void flood(int client, int count, int sizeBytes, int replica) {
        for (int i = 0; i < count; i++) {
            submitTo(replica, cluster.operation(client, nextId++, sizeBytes));
        }
    }

    /**
     * Brings a request to a replica's edge, as a client would.
     *
     * @param replica which replica
     * @param request signed
     */
    public void submitTo(int replica, Request request) {
        SimNode receiver = nodes.get(replica);
        plan(1 + choose(5), () -> {
            if (!receiver.disk().hasExecuted(request.digest())) {
                receiver.handle(new Event.Submitted(request));
            }
        });
    }

    /** Clients ask again, everywhere, for what they have no answer to. */
    public void retry() {
        for (int i = 0; i < cluster.size(); i++) {
            retryAt(i);
        }
    }

    /** Clients ask again one replica for what they have no answer to. */
    void retryAt(int replica) {
        unanswered.keySet().removeIf(this::isAnswered);
        for (Request request : List.copyOf(unanswered.values())) {
            submitTo(replica, request);
        }
    }

    /** {@return how many requests not enough replicas have executed for f + 1 equal results} */
    public int unanswered() {
        unanswered.keySet().removeIf(this::isAnswered);
        return unanswered.size();
    }

    /**
     * Stops a node; it loses what was not durable.
     *
     * @param node which one
     */
    public void crash(int node) {
        nodes.get(node).crash();
        line(nodes.get(node), "crashes");
    }

    /**
     * Starts a stopped node again.
     *
     * @param node which one
     */
    public void restart(int node) {
        if (!nodes.get(node).isUp()) {
            line(nodes.get(node), "restarts");
            nodes.get(node).start();
        }
    }

    /**
     * Stops a replica, destroys its disk, and restores it from another's ledger.
     *
     * @param replica which one
     * @param source another one
     */
    public void wipe(int replica, int source) {
        crash(replica);
        line(nodes.get(replica), "loses its disk");
        wiped++;
        nodes.get(replica).wipe(nodes.get(source));
        retention.restored(nodes.get(replica), nodes.get(source));
    }

    /**
     * An admin gives a replica the key after its present one.
     *
     * @param replica which replica
     * @param to the replicas that the admin asks
     */
    public void replaceKey(int replica, int... to) {
        MemberChange change = nodes.get(replica).nextKey();
        Request request = cluster.change(checkers.epochs() - 1, change);
        for (int door : to) {
            submitTo(door, request);
        }
    }

    /**
     * Stops a replica and starts it with the key after its present one.
     *
     * @param replica which replica
     */
    public void takeNextKey(int replica) {
        SimNode node = nodes.get(replica);
        node.crash();
        line(node, "gets its next key");
        node.takeNextKey();
        node.start();
    }

    /** A second node with a replica's key and a copy of its disk starts: from now on that replica is one of the f. */
    SimNode twin(int replica) {
        SimNode original = nodes.get(replica);
        SimNode twin = new SimNode(nodes.size(), replica, cluster, this);
        nodes.add(twin);
        original.isFaulty();
        twin.isFaulty();
        twin.clone(original);
        line(original, "has a twin");
        twin.start();
        tick(twin);
        return twin;
    }

    /**
     * Runs for so many ticks.
     *
     * @param ticks how many
     */
    public void run(long ticks) {
        runTo(now() + ticks * TICK);
    }

    /**
     * Runs until a condition holds; looks at it once a tick.
     *
     * @param condition what to wait for
     * @param ticks for so long at most
     * @return whether it holds
     */
    public boolean runUntil(BooleanSupplier condition, long ticks) {
        for (long tick = 0; tick < ticks && !condition.getAsBoolean(); tick++) {
            runTo(now() + TICK);
        }
        return condition.getAsBoolean();
    }

    private void runTo(long end) {
        while (agenda.step(end)) {
            events++;
        }
    }

    /** {@return whether all that are up have one head, no open request, and are quiet} */
    public boolean isSettled() {
        if (unanswered() > 0) {
            return false;
        }
        int active = 0;
        for (SimNode node : nodes) {
            if (!node.isHonest()) {
                active += node.number() == node.replica() && node.isUp() ? 1 : 0;
            } else if (node.isUp()) {
                Inspection seen = node.inspect();
                if (seen.pending() > 0
                        || seen.inFlight() > 0
                        || seen.mode() instanceof Mode.Rejoining
                        || node.disk().executed() != checkers.head()) {
                    return false;
                }
                active += seen.mode() instanceof Mode.Active ? 1 : 0;
            }
        }
        return cluster.quorums().isQuorum(active);
    }

    /** Checks that all that are up agree in the end. */
    public void checkConverged() {
        int liars = (int) nodes.stream()
                .filter(n -> !n.isHonest() && n.number() == n.replica())
                .count();
        checkers.converged(nodes.stream().filter(n -> n.isUp() && n.isHonest()).toList(), liars);
        retention.checkAll();
    }

    /** A node: a replica by its number, or a twin. */
    SimNode node(int number) {
        return nodes.get(number);
    }

    /** All nodes, twins behind the replicas. */
    List<SimNode> nodes() {
        return nodes;
    }

    Checkers checkers() {
        return checkers;
    }

    RetentionWorld retention() {
        return retention;
    }

    Links links() {
        return links;
    }

    SegmentWorks works() {
        return works;
    }

    /** Is told of everything that a node says to all. */
    void listen(BiConsumer<SimNode, Message> told) {
        listener = told;
    }

    /** {@return the trace} */
    public Trace trace() {
        return trace;
    }

    /** Virtual time, in units. */
    long now() {
        return agenda.now();
    }

    /** {@return events so far} */
    public long events() {
        return events;
    }

    /** {@return how often messages were ignored, by reason} */
    public Map<IgnoreReason, Integer> ignored() {
        return ignored;
    }

    /** {@return disks destroyed so far} */
    public int wiped() {
        return wiped;
    }

    /** From now on what reaches one node is kept; what was kept before sounds again. */
    void keepEchoOf(SimNode node) {
        Echo before = echo;
        if (before != null) {
            before.sound(this);
        }
        echo = new Echo(node);
    }

    /** The kept words sound again, and no more are kept. */
    void endEcho() {
        Echo before = echo;
        if (before != null) {
            before.sound(this);
        }
        echo = null;
    }

    void ignored(IgnoreReason reason) {
        ignored.merge(reason, 1, Integer::sum);
    }

    void crashed(SimNode node) {
        line(node, "crashes between two effects");
        node.crash();
    }

    void spoken(SimNode from, Message message) {
        listener.accept(from, message);
    }

    void send(SimNode from, int toReplica, Message message) {
        for (SimNode to : nodes) {
            if (to.replica() == toReplica) {
                send(from, to, message);
            }
        }
    }

    private void send(SimNode from, SimNode to, Message said) {
        Interceptor between = interceptor;
        Message message = between == null ? said : between.passes(from, to, said);
        if (message == null
                || !links.hears(from.number(), to.number(), message)
                || choose(1000) < network.lossPermille()) {
            return;
        }
        int copies = choose(1000) < network.duplicationPermille() ? 2 : 1;
        for (int copy = 0; copy < copies; copy++) {
            plan(network.minDelay() + choose(network.spread() + 1), () -> {
                if (links.hears(from.number(), to.number(), message)) {
                    deliver(from, to, message);
                }
            });
        }
    }

    /** Something other than a message of the core goes from one node's edge to another's, over the same network. */
    void carry(SimNode from, SimNode to, Runnable arrives) {
        if (!links.reaches(from.number(), to.number()) || choose(1000) < network.lossPermille()) {
            return;
        }
        plan(network.minDelay() + choose(network.spread() + 1), () -> {
            if (links.reaches(from.number(), to.number())) {
                arrives.run();
            }
        });
    }

    /** A message reaches a node's edge now. */
    void deliver(SimNode from, SimNode to, Message message) {
        if (new SimEdge(cluster, checkers).admits(from.replica(), message)) {
            Echo keeping = echo;
            if (keeping != null) {
                keeping.arrived(to, from.replica(), message);
            }
            to.arrive(from.replica(), message);
        }
    }

    /** From now on somebody decides about each message before the network does; null ends that. */
    void intercept(@Nullable Interceptor between) {
        interceptor = between;
    }

    int syncSpread() {
        return network.syncSpread();
    }

    int sealSpread() {
        return network.sealSpread();
    }

    /** A number below a bound, by the seed. */
    int choose(int bound) {
        return random.nextInt(bound);
    }

    void plan(long delay, Runnable action) {
        agenda.plan(delay, action);
    }

    void line(SimNode node, String text) {
        trace.line(now(), node.name(), text);
    }

    private void tick(SimNode node) {
        plan(TICK, () -> {
            node.tick();
            retention.tick(node);
            tick(node);
        });
    }

    private boolean isAnswered(Digest request) {
        int executed = 0;
        for (int i = 0; i < cluster.size(); i++) {
            executed += nodes.get(i).disk().hasExecuted(request) ? 1 : 0;
        }
        return cluster.quorums().containsCorrect(executed);
    }
}
