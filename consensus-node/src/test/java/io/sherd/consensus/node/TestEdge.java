package io.sherd.consensus.node;

import io.grpc.BindableService;
import io.grpc.ManagedChannel;
import io.sherd.archive.crypto.TlsIdentity;
import io.sherd.archive.edge.EdgeChannels;
import io.sherd.archive.edge.EdgeLimits;
import io.sherd.archive.edge.EdgeServer;
import io.sherd.replication.genesis.Genesis;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;

/** One service behind a real edge on loopback, and channels to it. */
final class TestEdge implements AutoCloseable {
    private final TlsIdentity identity = TlsIdentity.generate(Clock.systemUTC());
    private final EdgeServer server;
    private final List<ManagedChannel> channels = new ArrayList<>();

    TestEdge(Genesis genesis, BindableService service) throws Exception {
        server = EdgeServer.builder(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), identity, EdgeLimits.of(genesis))
                .service(service)
                .start();
    }

    /** A connection of its own. */
    ManagedChannel connect() {
        ManagedChannel channel =
                EdgeChannels.to(server.address(), identity.pin()).build();
        channels.add(channel);
        return channel;
    }

    @Override
    public void close() {
        channels.forEach(ManagedChannel::shutdownNow);
        server.close();
    }
}
