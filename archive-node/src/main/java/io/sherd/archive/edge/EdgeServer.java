package io.sherd.archive.edge;

import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.sherd.archive.crypto.TlsContexts;
import io.sherd.archive.crypto.TlsIdentity;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * The public edge of a replica: services on one address, over server-authenticated TLS 1.3, with health and reflection
 * services beside them. Everything is bounded by {@link EdgeLimits}; who gives way where it is full, {@link Places} decide. Services may block: they run on the edge's own threads.
 */
public final class EdgeServer implements AutoCloseable {

    /** One: what accepts connections also serves them, so nothing happens to one between the two. */
    private static final int EVENT_LOOPS = 1;

    private static final int ACCEPT_BACKLOG = 128;
    private static final int RESETS_PER_WINDOW = 200;
    private static final int RESET_WINDOW_SECONDS = 10;
    private static final long GRACE_SECONDS = 2;

    private final Server server;
    private final HealthStatusManager health;
    private final CallAdmission admission;
    private final EventLoopGroup eventLoops;
    private final ExecutorService workers;

    private EdgeServer(
            Server server,
            HealthStatusManager health,
            CallAdmission admission,
            EventLoopGroup eventLoops,
            ExecutorService workers) {
        this.server = server;
        this.health = health;
        this.admission = admission;
        this.eventLoops = eventLoops;
        this.workers = workers;
    }

    /**
     * A builder of an edge.
     *
     * @param address where to listen; port 0 takes a free one
     * @param identity what the edge shows
     * @param limits its bounds
     */
    public static Builder builder(SocketAddress address, TlsIdentity identity, EdgeLimits limits) {
        return new Builder(address, identity, limits);
    }

    /** Collects services, then starts the edge. */
    public static final class Builder {

        private final SocketAddress address;
        private final TlsIdentity identity;
        private final EdgeLimits limits;
        private final List<BindableService> services = new ArrayList<>();

        private Builder(SocketAddress address, TlsIdentity identity, EdgeLimits limits) {
            this.address = address;
            this.identity = identity;
            this.limits = limits;
        }

        /** Adds a service. */
        public Builder service(BindableService service) {
            services.add(service);
            return this;
        }

        /**
         * Starts the edge; it answers when this returns.
         *
         * @throws IOException if the address is in use or cannot be listened on
         */
        public EdgeServer start() throws IOException {
            GrpcLogs.quieten();
            EventLoopGroup eventLoops = new MultiThreadIoEventLoopGroup(
                    EVENT_LOOPS, new DefaultThreadFactory("edge-io", true), NioIoHandler.newFactory());
            // Its queue is bounded by the calls that are admitted.
            ExecutorService workers =
                    Executors.newFixedThreadPool(limits.workerThreads(), new DefaultThreadFactory("edge-worker", true));
            HealthStatusManager health = new HealthStatusManager();
            EdgeConnections connections = new EdgeConnections(limits);
            CallAdmission admission = new CallAdmission(limits, connections);
            NettyServerBuilder builder = NettyServerBuilder.forAddress(address)
                    .sslContext(TlsContexts.edgeServer(identity))
                    .channelFactory(() -> new BoundedServerSocketChannel(connections))
                    .withOption(ChannelOption.SO_BACKLOG, ACCEPT_BACKLOG)
                    .bossEventLoopGroup(eventLoops)
                    .workerEventLoopGroup(eventLoops)
                    .executor(workers)
                    .handshakeTimeout(limits.handshakeTimeout().toMillis(), TimeUnit.MILLISECONDS)
                    .maxConnectionIdle(limits.idleTimeout().toMillis(), TimeUnit.MILLISECONDS)
                    .keepAliveTime(EdgeLimits.SILENCE.toMillis(), TimeUnit.MILLISECONDS)
                    .keepAliveTimeout(EdgeLimits.SIGN_OF_LIFE.toMillis(), TimeUnit.MILLISECONDS)
                    .permitKeepAliveTime(limits.leastKeepAlive().toMillis(), TimeUnit.MILLISECONDS)
                    .permitKeepAliveWithoutCalls(true)
                    .maxConcurrentCallsPerConnection(limits.maxCallsPerConnection())
                    .maxInboundMessageSize(limits.requestBytes())
                    .maxInboundMetadataSize(EdgeLimits.HEADER_BYTES)
                    .maxRstFramesPerWindow(RESETS_PER_WINDOW, RESET_WINDOW_SECONDS)
                    .addStreamTracerFactory(admission)
                    .intercept(admission)
                    .addService(WellFormedMessages.of(health.getHealthService()))
                    .addService(WellFormedMessages.of(ProtoReflectionServiceV1.newInstance()));
            services.forEach(service -> builder.addService(WellFormedMessages.of(service)));
            Server server = builder.build();
            EdgeServer edge = new EdgeServer(server, health, admission, eventLoops, workers);
            try {
                server.start();
            } catch (IOException e) {
                edge.close();
                throw e;
            }
            return edge;
        }
    }

    /** The port that the edge listens on. */
    public int port() {
        return server.getPort();
    }

    /** The address that the edge listens on. */
    public InetSocketAddress address() {
        return (InetSocketAddress) server.getListenSockets().getFirst();
    }

    /** Tells health checkers whether this replica serves. It does from the start. */
    public void setServing(boolean serving) {
        health.setStatus(
                HealthStatusManager.SERVICE_NAME_ALL_SERVICES,
                serving ? ServingStatus.SERVING : ServingStatus.NOT_SERVING);
    }

    /** Bytes of answers sent so far, framing of messages included, TLS excluded. */
    public long bytesSent() {
        return admission.bytesSent();
    }

    /** Takes no new calls, gives running ones two seconds, then ends them and lets address and threads go. */
    @Override
    public void close() {
        server.shutdown();
        try {
            if (!server.awaitTermination(GRACE_SECONDS, TimeUnit.SECONDS)) {
                server.shutdownNow();
                // The ends of the calls still run on the workers.
                boolean _ = server.awaitTermination(GRACE_SECONDS, TimeUnit.SECONDS);
            }
        } catch (InterruptedException e) {
            server.shutdownNow();
            Thread.currentThread().interrupt();
        }
        workers.shutdownNow();
        eventLoops
                .shutdownGracefully(0, GRACE_SECONDS, TimeUnit.SECONDS)
                .awaitUninterruptibly(GRACE_SECONDS, TimeUnit.SECONDS);
    }
}
