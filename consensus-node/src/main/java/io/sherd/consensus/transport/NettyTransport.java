package io.sherd.consensus.transport;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.flush.FlushConsolidationHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.sherd.archive.crypto.TlsContexts;
import io.sherd.archive.crypto.TlsIdentity;
import io.sherd.archive.genesis.Addresses;
import io.sherd.consensus.core.Message;
import io.sherd.consensus.wire.MemberTables;
import io.sherd.consensus.wire.MessageCodec;
import io.sherd.consensus.wire.MessageVerifier;
import io.sherd.consensus.wire.Refusal;
import io.sherd.merkle.Digest;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.genesis.Member;
import io.sherd.replication.wire.Bytes;
import io.sherd.replication.wire.WireFormatException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@link Transport} over Netty: TLS by the JDK's engine, one event loop, two threads that decode and verify. */
// Netty's calls return futures; what they would tell arrives as channel events, which are all handled.
@SuppressWarnings("FutureReturnValueIgnored")
public final class NettyTransport implements Transport {

    private static final Logger LOG = LoggerFactory.getLogger(NettyTransport.class);
    private static final int VERIFIER_THREADS = 2;
    private static final long FIRST_PAUSE_MILLIS = 50;
    private static final long LONGEST_PAUSE_MILLIS = 2000;
    private static final int CONNECT_MILLIS = 3000;
    private static final long CLOSE_SECONDS = 2;

