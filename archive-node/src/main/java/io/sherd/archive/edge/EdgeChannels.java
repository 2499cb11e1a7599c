package io.sherd.archive.edge;

import io.grpc.netty.NettyChannelBuilder;
import io.netty.handler.ssl.SslContext;
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
        return to(address, TlsContexts.edgeClient(pin));
    }

    /**
     * A channel builder that takes whoever answers: only for what proves itself, whoever says it.
     *
     * @param address where the edge is; the name is looked up when connecting
     */
    public static NettyChannelBuilder toAnybody(InetSocketAddress address) {
        return to(address, TlsContexts.edgeClientOfAnybody());
    }

    private static NettyChannelBuilder to(InetSocketAddress address, SslContext tls) {
        return NettyChannelBuilder.forAddress(address.getHostString(), address.getPort())
                .sslContext(tls)
                .proxyDetector(_ -> null)
                .disableServiceConfigLookUp()
                .disableRetry();
    }
}
