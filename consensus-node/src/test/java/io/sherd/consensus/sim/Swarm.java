package io.sherd.consensus.sim;

import java.util.SplittableRandom;

/**
 * A random run: requests all the time, while replicas crash between any two effects, are cut off, come back, and one loses its
 * disk; at most f are down at once. In the end the network heals and everybody is up.
 */
final class Swarm {

    private static final int ROUNDS = 30;

    private Swarm() {}

    /** All are correct; one loses its disk. */
    static Simulation run(int n, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        return run(new Simulation(new SimCluster(n), seed), n, random, 10 + random.nextInt(10));
    }

    /** Some f lie, all the time; the others only crash and are cut off. */
    static Simulation withLiars(int n, long seed) {
        SimCluster cluster = new SimCluster(n);
        Simulation simulation = new Simulation(cluster, seed);
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < cluster.quorums().faultLimit(); i++) {
            int liar = random.nextInt(n);
            Adversary.Lie[] all = Adversary.Lie.values();
            simulation
                    .replica(liar)
                    .lies(new Adversary(
                            cluster,
                            liar,
                            seed + i,
                            all[1 + random.nextInt(all.length - 1)],
                            all[1 + random.nextInt(all.length - 1)]));
        }
        return run(simulation, n, random, ROUNDS);
    }

    private static Simulation run(Simulation simulation, int n, SplittableRandom random, int wipeRound) {
        simulation.startAll();
        simulation.network(SimNetwork.STORM);
        for (int round = 0; round < ROUNDS; round++) {
            for (int i = 0; i < 5; i++) {
                simulation.submit(50 + random.nextInt(400), random.nextInt(n));
                simulation.run(1 + random.nextInt(8));
            }
            int victim = random.nextInt(n);
            if (round == wipeRound) {
                startAll(simulation, n);
                simulation.wipe(victim, (victim + 1) % n);
            } else {
                hurt(simulation, victim, random);
            }
            keepQuorumUp(simulation, n);
        }
        simulation.heal();
        simulation.retry();
        simulation.run(50);
        simulation.retry();
        return simulation;
    }

    private static void hurt(Simulation simulation, int victim, SplittableRandom random) {
        switch (random.nextInt(5)) {
            case 0 -> simulation.crash(victim);
            case 1 -> simulation.replica(victim).crashAfter(random.nextInt(60));
            case 2 -> simulation.partition(victim);
            case 3 -> simulation.partition();
            default -> simulation.retry();
        }
    }

    private static void keepQuorumUp(Simulation simulation, int n) {
        int down = 0;
        for (int i = 0; i < n; i++) {
            down += simulation.replica(i).isUp() ? 0 : 1;
        }
        for (int i = 0; i < n && down > (n - 1) / 3; i++) {
            if (!simulation.replica(i).isUp()) {
                simulation.restart(i);
                down--;
            }
        }
    }

    private static void startAll(Simulation simulation, int n) {
        for (int i = 0; i < n; i++) {
            simulation.restart(i);
        }
    }
}
