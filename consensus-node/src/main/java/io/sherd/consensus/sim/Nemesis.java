package io.sherd.consensus.sim;

import io.sherd.consensus.core.Message;
import io.sherd.consensus.core.Mode;
import io.sherd.replication.ledger.Request;
import io.sherd.replication.wire.Bytes;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * What goes wrong in one run. Each run draws a menu of its own, so that some runs see much of one kind and nothing of another
 * (Groce and others, "Swarm Testing", ISSTA 2012). At most f replicas lie or have lost their disks at any time; crashes and
 * cuts may hit any number.
 */
final class Nemesis {

    /** Kinds of trouble. */
    enum Trouble {
        CRASH,
        CRASH_WITHIN_A_STEP,
        CRASH_OF_THE_PRIMARY,
        QUICK_RESTART,
        MASS_REBOOT,
        PAUSE,
        PARTITION,
        ONE_WAY_CUT,
        MOVING_PARTITION,
        SWIZZLE_CLOG,
        NETWORK_OF_VIEWS,
        CUT_AT_VIEW_CHANGES,
        AWAY,
        ECHO,
        STORM,
        WIPE,
        LIAR,
        TURN_OF_A_LIAR,
        TWIN,
        ROLLBACK,
        FALSE_CLIENT,
        FLOOD
    }

    private static final List<Lie> OF_NEW_PRIMARIES = List.of(
            Lie.FORGED_NEW_VIEWS,
            Lie.EQUIVOCATING_NEW_VIEWS,
            Lie.FORGETFUL_VIEW_CHANGES,
            Lie.LATE_EPOCH_ENTRIES,
            Lie.BAD_BATCHES,
            Lie.EQUIVOCATION,
            Lie.CENSORSHIP,
            Lie.SLOWNESS);

    private final SimCluster cluster;
    private final Simulation simulation;
    private final SplittableRandom random;
    private final List<Trouble> menu = new ArrayList<>();
    private final Set<Integer> faulty = new java.util.TreeSet<>();
    private boolean cutsAtViewChanges;

    Nemesis(SimCluster cluster, Simulation simulation, SplittableRandom random) {
        this.cluster = cluster;
        this.simulation = simulation;
        this.random = random;
        for (Trouble trouble : Trouble.values()) {
            if (random.nextInt(2) == 0) {
                menu.add(trouble);
            }
        }
        menu.add(Trouble.CRASH_OF_THE_PRIMARY);
        menu.add(Trouble.LIAR);
        menu.add(Trouble.TURN_OF_A_LIAR);
        simulation.listen(this::hears);
    }

    /** Some runs have as many liars as may be from the beginning. */
    void begin() {
        if (random.nextInt(2) == 0) {
            for (int i = 0; i < cluster.quorums().faultLimit(); i++) {
                corrupt();
            }
        }
    }

    /** Lets one thing go wrong. */
    void act() {
        settleFaulty();
        Trouble trouble = menu.get(random.nextInt(menu.size()));
        int victim = random.nextInt(cluster.size());
        switch (trouble) {
            case CRASH -> simulation.crash(victim);
            case CRASH_WITHIN_A_STEP -> simulation.node(victim).crashAfter(random.nextInt(60));
            case CRASH_OF_THE_PRIMARY -> crashPrimary();
            case QUICK_RESTART -> {
                simulation.crash(victim);
                simulation.plan(1 + random.nextInt(30), () -> simulation.restart(victim));
            }
            case MASS_REBOOT -> rebootAll();
            case PAUSE -> simulation.node(victim).pause(100 + random.nextInt(3000));
            case PARTITION -> split();
            case ONE_WAY_CUT -> cutOneWay(victim);
            case MOVING_PARTITION -> movePartition(4 + random.nextInt(8));
            case SWIZZLE_CLOG -> swizzleClog();
            case NETWORK_OF_VIEWS ->
                simulation
                        .links()
                        .fates(new Links.ViewFates(random.nextLong(), random.nextInt(50), random.nextInt(40)));
            case CUT_AT_VIEW_CHANGES -> cutsAtViewChanges = !cutsAtViewChanges;
            case AWAY -> sendAway(victim, 1000 + random.nextInt(8000));
            case ECHO -> simulation.keepEchoOf(simulation.node(victim));
            case STORM ->
                simulation.network(
                        random.nextBoolean()
                                ? SimNetwork.STORM
                                : new SimNetwork(random.nextInt(300), 50, 1, random.nextInt(100), 100, 20));
            case WIPE -> wipe();
            case LIAR -> corrupt();
            case TURN_OF_A_LIAR -> makePrimary();
            case TWIN -> twin();
            case ROLLBACK -> rollBack();
            case FALSE_CLIENT -> lieAsClient();
            case FLOOD ->
                simulation.flood(
                        random.nextInt(SimCluster.ANOTHER_CLIENT + 1),
                        cluster.config(victim).maxPendingRequests(),
                        50 + random.nextInt(500),
                        victim);
        }
    }

