package io.sherd.cli.cluster;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * The addresses of a cluster on this machine: replica i has its link at the base port + i and its edge at base port + n + i,
 * all on loopback.
 *
 * @param basePort the first port, 1024 to 65535 - 2n
 * @param replicaCount n
 */
public record LocalAddresses(int basePort, int replicaCount) {
    /** Where {@code init} starts unless told otherwise. */
    public static final int DEFAULT_BASE_PORT = 7400;

    /** Where clusters that a command makes for itself are looked for: behind all that {@code init} gives by default. */
    private static final int FIRST_PASSING_PORT = 10_000;

    private static final int FIRST_UNPRIVILEGED_PORT = 1024;
    private static final int LAST_PORT = 65_535;
    /** Linux gives ports above this one to outgoing connections, which may take them at any moment. */
    private static final int FIRST_EPHEMERAL_PORT = 32_768;

    private static final String HOST = "127.0.0.1";

    /** Checks that all ports exist. */
    public LocalAddresses {
        if (basePort < FIRST_UNPRIVILEGED_PORT || basePort + 2 * replicaCount - 1 > LAST_PORT) {
            throw new IllegalArgumentException("%d replicas take the ports %d to %d; they must be 1024 to 65535"
                    .formatted(replicaCount, basePort, basePort + 2 * replicaCount - 1));
        }
    }

    /**
     * {@return the address of a replica's link}
     *
     * @param replica the replica's number
     */
    public String peer(int replica) {
        return HOST + ":" + (basePort + replica);
    }

    /**
     * {@return the address of a replica's edge}
     *
     * @param replica the replica's number
     */
    public String edge(int replica) {
        return HOST + ":" + (basePort + replicaCount + replica);
    }

    /** {@return the first port that another process has; empty if all are free at this moment} */
    public OptionalInt firstTaken() {
        return IntStream.range(basePort, basePort + 2 * replicaCount)
                .filter(port -> !isFree(port))
                .findFirst();
    }

    /**
     * Looks for ports that are free at this moment.
     *
     * @param replicaCount n
     * @param from the first base port to try
     * @return empty if there are none below the ports of outgoing connections
     */
    public static java.util.Optional<LocalAddresses> findFree(int replicaCount, int from) {
        for (int base = from; base + 2 * replicaCount <= FIRST_EPHEMERAL_PORT; base += 2 * replicaCount) {
            LocalAddresses addresses = new LocalAddresses(base, replicaCount);
            if (addresses.firstTaken().isEmpty()) {
                return java.util.Optional.of(addresses);
            }
        }
        return java.util.Optional.empty();
    }

    /**
     * Looks for ports that are free at this moment, for a cluster that passes with the command that makes it: away from those
     * that {@code init} gives, and different ones for commands that start together.
     *
     * @param replicaCount n
     * @param seed what commands that start together differ in, such as the process id
     * @return empty if there are none
     */
    public static java.util.Optional<LocalAddresses> findFreeForPassing(int replicaCount, long seed) {
        int slots = (FIRST_EPHEMERAL_PORT - FIRST_PASSING_PORT) / (2 * replicaCount);
        int first = FIRST_PASSING_PORT + Math.floorMod(seed, slots) * 2 * replicaCount;
        return findFree(replicaCount, first).or(() -> findFree(replicaCount, FIRST_PASSING_PORT));
    }

    /** Whether nobody listens on a port of the loopback address. */
    static boolean isFree(int port) {
        try (ServerSocket probe = new ServerSocket()) {
            probe.setReuseAddress(true);
            probe.bind(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port));
            return true;
        } catch (IOException e) {
            // That is the answer: somebody has it.
            return false;
        }
    }
}
