package io.sherd.consensus.sim;

import io.sherd.consensus.core.Event;
import io.sherd.consensus.core.IgnoreReason;
import io.sherd.consensus.core.Inspection;
import io.sherd.consensus.core.Message;
import io.sherd.consensus.core.Mode;
import io.sherd.merkle.Digest;
import io.sherd.replication.ledger.Request;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/**
 * A cluster in virtual time. One unit is a tenth of a tick; each replica ticks with a phase of its own. Everything that happens
 * is ordered by time and then by the order in which it was planned, and every choice comes from one seed.
 */
public final class Simulation {

    /** Units of virtual time to a tick. */
    public static final int TICK = 10;

    /** Entries in one answer to a FETCH-ENTRIES. */
    static final int ENTRIES_AT_ONCE = 8;

    private record Planned(long time, long order, Runnable action) {}

    private final SimCluster cluster;
    private final SplittableRandom random;
    private final PriorityQueue<Planned> plan =
            new PriorityQueue<>(Comparator.comparingLong(Planned::time).thenComparingLong(Planned::order));
    private final List<SimReplica> replicas = new ArrayList<>();
    private final Checkers checkers;
    private final Trace trace = new Trace();
    private final Map<Digest, Request> unanswered = new LinkedHashMap<>();
    private final EnumMap<IgnoreReason, Integer> ignored = new EnumMap<>(IgnoreReason.class);
    private final int[] side;
    private Predicate<Message> lost = message -> false;
    private SimNetwork network = SimNetwork.CALM;
    private long now;
    private long order;
    private long events;
    private long nextId = 1;
    private int wiped;

    /** A cluster that is not started. */
    public Simulation(SimCluster cluster, long seed) {
        this.cluster = cluster;
        this.random = new SplittableRandom(seed);
        this.checkers = new Checkers(cluster);
        this.side = new int[cluster.size()];
        for (int i = 0; i < cluster.size(); i++) {
            replicas.add(new SimReplica(i, cluster, this));
        }
    }

    /** Starts every replica, each with its own phase. */
    public Simulation startAll() {
        for (SimReplica replica : replicas) {
            int phase = random.nextInt(TICK);
            plan(phase, () -> {
                replica.start();
                tick(replica);
            });
        }
        return this;
    }

    /** How the network behaves from now on. */
    public void network(SimNetwork behaviour) {
        network = behaviour;
    }

    /** Loses the messages that {@code which} says, from now on. */
    public void lose(Predicate<Message> which) {
        lost = which;
    }

    /** Cuts the cluster in two: only replicas of one side hear each other. */
    public void partition(int... minority) {
        java.util.Arrays.fill(side, 0);
        for (int replica : minority) {
            side[replica] = 1;
        }
    }

    /** Everybody hears everybody again. */
    public void heal() {
        partition();
        network(SimNetwork.CALM);
        lose(message -> false);
        replicas.forEach(SimReplica::spare);
        replicas.forEach(replica -> restart(replica.id()));
    }

    /** A client sends a new request of some size to some replicas, and again to all until it is executed everywhere. */
    public Request.Operation submit(int sizeBytes, int... to) {
        Request.Operation operation = cluster.operation((int) (nextId % SimCluster.CLIENTS), nextId++, sizeBytes);
        unanswered.put(operation.digest(), operation);
        for (int replica : to) {
            submitTo(replica, operation);
        }
        return operation;
    }

    /** Brings a request to a replica's edge, as a client would. */
    public void submitTo(int replica, Request request) {
        SimReplica receiver = replicas.get(replica);
        plan(1 + random.nextInt(5), () -> {
            if (!receiver.disk().hasExecuted(request.digest())) {
                receiver.handle(new Event.Submitted(request));
            }
        });
    }

    /** Clients ask again, everywhere, for what they have no answer to. */
    public void retry() {
        unanswered.keySet().removeIf(this::isAnswered);
        for (Request request : List.copyOf(unanswered.values())) {
            for (int i = 0; i < cluster.size(); i++) {
                submitTo(i, request);
            }
        }
    }

    /** Requests that not enough replicas have executed for f + 1 equal results. */
    public int unanswered() {
        unanswered.keySet().removeIf(this::isAnswered);
        return unanswered.size();
    }