    /** Some of what stands still or is cut off comes back; a crowd that is down rarely stays so for long. */
    void recover() {
        int down = 0;
        for (int i = 0; i < cluster.size(); i++) {
            down += simulation.node(i).isUp() ? 0 : 1;
        }
        boolean tooMany = down > cluster.quorums().faultLimit() && random.nextInt(4) > 0;
        for (SimNode node : simulation.nodes()) {
            if (!node.isUp() && (tooMany || random.nextInt(4) == 0)) {
                simulation.restart(node.number());
            }
        }
        if (random.nextInt(3) == 0) {
            simulation.links().joinAll();
        }
        if (random.nextInt(8) == 0) {
            simulation.links().fates(null);
        }
    }

    /** A correct replica loses its disk and is restored from one that does not lie; returns whether that was possible. */
    boolean wipe() {
        settleFaulty();
        // A liar loses its disk, too: what it has signed lives on, it itself is correct from then on.
        List<Integer> candidates = new ArrayList<>(faulty);
        candidates.removeIf(replica -> simulation.node(replica).isHonest());
        if (candidates.isEmpty() || random.nextInt(3) > 0) {
            candidates.clear();
            for (int i = 0; i < cluster.size(); i++) {
                if (!faulty.contains(i) && faulty.size() < cluster.quorums().faultLimit()) {
                    candidates.add(i);
                }
            }
        }
        List<Integer> sources = new ArrayList<>();
        for (int i = 0; i < cluster.size(); i++) {
            if (!faulty.contains(i)) {
                sources.add(i);
            }
        }
        if (candidates.isEmpty()) {
            return false;
        }
        int victim = candidates.get(random.nextInt(candidates.size()));
        sources.removeIf(source -> source == victim);
        int source = sources.get(random.nextInt(sources.size()));
        if (simulation.node(source).disk().executed() < simulation.checkers().certified()) {
            return false;
        }
        for (SimNode node : simulation.nodes()) {
            if (node.replica() == victim) {
                simulation.crash(node.number());
            }
        }
        retire(victim);
        faulty.add(victim);
        simulation.wipe(victim, source);
        return true;
    }

    /** An operator restores whoever stopped because an earlier copy of it had joined, from whoever has what is certified. */
    void restoreSuperseded() {
        for (int i = 0; i < cluster.size(); i++) {
            OptionalInt source = simulation.node(i).isSuperseded() ? bestSource(i) : OptionalInt.empty();
            if (source.isPresent()) {
                simulation.wipe(i, source.getAsInt());
                simulation.restart(i);
            }
        }
    }

    /** Whether a replica stopped because another copy of it had joined, and was not restored since. */
    boolean isOperatorNeeded() {
        for (int i = 0; i < cluster.size(); i++) {
            if (simulation.node(i).isSuperseded()) {
                return true;
            }
        }
        return false;
    }

    /** The correct replica that has executed most, if it has executed what is certified. */
    private OptionalInt bestSource(int victim) {
        settleFaulty();
        OptionalInt best = OptionalInt.empty();
        long most = simulation.checkers().certified();
        for (int i = 0; i < cluster.size(); i++) {
            long executed = simulation.node(i).disk().executed();
            if (i != victim && !faulty.contains(i) && executed >= most) {
                best = OptionalInt.of(i);
                most = executed;
            }
        }
        return best;
    }

