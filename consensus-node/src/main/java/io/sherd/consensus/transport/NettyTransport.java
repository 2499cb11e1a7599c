package io.sherd.consensus.transport;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.sherd.archive.crypto.TlsContexts;
import io.sherd.archive.crypto.TlsIdentity;
import io.sherd.archive.genesis.Addresses;
import io.sherd.consensus.core.Message;
import io.sherd.consensus.wire.MemberTables;
import io.sherd.consensus.wire.MessageCodec;
import io.sherd.consensus.wire.MessageType;
import io.sherd.consensus.wire.MessageVerifier;
import io.sherd.merkle.Digest;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.genesis.Member;
import io.sherd.replication.genesis.MemberTable;
import io.sherd.replication.wire.Bytes;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Links over Netty and TLS 1.3, as the package page tells. One event loop does all input and output, {@value #WORKERS} workers
 * decode and verify.
 *
 * <p>Bounds are in {@link LinkLimits}; a connection in its handshake holds at most a TLS record or two, and a hello.
 *
 * <p>If the listener throws, the exception ends its worker as uncaught: install an uncaught exception handler that ends the
 * process.
 */
public final class NettyTransport implements Transport {

    /** Threads that decode and verify what arrives. */
    public static final int WORKERS = 2;

    private static final Logger LOG = LoggerFactory.getLogger(NettyTransport.class);

    private static final int CONNECT_TIMEOUT_MILLIS = 3_000;
    private static final int BACKLOG = 128;
    private static final int LOW_WATER_BYTES = 256 * 1024;
    private static final int HIGH_WATER_BYTES = 1024 * 1024;
    private static final long CLOSE_SECONDS = 5;

    /** A link that lasted so long makes the next attempt a first one. */
    private static final long LASTED_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final int self;
    private final Digest clusterId;
    private final LinkLimits limits;
    private final TlsIdentity identity;
    private final MemberTables tables;
    private final MessageCodec codec;
    private final EventLoopGroup group;
    private final EventLoop loop;
    private final ExecutorService workers;
    private final List<Peer> peers;
    private final AtomicBoolean closed = new AtomicBoolean();
    private final LogLimit logLimit = new LogLimit();

    /** All that is open; what is added once it is closed is closed at once. */
    private final ChannelGroup channels;

    /** Connections that others made and that are not links yet, oldest first. On the event loop. */
    private final SequencedSet<Channel> unproven = new LinkedHashSet<>();

    /**
     * A transport that is not started, with the bounds that follow from the genesis.
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
        this(genesis, self, identity, tables, verifier, listener, LinkLimits.of(genesis.limits()));
    }

    /**
     * A transport that is not started.
     *
     * @param genesis the cluster
     * @param self this replica's number
     * @param identity what this replica shows
     * @param tables the member tables, asked again for each connection, and each heartbeat for what changed
     * @param verifier decides what may be handed over
     * @param listener takes what arrives
     * @param limits bounds
     */
    public NettyTransport(
            Genesis genesis,
            int self,
            TlsIdentity identity,
            MemberTables tables,
            MessageVerifier verifier,
            Listener listener,
            LinkLimits limits) {
        this.self = self;
        this.clusterId = genesis.clusterId();
        this.limits = limits;
        this.identity = identity;
        this.tables = tables;
        this.codec = new MessageCodec(genesis.limits(), genesis.quorums());
        this.group = new MultiThreadIoEventLoopGroup(
                1, new DefaultThreadFactory("sherd-links", true), NioIoHandler.newFactory());
        this.loop = group.next();
        this.channels = new DefaultChannelGroup(loop, true);
        this.workers = Executors.newFixedThreadPool(WORKERS, new DefaultThreadFactory("sherd-link-verifier", true));
        List<Peer> others = new ArrayList<>();
        for (int replica = 0; replica < genesis.quorums().replicaCount(); replica++) {
            if (replica != self) {
                Counters counters = new Counters();
                others.add(new Peer(
                        replica,
                        counters,
                        new Outbox(limits.outboundBytes(), counters),
                        new Inbox(replica, limits.inboundBytes(), codec, verifier, workers, listener, counters)));
            }
        }
        this.peers = List.copyOf(others);
    }

    /**
     * Listens, and dials every peer with a higher number, again and again. Called once; {@link #close} it also when this fails.
     *
     * @param address where to listen
     * @throws IOException if the address is in use or cannot be listened on
     */
    public void start(InetSocketAddress address) throws IOException {
        ChannelFuture bound = acceptor().bind(address).awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw new IOException(
                    "cannot listen on " + address + ": " + bound.cause().getMessage(), bound.cause());
        }
        channels.add(bound.channel());
        loop.execute(() -> peers.forEach(this::dial));
    }

    @Override
    public void send(int replica, Message message) {
        Peer peer = peers.stream()
                .filter(other -> other.replica == replica)
                .findFirst()
                .orElseThrow(
                        () -> new IllegalArgumentException("replica %d cannot send to %d".formatted(self, replica)));
        encode(message).ifPresentOrElse(peer.outbox::put, peer.counters.dropped::increment);
    }

    @Override
    public void broadcast(Message message) {
        Optional<Bytes> encoded = encode(message);
        for (Peer peer : peers) {
            encoded.ifPresentOrElse(peer.outbox::put, peer.counters.dropped::increment);
        }
    }

    @Override
    public List<LinkStatus> links() {
        return peers.stream().map(Peer::status).toList();
    }

    @Override
    public void close() {
        if (closed.getAndSet(true)) {
            return;
        }
        // Not left to the loop: one that hears of its end while it runs tasks ends after them, and closes nothing.
        channels.close().awaitUninterruptibly(CLOSE_SECONDS, TimeUnit.SECONDS);
        group.shutdownGracefully(0, CLOSE_SECONDS, TimeUnit.SECONDS)
                .awaitUninterruptibly(CLOSE_SECONDS, TimeUnit.SECONDS);
        workers.shutdown();
        try {
            if (!workers.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("a message is still being handled after {} s", CLOSE_SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    int self() {
        return self;
    }

    LinkLimits limits() {
        return limits;
    }

    /** What this side says first. */
    Hello hello() {
        return Hello.of(clusterId, self, tables.current().epoch());
    }

    /** The peer that a certificate's pin is of. */
    Optional<Peer> peerOf(Digest pin) {
        MemberTable members = tables.current();
        return peers.stream()
                .filter(peer -> members.member(peer.replica).tlsPin().equals(pin))
                .findFirst();
    }

    /** Whether a peer's pin or address is another one since its link was made. On the event loop. */
    boolean isOutdated(Peer peer) {
        Member then = peer.linkedMember;
        Member now = tables.current().member(peer.replica);
        return then != null
                && !(then.tlsPin().equals(now.tlsPin()) && then.peerAddress().equals(now.peerAddress()));
    }

    /** A connection became the link of a peer; an older one is half open or a copy, and goes. On the event loop. */
    void linked(Peer peer, Channel link, long epoch) {
        unproven.remove(link);
        Channel older = peer.link;
        if (older != null) {
            older.pipeline().get(LinkHandler.class).close(older, "replaced by a newer connection");
        }
        peer.link = link;
        peer.linkedMember = tables.current().member(peer.replica);
        peer.linkedAtNanos = System.nanoTime();
        peer.linkedSinceDialled = true;
        peer.isReached();
        peer.counters.links.increment();
        peer.outbox.connect(link);
        peer.inbox.connected();
        LOG.info("linked with replica {} at {}, which is in epoch {}", peer.replica, link.remoteAddress(), epoch);
    }

    /** The link of a peer ended. On the event loop. */
    void unlinked(Peer peer, Channel link, String reason) {
        if (link.equals(peer.link)) {
            peer.link = null;
            peer.linkedMember = null;
            peer.outbox.connect(null);
            LOG.info("the link with replica {} is down: {}", peer.replica, reason);
        }
    }

    /** A connection ended before it was a link. On the event loop. */
    void report(@Nullable Peer dialled, Channel connection, String reason) {
        unproven.remove(connection);
        if (dialled != null) {
            reportUnreachable(dialled, reason);
        } else if (logLimit.allows()) {
            LOG.warn("a connection from {} is refused: {}", connection.remoteAddress(), reason);
        }
    }

    /** The bytes of a message; none if they would not fit a frame, which is a limit that the sender should have kept. */
    private Optional<Bytes> encode(Message message) {
        Bytes encoded = codec.encode(message);
        if (encoded.size() > limits.frameBytes()) {
            LOG.error(
                    "a {} of {} bytes does not fit a frame of {}",
                    MessageType.of(message),
                    encoded.size(),
                    limits.frameBytes());
            return Optional.empty();
        }
        return Optional.of(encoded);
    }

    private ServerBootstrap acceptor() {
        SslContext context =
                TlsContexts.replicaServer(identity, pin -> peerOf(pin).isPresent());
        return new ServerBootstrap()
                .group(group)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(
                        ChannelOption.WRITE_BUFFER_WATER_MARK,
                        new WriteBufferWaterMark(LOW_WATER_BYTES, HIGH_WATER_BYTES))
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channels.add(channel);
                        admit(channel);
                        channel.pipeline()
                                .addLast(
                                        context.newHandler(channel.alloc()),
                                        new LinkHandler(NettyTransport.this, null));
                    }
                });
    }

    /** Of too many strangers the oldest goes: a replica's handshake takes milliseconds, and so is never the oldest for long. */
    private void admit(Channel channel) {
        unproven.add(channel);
        if (unproven.size() > limits.unprovenConnections()) {
            Channel oldest = unproven.removeFirst();
            oldest.pipeline()
                    .get(LinkHandler.class)
                    .close(
                            oldest,
                            "more than %d connections shake hands at a time".formatted(limits.unprovenConnections()));
        }
    }

    private void dial(Peer peer) {
        if (closed.get() || peer.replica < self) {
            return;
        }
        Member member = tables.current().member(peer.replica);
        InetSocketAddress address;
        try {
            address = Addresses.parse(member.peerAddress());
        } catch (IllegalArgumentException e) {
            // The member table was signed by an admin or by n - f replicas, and may be wrong all the same.
            reportUnreachable(peer, e.getMessage());
            retry(peer);
            return;
        }
        SslContext context = peer.context(member.tlsPin(), pin -> TlsContexts.replicaClient(identity, pin));
        ChannelFuture connecting = new Bootstrap()
                .group(group)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MILLIS)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(
                        ChannelOption.WRITE_BUFFER_WATER_MARK,
                        new WriteBufferWaterMark(LOW_WATER_BYTES, HIGH_WATER_BYTES))
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channels.add(channel);
                        channel.pipeline()
                                .addLast(
                                        context.newHandler(channel.alloc()),
                                        new LinkHandler(NettyTransport.this, peer));
                    }
                })
                .connect(address);
        connecting.addListener(done -> {
            if (!done.isSuccess()) {
                reportUnreachable(peer, done.cause().getMessage());
            }
        });
        connecting.channel().closeFuture().addListener(_ -> retry(peer));
    }

    private void retry(Peer peer) {
        if (closed.get() || loop.isShuttingDown()) {
            return;
        }
        if (peer.linkedSinceDialled && System.nanoTime() - peer.linkedAtNanos >= LASTED_NANOS) {
            peer.attempts = 0;
        }
        peer.linkedSinceDialled = false;
        long most = Math.min(
                limits.longestPauseMillis(),
                (long) limits.firstPauseMillis() << Math.min(peer.attempts, Integer.SIZE - 1));
        peer.attempts++;
        // Half of it by chance: replicas that lost a peer together do not come back together.
        long delay = most / 2 + ThreadLocalRandom.current().nextLong(most / 2 + 1);
        var _ = loop.schedule(() -> dial(peer), delay, TimeUnit.MILLISECONDS);
    }

    /** Each reason once an outage, not once an attempt: one that is down at first may come back with another genesis. */
    private void reportUnreachable(Peer peer, @Nullable String reason) {
        if (peer.isNewsUnreachable(String.valueOf(reason))) {
            LOG.warn(
                    "replica {} cannot be reached at {}: {}; trying on",
                    peer.replica,
                    tables.current().member(peer.replica).peerAddress(),
                    reason);
        }
    }
}
