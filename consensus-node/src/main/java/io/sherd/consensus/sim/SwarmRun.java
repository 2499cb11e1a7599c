package io.sherd.consensus.sim;

import io.sherd.consensus.core.Mode;
import io.sherd.replication.Invariant;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * One seed: requests all the time, while things go wrong as a {@link Nemesis} chooses; and in the end what the run's mode
 * demands. It goes on until it has seen what every run should see.
 */
public final class SwarmRun {

    private static final List<SeedResult.Mode> MODES = List.of(SeedResult.Mode.values());
    private static final int MIN_ROUNDS = 12;
    private static final int LATE_ROUNDS = 40;
    private static final int MAX_ROUNDS = 60;
    private static final long BREATH_TICKS = 200;
    private static final long SETTLE_TICKS = 12_000;
    private static final int WORK = 8;
    private static final int SLOW_WORK = 20;
    private static final int SLOW_TICKS = 400;
    private static final int ALL_DOORS = -1;

    private final long seed;
    private final int n;
    private final SplittableRandom random;
    private final SeedResult.Mode mode;
    private final boolean ed25519;
    private final SimCluster cluster;
    private final Simulation simulation;
    private final Nemesis nemesis;
    private final int clientPace;
    private final boolean oneDoor;

    /**
     * A run that has not begun.
     *
     * @param n how many replicas
     * @param seed decides everything
     * @param trace takes in what happens
     */
    public SwarmRun(int n, long seed, Trace trace) {
        this.seed = seed;
        this.n = n;
        this.random = new SplittableRandom(Fingerprint.mix(seed, n));
        this.mode = MODES.get(random.nextInt(MODES.size()));
        this.ed25519 = random.nextInt(100) == 0;
        this.cluster =
                new SimCluster(n, SimCluster.LIMITS, ed25519 ? SimSignatures.ed25519() : SimSignatures.keyedHashes());
        this.simulation = new Simulation(cluster, random.nextLong(), trace);
        this.nemesis = new Nemesis(cluster, simulation, random.split());
        this.clientPace = 1 + random.nextInt(8);
        this.oneDoor = random.nextInt(4) == 0;
    }

    /** Whether this seed signs with Ed25519: one of a hundred does. */
    boolean signsForReal() {
        return ed25519;
    }

    /** What is kept of the sealed segments, and the check that none is lost. */
    RetentionWorld retention() {
        return simulation.retention();
    }

    /**
     * Runs it.
     *
     * @return what it came to
     */
    public SeedResult run() {
        long begun = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
        Optional<String> violation = Optional.empty();
        try {
            live();
            end();
        } catch (Violation | Invariant.Violation | IllegalStateException | IllegalArgumentException e) {
            violation = Optional.of(String.valueOf(e.getMessage()));
        }
        long nanos = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - begun;
        Checkers seen = simulation.checkers();
        return new SeedResult(
                seed,
                n,
                mode,
                ed25519,
                simulation.events(),
                simulation.now() / Simulation.TICK,
                nanos,
                seen.viewChanges(),
                seen.stableClosings(),
                simulation.wiped(),
                seen.sealedSegments(),
                seen.epochs() - 1,
                simulation.trace().hash(),
                violation,
                violation.isPresent() ? simulation.trace().tail() : "");
    }

    private void live() {
        simulation.startAll();
        nemesis.begin();
        simulation.network(random.nextBoolean() ? SimNetwork.STORM : new SimNetwork(20, 20, 1, 12, 20, 3));
        for (int round = 0; round < MAX_ROUNDS && (round < MIN_ROUNDS || !isCovered()); round++) {
            int requests = 1 + random.nextInt(8);
            for (int i = 0; i < requests; i++) {
                simulation.submit(50 + random.nextInt(400), random.nextInt(n), random.nextInt(n));
                simulation.run(1 + random.nextInt(clientPace));
            }
            if (round > MIN_ROUNDS / 2 && simulation.wiped() == 0) {
                nemesis.wipe();
            }
            nemesis.act();
            simulation.run(random.nextInt(60));
            nemesis.recover();
            if (random.nextInt(3) == 0) {
                simulation.retry();
            }
            if (round > LATE_ROUNDS) {
                breathe(SETTLE_TICKS / WORK);
                if (simulation.checkers().viewChanges() == 0) {
                    nemesis.crashPrimary();
                    simulation.submit(50, random.nextInt(n), random.nextInt(n));
                    simulation.retry();
                    simulation.run(SETTLE_TICKS / WORK);
                }
            } else if (round > MIN_ROUNDS && random.nextInt(3) == 0) {
                breathe(BREATH_TICKS);
            }
        }
    }