    /** Stops a replica; it loses what was not durable. */
    public void crash(int replica) {
        replicas.get(replica).crash();
        trace.line(now, replica, "crashes");
    }

    /** Starts a stopped replica again. */
    public void restart(int replica) {
        if (!replicas.get(replica).isUp()) {
            trace.line(now, replica, "restarts");
            replicas.get(replica).start();
        }
    }

    /** Stops a replica, destroys its disk, and restores it from another's ledger. */
    public void wipe(int replica, int source) {
        crash(replica);
        trace.line(now, replica, "loses its disk");
        wiped++;
        replicas.get(replica).wipe(replicas.get(source));
    }

    /** Runs for so many ticks. */
    public void run(long ticks) {
        runTo(now + ticks * TICK);
    }

    /** Runs until a condition holds, at most so many ticks; looks at it once a tick; returns whether it holds. */
    public boolean runUntil(BooleanSupplier condition, long ticks) {
        for (long tick = 0; tick < ticks && !condition.getAsBoolean(); tick++) {
            runTo(now + TICK);
        }
        return condition.getAsBoolean();
    }

    private void runTo(long end) {
        while (!plan.isEmpty() && plan.peek().time() <= end) {
            Planned next = plan.poll();
            now = next.time();
            events++;
            next.action().run();
        }
        now = end;
    }

    /** Whether all that are up have one head, no open request, and are quiet. */
    public boolean isSettled() {
        if (unanswered() > 0) {
            return false;
        }
        int active = 0;
        for (SimReplica replica : replicas) {
            if (!replica.isHonest()) {
                active++;
            } else if (replica.isUp()) {
                Inspection seen = replica.inspect();
                if (seen.pending() > 0 || seen.inFlight() > 0 || replica.disk().executed() != checkers.head()) {
                    return false;
                }
                active += seen.mode() instanceof Mode.Active ? 1 : 0;
            }
        }
        return cluster.quorums().isQuorum(active);
    }

    /** Checks that all that are up agree in the end. */
    public void checkConverged() {
        int liars = (int) replicas.stream().filter(r -> !r.isHonest()).count();
        checkers.converged(
                replicas.stream().filter(r -> r.isUp() && r.isHonest()).toList(), liars);
    }

    /** A replica, to look at or to make a liar of. */
    SimReplica replica(int id) {
        return replicas.get(id);
    }

    /** The checkers. */
    Checkers checkers() {
        return checkers;
    }

    /** The trace. */
    public Trace trace() {
        return trace;
    }

    /** Virtual time, in units. */
    long now() {
        return now;
    }

    /** Events so far. */
    public long events() {
        return events;
    }

    /** How often messages were ignored, by reason. */
    public Map<IgnoreReason, Integer> ignored() {
        return ignored;
    }

    /** Disks destroyed so far. */
    public int wiped() {
        return wiped;
    }

    void ignored(IgnoreReason reason) {
        ignored.merge(reason, 1, Integer::sum);
    }

    void crashed(SimReplica replica) {
        trace.line(now, replica.id(), "crashes between two effects");
        replica.crash();
    }

    void send(int from, int to, Message message) {
        if (side[from] != side[to] || lost.test(message) || random.nextInt(1000) < network.lossPermille()) {
            return;
        }
        int copies = random.nextInt(1000) < network.duplicationPermille() ? 2 : 1;
        for (int copy = 0; copy < copies; copy++) {
            int delay = network.minDelay() + random.nextInt(network.spread() + 1);
            plan(delay, () -> {
                if (side[from] == side[to] && SimEdge.admits(cluster, from, message)) {
                    replicas.get(to).arrive(from, message);
                }
            });
        }
    }

    void afterExecution(int replica, Runnable action) {
        plan(1, action);
    }

    void afterSealing(int replica, Runnable action) {
        plan(2 + random.nextInt(network.sealSpread() + 1), action);
    }

    private void tick(SimReplica replica) {
        plan(TICK, () -> {
            replica.handle(new Event.Tick());
            tick(replica);
        });
    }

    private boolean isAnswered(Digest request) {
        int executed = 0;
        for (SimReplica replica : replicas) {
            executed += replica.disk().hasExecuted(request) ? 1 : 0;
        }
        return cluster.quorums().containsCorrect(executed);
    }

    private void plan(long delay, Runnable action) {
        plan.add(new Planned(now + delay, order++, action));
    }
}
