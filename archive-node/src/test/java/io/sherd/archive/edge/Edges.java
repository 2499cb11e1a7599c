package io.sherd.archive.edge;

import io.sherd.archive.state.StateChunk;
import io.sherd.archive.state.StateReader;
import io.sherd.archive.store.PieceStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Real edges of some replicas of one cluster, on loopback. */
public final class Edges implements AutoCloseable {

    /** Serves no state. */
    public static final StateReader NO_STATE = (_, _, _, _) -> Optional.<StateChunk>empty();

    private final MadeLedger ledger;
    private final Map<Integer, EdgeServer> servers = new HashMap<>();
    private final List<ServerSocket> mute = new ArrayList<>();

    /** No edges yet. */
    public Edges(MadeLedger ledger) {
        this.ledger = ledger;
    }

    /** Starts the edge of a replica over its stores. */
    public EdgeServer start(int replica, PieceStore pieces, StateReader states) throws IOException {
        return start(replica, new LedgerService(ledger.genesis(), pieces, states), EdgeLimits.of(ledger.genesis()));
    }

    /** Starts the edge of a replica with any service. */
    public EdgeServer start(int replica, io.grpc.BindableService service, EdgeLimits limits) throws IOException {
        EdgeServer server = EdgeServer.builder(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), ledger.identity(replica), limits)
                .service(service)
                .start();
        servers.put(replica, server);
        return server;
    }

    /** The sources that these edges are: replicas without an edge are not there. */
    public EdgeSources sources() {
        Map<Integer, InetSocketAddress> addresses = new HashMap<>();
        servers.forEach((replica, server) -> addresses.put(replica, server.address()));
        // Replicas that have no edge are asked at an address where nobody listens: port 1 of the made member table.
        return new EdgeSources(ledger.genesis(), Set.of(), addresses, Duration.ofSeconds(10));
    }

    /** Sources of which each takes connections and says nothing, as a stopped process does; closed with these edges. */
    public EdgeSources mute(int... replicas) {
        Map<Integer, InetSocketAddress> addresses = new HashMap<>();
        servers.forEach((replica, server) -> addresses.put(replica, server.address()));
        for (int replica : replicas) {
            try {
                ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                mute.add(socket);
                addresses.put(replica, new InetSocketAddress(InetAddress.getLoopbackAddress(), socket.getLocalPort()));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return new EdgeSources(ledger.genesis(), Set.of(), addresses, Duration.ofSeconds(10));
    }

    /** A client of one replica. */
    public LedgerClient client(int replica) {
        EdgeServer server = java.util.Objects.requireNonNull(servers.get(replica));
        return new LedgerClient(
                ledger.genesis(),
                replica,
                server.address(),
                ledger.identity(replica).pin(),
                Duration.ofSeconds(10));
    }

    /** Stops one edge. */
    public void stop(int replica) {
        java.util.Objects.requireNonNull(servers.remove(replica)).close();
    }

    @Override
    public void close() {
        servers.values().forEach(EdgeServer::close);
        for (ServerSocket socket : mute) {
            try {
                socket.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