    /** Those that lie, have a twin, or have lost their disks and not joined again. */
    Set<Integer> faulty() {
        settleFaulty();
        return faulty;
    }

    /** Stops all that goes on by itself. */
    void end() {
        cutsAtViewChanges = false;
        simulation.endEcho();
    }

    /** Whoever has joined again with its new directory is correct. */
    private void settleFaulty() {
        faulty.removeIf(replica -> {
            SimNode node = simulation.node(replica);
            return node.isHonest() && node.isMember() && !(node.inspect().mode() instanceof Mode.Rejoining);
        });
    }

    /** The primary stops, as far as a replica that is up knows who that is. */
    void crashPrimary() {
        int primary = primary();
        if (primary >= 0) {
            simulation.crash(primary);
        }
    }

    /** Whether there is a primary that is slow on purpose, and every correct replica expects that primaries are fast. */
    boolean mustReplacePrimary() {
        int primary = primary();
        if (primary < 0 || !simulation.node(primary).lies(Lie.SLOWNESS)) {
            return false;
        }
        for (int i = 0; i < cluster.size(); i++) {
            SimNode node = simulation.node(i);
            int enough = cluster.config(i).requestTimeoutTicks() / 3;
            if (node.isHonest() && (!node.isUp() || node.inspect().patienceTicks() > enough)) {
                return false;
            }
        }
        return true;
    }

    /** Whom the first replica that is up takes for the primary; -1 if nobody is up. */
    private int primary() {
        for (int i = 0; i < cluster.size(); i++) {
            if (simulation.node(i).isUp()) {
                return simulation.node(i).inspect().primary();
            }
        }
        return -1;
    }

    /** If the next primary lies, or may, the present one goes away for long enough: liars have most to say as primaries. */
    private void makePrimary() {
        int primary = primary();
        if (primary < 0) {
            return;
        }
        int next = (primary + 1) % cluster.size();
        if (!faulty.contains(next)) {
            corrupt(next, Set.of(OF_NEW_PRIMARIES.get(random.nextInt(OF_NEW_PRIMARIES.size()))));
        }
        if (!simulation.node(next).isHonest() && !faulty.contains(primary)) {
            sendAway(primary, 1000 + random.nextInt(3000));
        }
    }

    private void sendAway(int victim, long units) {
        simulation.links().away(victim, true);
        simulation.line(simulation.node(victim), "is away");
        simulation.plan(units, () -> simulation.links().away(victim, false));
    }

    private void rebootAll() {
        for (SimNode node : simulation.nodes()) {
            if (node.isUp()) {
                simulation.crash(node.number());
                simulation.plan(1 + random.nextInt(400), () -> simulation.restart(node.number()));
            }
        }
    }

    private void split() {
        boolean[] side = new boolean[2 * cluster.size()];
        for (int i = 0; i < side.length; i++) {
            side[i] = random.nextBoolean();
        }
        simulation.links().split(side);
    }

    private void cutOneWay(int victim) {
        boolean deaf = random.nextBoolean();
        for (int i = 0; i < cluster.size(); i++) {
            if (i != victim) {
                simulation.links().cut(deaf ? i : victim, deaf ? victim : i);
            }
        }
    }

    private void movePartition(int steps) {
        if (steps == 0) {
            simulation.links().joinAll();
            return;
        }
        split();
        simulation.plan(50 + random.nextInt(500), () -> movePartition(steps - 1));
    }

    /** Nodes are cut off one after the other, and come back in another order (FoundationDB's). */
    private void swizzleClog() {
        List<Integer> some = new ArrayList<>();
        for (int i = 0; i < cluster.size(); i++) {
            if (random.nextBoolean()) {
                some.add(random.nextInt(some.size() + 1), i);
            }
        }
        long time = 1;
        for (int victim : some) {
            time += random.nextInt(200);
            simulation.plan(time, () -> cutOff(victim, true));
        }
        for (int i = some.size() - 1; i >= 0; i--) {
            int victim = some.get((i + some.size() / 2) % some.size());
            time += random.nextInt(300);
            simulation.plan(time, () -> cutOff(victim, false));
        }
    }