    /**
     * Trouble that never ends would keep the ledger from growing: now and then it does, for a while, and for longer in a run
     * that has seen too little of what every run should see.
     */
    private void breathe(long ticks) {
        simulation.links().joinAll();
        simulation.links().allBack();
        simulation.links().fates(null);
        for (int i = 0; i < n; i++) {
            simulation.node(i).resume();
            simulation.restart(i);
        }
        simulation.retry();
        simulation.runUntil(simulation::isSettled, ticks);
    }

    private boolean isCovered() {
        Checkers seen = simulation.checkers();
        return seen.viewChanges() >= 1
                && seen.stableClosings() >= 2
                && simulation.wiped() >= 1
                && seen.sealedSegments() >= 3;
    }

    private void end() {
        nemesis.end();
        if (mode == SeedResult.Mode.SAFETY) {
            return;
        }
        Set<Integer> faulty = nemesis.faulty();
        if (mode == SeedResult.Mode.CORE && !keepOnlyCore(faulty)) {
            return;
        }
        simulation.healNetwork();
        simulation.nodes().forEach(SimNode::spare);
        if (mode == SeedResult.Mode.HEALED) {
            simulation.nodes().forEach(node -> simulation.restart(node.number()));
        }
        int door = oneDoor ? anyCorrectReplica() : ALL_DOORS;
        askAgain(door);
        simulation.run(50);
        askAgain(door);
        // Who asked for a view alone takes part again when others ask, too, and they do so when there is something to
        // do.
        for (int work = 0; work < WORK; work++) {
            if (door == ALL_DOORS) {
                simulation.submit(50, random.nextInt(n), random.nextInt(n));
            } else {
                simulation.submit(50, door);
            }
            if (mode == SeedResult.Mode.HEALED) {
                nemesis.restoreSuperseded();
            }
            if (simulation.runUntil(simulation::isSettled, SETTLE_TICKS / WORK)
                    && (mode != SeedResult.Mode.HEALED || !nemesis.isOperatorNeeded())) {
                simulation.checkConverged();
                replaceSlowPrimary();
                return;
            }
            askAgain(door);
        }
        throw new Violation("%d of %d replicas do not get everything done in %d ticks: %s"
                .formatted(cluster.quorums().quorum(), n, SETTLE_TICKS, standings()));
    }

    /** A primary that orders each request just in time does not stay where there is work. */
    private void replaceSlowPrimary() {
        for (int work = 0; work < SLOW_WORK && nemesis.mustReplacePrimary(); work++) {
            for (int replica = 0; replica < n; replica++) {
                simulation.submit(50, replica);
            }
            simulation.run(SLOW_TICKS / SLOW_WORK);
        }
        if (nemesis.mustReplacePrimary()) {
            throw new Violation("a slow primary stays for %d ticks: %s".formatted(SLOW_TICKS, standings()));
        }
    }

    /** In some runs clients know one replica, and it must bring their requests to those who must know them. */
    private void askAgain(int door) {
        if (door == ALL_DOORS) {
            simulation.retry();
        } else {
            simulation.retryAt(door);
        }
    }

    private int anyCorrectReplica() {
        List<Integer> correct = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            if (simulation.node(i).isHonest() && simulation.node(i).isUp()) {
                correct.add(i);
            }
        }
        return correct.get(random.nextInt(correct.size()));
    }

    /** All but n - f correct replicas stop for good; returns whether so many are left that have not lost their disks. */
    private boolean keepOnlyCore(Set<Integer> faulty) {
        List<Integer> core = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            if (!faulty.contains(i)) {
                core.add(random.nextInt(core.size() + 1), i);
            }
        }
        if (core.size() < cluster.quorums().quorum()) {
            return false;
        }
        List<Integer> kept = core.subList(0, cluster.quorums().quorum());
        for (SimNode node : simulation.nodes()) {
            boolean stays = kept.contains(node.number());
            if (stays) {
                simulation.restart(node.number());
            } else {
                simulation.crash(node.number());
                node.retire();
            }
        }
        return true;
    }

    private String standings() {
        StringBuilder text = new StringBuilder();
        for (SimNode node : simulation.nodes()) {
            text.append(node.name()).append(' ');
            if (node.isUp()) {
                var seen = node.inspect();
                text.append("%s%s %d/%d at %d stable %d pending %d in flight %d; "
                        .formatted(
                                node.isHonest() ? "" : "(lies) ",
                                describe(seen.mode()),
                                seen.epoch(),
                                seen.view(),
                                seen.executed(),
                                seen.stable(),
                                seen.pending(),
                                seen.inFlight()));
            } else {
                text.append("is down; ");
            }
        }
        return text.append(simulation.unanswered()).append(" unanswered").toString();
    }

    private static String describe(Mode mode) {
        return mode.getClass().getSimpleName();
    }
}
