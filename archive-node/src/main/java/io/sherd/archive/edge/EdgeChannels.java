package io.sherd.archive.edge;

import io.grpc.netty.NettyChannelBuilder;
import io.sherd.archive.crypto.TlsContexts;
import io.sherd.merkle.Digest;
import java.net.InetSocketAddress;

/** How anybody connects to a replica's public edge. */
public final class EdgeChannels {

    private EdgeChannels() {}

    /**
     * A channel builder that checks the replica's pin. The address is the replica's own: no proxy, no settings from the DNS,
     * and every question is asked once.
     *
     * @param address where the edge is; the name is looked up when connecting
     * @param pin what it must show
     */
    public static NettyChannelBuilder to(InetSocketAddress address, Digest pin) {
        return NettyChannelBuilder.forAddress(address.getHostString(), address.getPort())
                .sslContext(TlsContexts.edgeClient(pin))
                .proxyDetector(_ -> null)
                .disableServiceConfigLookUp()
                .disableRetry();
    }
}