    private final int self;
    private final Hello hello;
    private final TlsIdentity identity;
    private final MemberTables tables;
    private final MessageCodec codec;
    private final MessageVerifier verifier;
    private final LinkLimits limits;
    private final Listener listener;
    private final List<@Nullable PeerLink> links = new ArrayList<>();
    private final AtomicInteger unproven = new AtomicInteger();
    private final EventLoopGroup eventLoops =
            new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("link-io", true), NioIoHandler.newFactory());
    private final ExecutorService verifiers =
            Executors.newFixedThreadPool(VERIFIER_THREADS, new DefaultThreadFactory("link-verifier", true));
    private @Nullable Channel server;
    private volatile boolean closed;

    /**
     * A transport that is not started.
     *
     * @param genesis the cluster
     * @param self this replica's number
     * @param identity what this replica shows
     * @param tables the member tables, asked again for each connection
     * @param verifier decides what may be handed over
     * @param listener takes what arrives
     */
    public NettyTransport(
            Genesis genesis,
            int self,
            TlsIdentity identity,
            MemberTables tables,
            MessageVerifier verifier,
            Listener listener) {
        this.self = self;
        this.hello = Hello.of(genesis.clusterId(), self);
        this.identity = identity;
        this.tables = tables;
        this.codec = new MessageCodec(genesis.limits(), genesis.quorums());
        this.verifier = verifier;
        this.limits = LinkLimits.of(genesis.limits());
        this.listener = listener;
        for (int replica = 0; replica < genesis.quorums().replicaCount(); replica++) {
            int peer = replica;
            links.add(
                    replica == self
                            ? null
                            : new PeerLink(replica, limits.inboundBytes(), verifiers, frame -> verify(peer, frame)));
        }
    }

    /**
     * Listens, and dials every peer with a higher number, again and again.
     *
     * @param address where to listen
     * @throws IOException if the address is in use or cannot be listened on
     */
    public void start(InetSocketAddress address) throws IOException {
        SslContext accepting =
                TlsContexts.replicaServer(identity, pin -> replicaOf(pin).isPresent());
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(eventLoops)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childHandler(initializer(accepting, OptionalInt.empty()));
        ChannelFuture bound = bootstrap.bind(address).awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw new IOException(
                    "cannot listen on " + address + ": " + bound.cause().getMessage(), bound.cause());
        }
        server = bound.channel();
        for (int replica = self + 1; replica < links.size(); replica++) {
            dial(replica, FIRST_PAUSE_MILLIS);
        }
    }

    @Override
    public void send(int replica, Message message) {
        PeerLink link = links.get(replica);
        if (link == null) {
            throw new IllegalArgumentException("replica " + replica + " is this one");
        }
        var _ = link.send(frame(message));
    }

    @Override
    public void broadcast(Message message) {
        ByteBuf frame = frame(message);
        for (PeerLink link : links) {
            if (link != null) {
                var _ = link.send(frame.retainedDuplicate());
            }
        }
        frame.release();
    }

    @Override
    public List<LinkStatus> links() {
        List<LinkStatus> all = new ArrayList<>();
        for (PeerLink link : links) {
            if (link != null) {
                all.add(link.status());
            }
        }
        return all;
    }

    @Override
    public void close() {
        closed = true;
        Channel listening = server;
        if (listening != null) {
            listening.close().awaitUninterruptibly(TimeUnit.SECONDS.toMillis(CLOSE_SECONDS));
        }
        eventLoops
                .shutdownGracefully(0, CLOSE_SECONDS, TimeUnit.SECONDS)
                .awaitUninterruptibly(CLOSE_SECONDS, TimeUnit.SECONDS);
        verifiers.shutdownNow();
    }

    private ByteBuf frame(Message message) {
        Bytes encoded = codec.encode(message);
        return Unpooled.wrappedBuffer(
                Unpooled.buffer(Integer.BYTES).writeInt(encoded.size()),
                Unpooled.wrappedBuffer(encoded.readOnlyArray()));
    }

    private void verify(int sender, Bytes frame) {
        Message message;
        try {
            message = codec.decode(frame);
        } catch (WireFormatException e) {
            refused(sender);
            LOG.debug("replica {} sent what is not a message: {}", sender, e.getMessage());
            return;
        }
        Optional<Refusal> refusal = verifier.refusal(sender, message);
        if (refusal.isPresent()) {
            refused(sender);
            LOG.debug("{} of replica {} is refused: {}", message.getClass().getSimpleName(), sender, refusal.get());
            return;
        }
        listener.received(sender, message);
    }

    private void refused(int sender) {
        PeerLink link = links.get(sender);
        if (link != null) {
            link.refused();
        }
    }

    private void dial(int replica, long pauseMillis) {
        if (closed) {
            return;
        }
        Member member = tables.current().member(replica);
        InetSocketAddress address = Addresses.parse(member.peerAddress());
        ChannelFuture connecting = new Bootstrap()
                .group(eventLoops)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MILLIS)
                .handler(initializer(TlsContexts.replicaClient(identity, member.tlsPin()), OptionalInt.of(replica)))
                .connect(address.getHostString(), address.getPort());
        connecting.addListener(done -> {
            Channel channel = connecting.channel();
            long connectedAt = System.nanoTime();
            channel.closeFuture().addListener(_ -> {
                boolean lasted = System.nanoTime() - connectedAt > TimeUnit.MILLISECONDS.toNanos(LONGEST_PAUSE_MILLIS);
                dialLater(replica, done.isSuccess() && lasted ? FIRST_PAUSE_MILLIS : 2 * pauseMillis);
            });
            if (!done.isSuccess()) {
                channel.close();
            }
        });
    }

    /** Waits between half the pause and all of it, so that replicas do not dial in step. */
    private void dialLater(int replica, long pauseMillis) {
        long capped = Math.min(pauseMillis, LONGEST_PAUSE_MILLIS);
        long jittered = capped / 2 + ThreadLocalRandom.current().nextLong(capped / 2 + 1);
        if (!closed) {
            eventLoops.schedule(() -> dial(replica, capped), jittered, TimeUnit.MILLISECONDS);
        }
    }

    private ChannelInitializer<SocketChannel> initializer(SslContext tls, OptionalInt dialled) {
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(SocketChannel channel) {
                if (dialled.isEmpty() && !admit(channel)) {
                    channel.close();
                    return;
                }
                channel.config()
                        .setTcpNoDelay(true)
                        .setWriteBufferWaterMark(
                                new WriteBufferWaterMark(limits.outboundBytes() / 2, limits.outboundBytes()));
                SslHandler handler = tls.newHandler(channel.alloc());
                handler.setHandshakeTimeoutMillis(limits.handshakeMillis());
                channel.pipeline()
                        .addLast(
                                handler,
                                new FlushConsolidationHandler(
                                        FlushConsolidationHandler.DEFAULT_EXPLICIT_FLUSH_AFTER_FLUSHES, true),
                                new LinkHandler(
                                        hello,
                                        limits,
                                        pin -> expected(pin, dialled),
                                        NettyTransport.this::link,
                                        listener));
            }
        };
    }

    /** Counts an accepted connection until it closes; false if there are too many. */
    private boolean admit(Channel channel) {
        int most = limits.unprovenConnections() + links.size();
        if (unproven.incrementAndGet() > most) {
            unproven.decrementAndGet();
            return false;
        }
        channel.closeFuture().addListener(_ -> unproven.decrementAndGet());
        return true;
    }

    /** The replica with a pin, if it may be at the other end: the one dialled, or one that dials this one. */
    private OptionalInt expected(Digest pin, OptionalInt dialled) {
        OptionalInt replica = replicaOf(pin);
        boolean fits = dialled.isPresent() ? replica.equals(dialled) : replica.isPresent() && replica.getAsInt() < self;
        return fits ? replica : OptionalInt.empty();
    }

    private OptionalInt replicaOf(Digest pin) {
        List<Member> members = tables.current().members();
        for (int replica = 0; replica < members.size(); replica++) {
            if (replica != self && members.get(replica).tlsPin().equals(pin)) {
                return OptionalInt.of(replica);
            }
        }
        return OptionalInt.empty();
    }

    private PeerLink link(int replica) {
        PeerLink link = links.get(replica);
        if (link == null) {
            throw new IllegalArgumentException("replica " + replica + " is this one");
        }
        return link;
    }
}