    private void cutOff(int victim, boolean cut) {
        for (int i = 0; i < 2 * cluster.size(); i++) {
            if (i != victim && cut) {
                simulation.links().cut(i, victim);
                simulation.links().cut(victim, i);
            } else if (i != victim) {
                simulation.links().join(i, victim);
                simulation.links().join(victim, i);
            }
        }
    }

    private void corrupt() {
        // The first views' primaries have the most to lie about.
        corrupt(random.nextInt(random.nextBoolean() ? cluster.quorums().oneCorrect() : cluster.size()), Set.of());
    }

    private void corrupt(int liar, Set<Lie> atLeast) {
        if (faulty.size() >= cluster.quorums().faultLimit() || !faulty.add(liar)) {
            return;
        }
        Lie[] all = Lie.values();
        EnumSet<Lie> lies = EnumSet.noneOf(Lie.class);
        lies.addAll(atLeast);
        int count = lies.size() + 1 + random.nextInt(3);
        while (lies.size() < count) {
            lies.add(all[1 + random.nextInt(all.length - 1)]);
        }
        SimNode node = simulation.node(liar);
        node.lies(new Adversary(cluster, simulation, node, random.nextLong(), lies));
        simulation.line(node, "lies: " + lies);
    }

    /** Two nodes with one key, each on its side of whatever partition there is. */
    private void twin() {
        if (faulty.size() >= cluster.quorums().faultLimit()
                || simulation.nodes().size() == 2 * cluster.size()) {
            return;
        }
        int victim = random.nextInt(cluster.size());
        if (!simulation.node(victim).isUp() || !faulty.add(victim)) {
            return;
        }
        SimNode twin = simulation.twin(victim);
        for (int i = 0; i < cluster.size(); i++) {
            int apart = random.nextBoolean() ? victim : twin.number();
            simulation.links().cut(i, apart);
            simulation.links().cut(apart, i);
        }
    }

    /** A replica goes on from a copy of its disk that is older than what it has said. */
    private void rollBack() {
        if (faulty.size() >= cluster.quorums().faultLimit()) {
            return;
        }
        int victim = random.nextInt(cluster.size());
        if (!faulty.add(victim)) {
            return;
        }
        SimNode node = simulation.node(victim);
        node.isFaulty();
        node.backUp();
        for (int times = 1; times <= 3; times++) {
            simulation.plan(200L * times + random.nextInt(1000), () -> {
                if (!node.isHonest()) {
                    simulation.crash(victim);
                    node.rollBack();
                    simulation.line(node, "goes on from an old copy of its disk");
                    simulation.restart(victim);
                }
            });
        }
    }

    /** One id for several bodies, and what was executed long ago. */
    private void lieAsClient() {
        long id = 500_000_000L + random.nextInt(1000);
        for (int i = 0; i < cluster.size(); i++) {
            byte[] body = {(byte) i, (byte) random.nextInt(256)};
            Request lie = cluster.operation(1, id, Bytes.wrap(body));
            simulation.submitTo(i, lie);
            if (random.nextBoolean()) {
                simulation.submitTo(random.nextInt(cluster.size()), lie);
            }
        }
    }

    /** Twins of a replica whose disk is gone do not come back. */
    private void retire(int replica) {
        for (SimNode node : simulation.nodes()) {
            if (node.replica() == replica && node.number() != replica) {
                node.retire();
            }
        }
    }

    /** A view change is the best moment to change who hears whom. */
    private void hears(SimNode from, Message message) {
        if (!cutsAtViewChanges) {
            return;
        }
        boolean moment = switch (message) {
            case Message.ViewChange m -> random.nextInt(12) == 0;
            case Message.NewView m -> random.nextInt(2) == 0;
            case Message.Commit m -> random.nextInt(400) == 0;
            default -> false;
        };
        if (moment) {
            switch (random.nextInt(4)) {
                case 0 -> split();
                case 1 -> cutOneWay(from.replica());
                case 2 -> simulation.links().joinAll();
                default -> cutOff(random.nextInt(cluster.size()), true);
            }
        }
    }
}
